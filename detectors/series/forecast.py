"""What is expected next: a few plain experts, each a profile and what is left over, weighed by past errors.

The experts differ in their season only: none (one slot), the time of day, the hour of week. A season the data
do not have gives larger errors and so loses its say; one with unvisited slots is silent there. On taxi demand
a profile with AR(1) beat Holt-Winters and SNARIMAX.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.series.experts import Expert, Share
from detectors.series.memory import Memory

MINUTE = 60_000
HOUR, DAY, WEEK = 60 * MINUTE, 1440 * MINUTE, 7 * 1440 * MINUTE
MONDAY = 4 * DAY  # the first Monday after 1970-01-01, a Thursday
_DAILY, _WEEKLY = 96, 168
NO_ERROR = 1e-12


class Forecast(Memory):
    """The experts together. As long as the bucket is unknown, only the mean speaks.

    Args:
        shares: whether what is left over is a share of what is usual, as of counts and sums.
    """

    __slots__ = ("_expert", "daily", "experts", "weekly")
    PARTS: ClassVar[tuple[str, ...]] = ("experts",)

    def __init__(self, *, shares: bool = False) -> None:
        self._expert = Share if shares else Expert
        self.experts = [self._expert(1, 200)]
        self.daily = self.weekly = 0

    @property
    def week_slots(self) -> int:
        """How many slots the last of a time's slots may be in."""
        return len(self.experts[-1].means)

    def add_seasons(self, bucket_ms: int) -> None:
        """Add the seasons that a bucket of this length can show; a holiday is an eighth day of the week."""
        if bucket_ms < DAY:
            self.daily = min(_DAILY, DAY // bucket_ms)
            self.experts.append(self._expert(self.daily, 20))
        if bucket_ms < WEEK:
            self.weekly = max(7, min(_WEEKLY, WEEK // bucket_ms) // 7 * 7)
            self.experts.append(self._expert(self.weekly // 7 * 8, 12))

    def slots(self, at_ms: int, *, holiday: bool) -> list[int]:
        """Every expert's slot of a time. A holiday never seen before is taken for a Sunday."""
        daily, weekly = self.daily, self.weekly
        if not weekly:
            return [0]  # and no time of the day either
        slot = (at_ms - MONDAY) % WEEK * weekly // WEEK
        if holiday:
            slot = slot % (weekly // 7) + weekly
        return [0, at_ms % DAY * daily // DAY, slot] if daily else [0, slot]

    def doubt(self, slots: list[int]) -> float:
        """How little is known of a holiday: 1/n of one that comes for the nth time; 0 of any other day."""
        if not 0 < self.weekly <= slots[-1]:
            return 0.0
        return 1.0 / max(1, self.experts[-1].visits[slots[-1]])

    def _sunday(self, slots: list[int]) -> int | None:
        """The slot that a holiday never seen is taken for."""
        slot = slots[-1]
        new = 0 < self.weekly <= slot and not self.experts[-1].visits[slot]
        return slot - self.weekly // 7 if new else None

    def expects(self, slots: list[int]) -> tuple[float, list[float | None]]:
        """(what is expected, what each expert says); weights are inverse fourth powers of mean errors."""
        said: list[float | None] = []
        total = weighted = 0.0
        experts = self.experts
        if slots[-1] >= self.weekly > 0 and (sunday := self._sunday(slots)) is not None:
            slots = [*slots[:-1], sunday]
        for expert, slot in zip(experts, slots, strict=True):
            each = expert.expects(slot)
            said.append(each)
            if each is not None and expert.error >= 0.0:
                inverse = 1.0 / (expert.error + NO_ERROR)
                weight = inverse * inverse
                weight *= weight
                total += weight
                weighted += weight * each
        return weighted / total if total else experts[0].means[0], said

    def learn(
        self, slots: list[int], said: list[float | None], value: float, limit: float, rate: float
    ) -> None:
        """Judge what each expert said, then let it learn. A holiday's slot begins with what a Sunday has."""
        if slots[-1] >= self.weekly > 0:
            weekly, sunday = self.experts[-1], self._sunday(slots)
            if sunday is not None and weekly.visits[sunday]:
                weekly.begin(slots[-1], weekly.means[sunday])
        most = 2.0 * limit
        for expert, slot, each in zip(self.experts, slots, said, strict=True):
            if each is not None:
                error = value - each if value >= each else each - value
                if error > most:  # noqa: PLR1730 - a call costs more
                    error = most
                before = expert.error
                expert.error = error if before < 0.0 else before + rate * (error - before)
            expert.learn(slot, value, limit, rate)

    def miss(self) -> None:
        """A bucket without a value."""
        for expert in self.experts:
            expert.miss()

    def pause(self) -> None:
        """A gap: what is left over says little about what follows."""
        for expert in self.experts:
            expert.pause()
