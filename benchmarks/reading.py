"""What one run of one system came to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reading:
    """One measured run.

    Attributes:
        system: which one, in which form.
        job: what it did.
        events: how many were done.
        seconds: from the start of consuming to rest: everything is done and durable.
        cpu: CPU seconds of the process in that time.
        peak: greatest resident memory of the process, bytes.
        ledger: what became of the events: processed, duplicates, too_late, dead_letters.
        alerts: messages that customers' events sent to analysts' topic, ringing and recovered.
        told: what else was said, where everything is on; see `told`.
    """

    system: str
    job: str
    events: int
    seconds: float
    cpu: float
    peak: int
    ledger: dict[str, int] = field(default_factory=dict)
    alerts: int = 0
    told: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """CPU seconds per 1,000 events."""
        return self.cpu / self.events * 1000
