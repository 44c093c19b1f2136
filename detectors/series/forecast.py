"""What is expected next: a few plain experts, each a profile with an AR(1) residual, weighed by past errors.

The experts differ in their season only: none (one slot), the time of day, the hour of week. A season the data
do not have gives larger errors and so loses its say; one with unvisited slots is silent there. On taxi demand
a profile with AR(1) beat Holt-Winters and SNARIMAX.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.series.memory import Memory

MINUTE = 60_000
HOUR, DAY, WEEK = 60 * MINUTE, 1440 * MINUTE, 7 * 1440 * MINUTE
MONDAY = 4 * DAY  # the first Monday after 1970-01-01, a Thursday
_DAILY, _WEEKLY = 96, 168
STAYS = 0.98
NO_ERROR = 1e-12


class Expert(Memory):
    """A mean for every slot, and how much of the last residual is left the next time."""

    __slots__ = ("carry", "covariance", "error", "last", "means", "most", "variance", "visits")
    KEPT: ClassVar[tuple[str, ...]] = (
        "means",
        "visits",
        "variance",
        "covariance",
        "last",
        "carry",
        "error",
    )

    def __init__(self, slots: int, most: int) -> None:
        self.means = [0.0] * slots
        self.visits = [0] * slots
        self.most = most
        self.variance = 0.0
        self.covariance = 0.0
        self.last = 0.0
        self.carry = 0.0  # the part of the last residual that stays
        self.error = -1.0

    def expects(self, slot: int) -> float | None:
        """The mean of the slot and the part of the last residual that stays; None where it has never been."""
        return self.means[slot] + self.carry if self.visits[slot] else None

    def learn(self, slot: int, value: float, limit: float, rate: float) -> None:
        """Move the slot towards the value, by at most `limit`."""
        visits = self.visits[slot]
        if not visits:
            self.means[slot], self.visits[slot] = value, 1
            self.last = self.carry = 0.0
            return
        residual = value - self.means[slot]
        if residual > limit:
            residual = limit
        elif residual < -limit:
            residual = -limit
        self.variance += rate * (residual * residual - self.variance)
        self.covariance += rate * (residual * self.last - self.covariance)
        self.last = residual
        stays = self.covariance / self.variance if self.covariance > 0.0 else 0.0
        self.carry = min(STAYS, stays) * residual
        if visits < self.most:
            self.visits[slot] = visits + 1
        self.means[slot] += residual / (visits + 1)


class Forecast(Memory):
    """The experts together. As long as the bucket is unknown, only the mean speaks."""

    __slots__ = ("daily", "experts", "weekly")
    PARTS: ClassVar[tuple[str, ...]] = ("experts",)

    def __init__(self) -> None:
        self.experts = [Expert(1, 200)]
        self.daily = self.weekly = 0

    @property
    def week_slots(self) -> int:
        """How many slots the last of a time's slots may be in."""
        return len(self.experts[-1].means)

    def add_seasons(self, bucket_ms: int) -> None:
        """Add the seasons that a bucket of this length can show; a holiday is an eighth day of the week."""
        if bucket_ms < DAY:
            self.daily = min(_DAILY, DAY // bucket_ms)
            self.experts.append(Expert(self.daily, 20))
        if bucket_ms < WEEK:
            self.weekly = max(7, min(_WEEKLY, WEEK // bucket_ms) // 7 * 7)
            self.experts.append(Expert(self.weekly // 7 * 8, 12))

    def slots(self, at_ms: int, *, holiday: bool) -> list[int]:
        """Every expert's slot of a time. A holiday never seen before is taken for a Sunday."""
        found = [0]
        if self.daily:
            found.append(at_ms % DAY * self.daily // DAY)
        if self.weekly:
            found.append((at_ms - MONDAY) % WEEK * self.weekly // WEEK)
            if holiday:
                a_day = self.weekly // 7
                found[-1] = found[-1] % a_day + self.weekly
        return found

    def new_holiday(self, slots: list[int]) -> bool:
        """Whether this is a holiday's slot that was never seen."""
        return bool(self.weekly) and slots[-1] >= self.weekly and not self.experts[-1].visits[slots[-1]]

    def expects(self, slots: list[int]) -> tuple[float, list[float | None]]:
        """(what is expected, what each expert says); weights are inverse fourth powers of mean errors."""
        said = [
            expert.means[slot] + expert.carry if expert.visits[slot] else None
            for expert, slot in zip(self.experts, slots, strict=True)
        ]
        if said[-1] is None and self.new_holiday(slots):
            said[-1] = self.experts[-1].expects(slots[-1] - self.weekly // 7)
        total = weighted = 0.0
        for expert, each in zip(self.experts, said, strict=True):
            if each is not None and expert.error >= 0.0:
                inverse = 1.0 / (expert.error + NO_ERROR)
                weight = inverse * inverse
                weight *= weight
                total += weight
                weighted += weight * each
        return weighted / total if total else self.experts[0].means[0], said

    def learn(
        self, slots: list[int], said: list[float | None], value: float, limit: float, rate: float
    ) -> None:
        """Judge what each expert said, then let it learn."""
        for expert, slot, each in zip(self.experts, slots, said, strict=True):
            if each is not None:
                error = min(abs(value - each), 2.0 * limit)
                expert.error = error if expert.error < 0.0 else expert.error + rate * (error - expert.error)
            expert.learn(slot, value, limit, rate)

    def pause(self) -> None:
        """A gap: the last residual says little about what follows."""
        for expert in self.experts:
            expert.last = expert.carry = 0.0
