"""The experts of a forecast: each a profile, and what the last values say of the next one beside it.

What is left over is carried on in two ways. Of plain values it is a number, and a part of it stays (AR(1)).
Counts and sums rise and fall by a share: an evening with half of its orders is followed by a night with half
of its own, not by one with fifty orders fewer than none. There the level is a ratio of discounted sums, of
what was away from the profile by the profile itself, so that a busy hour says more than a night's (Harvey and
Fernandes, "Time Series Models for Count or Qualitative Observations", Journal of Business & Economic
Statistics 7, 1989). How much of either stays is learnt by least squares.
"""

from __future__ import annotations

from typing import Any, ClassVar

from detectors.series.memory import Memory

STAYS = 0.98
# Discount of the level's sums: they forget half in two values.
DISCOUNT = 0.7
# What stands in the level's sums for "as usual", as a share of a usual value.
DOUBT = 0.1
SLOWEST_TYPICAL = 0.01
# Of the most that a slot moves by: what is wild is not followed all the way, lest its end look like a fall.
FOLLOWED = 0.5
# A level of ten times the profile is as far as any is followed.
HIGHEST = 9.0


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
            self.begin(slot, value)
            self.last = self.carry = 0.0
            return
        mean = self.means[slot]
        residual = value - mean
        if residual > limit:
            residual = limit
        elif residual < -limit:
            residual = -limit
        self.variance = variance = self.variance + rate * (residual * residual - self.variance)
        self.covariance = covariance = self.covariance + rate * (residual * self.last - self.covariance)
        self.last = residual
        stays = covariance / variance if covariance > 0.0 else 0.0
        self.carry = (stays if stays < STAYS else STAYS) * residual  # noqa: FURB136 - a call costs more
        if visits < self.most:
            self.visits[slot] = visits + 1
        self.means[slot] = mean + residual / (visits + 1)

    def begin(self, slot: int, value: float) -> None:
        """Take a value for the first of a slot."""
        self.means[slot], self.visits[slot] = value, 1

    def miss(self) -> None:
        """No value: the last residual says little about what follows."""
        self.last = self.carry = 0.0

    def pause(self) -> None:
        """A gap: nor do those before."""
        self.miss()


class Share(Expert):
    """An expert whose residuals are shares of what is usual.

    `last` and `base` are discounted sums of residuals and of the means they were residuals of; `carry` is the
    part of their ratio that stays, so that no expectation falls below nothing.

    >>> expert = Share(2, 10)
    >>> for step in range(40):
    ...     expert.learn(step % 2, (100.0, 10.0)[step % 2] * (0.5 if step % 8 < 4 else 1.5), 1e3, 0.1)
    >>> 5.0 < expert.expects(1) < 15.0
    True
    """

    __slots__ = ("base", "level", "typical")
    KEPT: ClassVar[tuple[str, ...]] = (*Expert.KEPT, "base", "typical")

    def __init__(self, slots: int, most: int) -> None:
        super().__init__(slots, most)
        self.base = 0.0
        self.typical = 0.0
        # How far the level is from the profile's, as a share of it; -1 is nothing at all. Made of the sums.
        self.level = 0.0

    def load(self, saved: Any) -> None:
        """Take a dumped state over; the level follows from its sums."""
        super().load(saved)
        self.level = self._level()

    def expects(self, slot: int) -> float | None:
        """The mean of the slot, times what stays of the level."""
        return self.means[slot] * (1.0 + self.carry) if self.visits[slot] else None

    def learn(self, slot: int, value: float, limit: float, rate: float) -> None:
        """Move the slot towards the value, by at most `limit`."""
        visits = self.visits[slot]
        if not visits:
            self.begin(slot, value)
            return
        before = self.means[slot]
        mean = before if before > 0.0 else 0.0  # noqa: FURB136 - a call costs more
        followed = residual = value - before
        most = FOLLOWED * limit
        if residual > most:
            followed = most
            residual = min(residual, limit)
        elif residual < -most:
            followed = -most
            residual = max(residual, -limit)
        foreseen = mean * self.level
        self.variance += rate * (foreseen * foreseen - self.variance)
        self.covariance += rate * (followed * foreseen - self.covariance)
        self.last = DISCOUNT * self.last + (1.0 - DISCOUNT) * followed
        self.base = DISCOUNT * self.base + (1.0 - DISCOUNT) * mean
        pace = rate if rate > SLOWEST_TYPICAL else SLOWEST_TYPICAL  # noqa: FURB136 - the same
        self.typical += pace * (mean - self.typical)
        self._carry_on()
        if visits < self.most:
            self.visits[slot] = visits + 1
        self.means[slot] = before + residual / (visits + 1)

    def miss(self) -> None:
        """No value: what was known of the level fades, as it does with a value."""
        self.last *= DISCOUNT
        self.base *= DISCOUNT
        self._carry_on()

    def pause(self) -> None:
        """A gap: the level says little about what follows."""
        self.last = self.carry = self.base = self.level = 0.0

    def _carry_on(self) -> None:
        covariance, variance = self.covariance, self.variance
        stays = covariance / variance if covariance > 0.0 < variance else 0.0
        self.level = level = self._level()
        self.carry = (stays if stays < STAYS else STAYS) * level  # noqa: FURB136 - the same

    def _level(self) -> float:
        base = self.base + DOUBT * self.typical
        if base <= 0.0:
            return 0.0
        level = self.last / base
        if level > HIGHEST:
            return HIGHEST
        return level if level > -1.0 else -1.0  # noqa: FURB136 - the same
