"""Watches one process from outside: CPU time and memory, many times a second."""

from __future__ import annotations

from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from streams.clock import now_ms

MIB = 1 << 20


@dataclass(frozen=True)
class Sample:
    """One look.

    Attributes:
        at: wall clock, ms.
        cpu: seconds of CPU so far, user and system.
        rss: resident memory, bytes.
    """

    at: int
    cpu: float
    rss: int


class Meter:
    """The looks at a process."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.samples: list[Sample] = []

    def look(self) -> None:
        """Take one sample."""
        with self._process.oneshot():
            cpu = self._process.cpu_times()
            memory = self._process.memory_info()
        self.samples.append(Sample(now_ms(), cpu.user + cpu.system, memory.rss))

    def cpu_between(self, began: int, ended: int) -> float:
        """CPU seconds between two moments, each taken at the nearest sample outside."""
        before = [each.cpu for each in self.samples if each.at <= began] or [self.samples[0].cpu]
        after = [each.cpu for each in self.samples if each.at >= ended] or [self.samples[-1].cpu]
        return after[0] - before[-1]

    @property
    def peak(self) -> int:
        """Greatest resident memory seen, bytes."""
        return max(each.rss for each in self.samples)
