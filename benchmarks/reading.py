"""What one run of one system came to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reading:
    """One measured run.

    Attributes:
        system: which one, in which form.
        events: how many were done.
        seconds: from the start of consuming to everything being done and durable.
        cpu: CPU seconds of the process in that time.
        peak: greatest resident memory of the process, bytes.
        ledger: what became of the events: processed, duplicates, too_late, dead_letters.
        alerts: messages that were sent to analysts' topic, ringing and recovered.
    """

    system: str
    events: int
    seconds: float
    cpu: float
    peak: int
    ledger: dict[str, int] = field(default_factory=dict)
    alerts: int = 0

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """CPU seconds per 1,000 events."""
        return self.cpu / self.events * 1000
