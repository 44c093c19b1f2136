"""What buyers with a given pattern usually do: the MBG/NBD model, learnt one example at a time.

A customer buys at a rate of their own (gamma: shape r, rate alpha) and may leave for good after any purchase
(beta: a, b). With x repeats, the last at t_x, and age T, all in days, the model says in closed form how
likely the customer is alive, and whether an order comes within H days:

    alive     = 1 / (1 + a / (b + x) * ((alpha + T) / (alpha + t_x)) ** (r + x))
    silent(H) = 1 - alive * (1 - ((alpha + T) / (alpha + T + H)) ** (r + x))

Instead of a periodic fit by maximum likelihood, the parameters (their logs) follow the gradient of the log
loss of silent(H) against what came true, by AdaGrad: the same model, learnt for the question that is asked.

Reference: Batislam, Denizel, Filiztekin (2007), Empirical validation and comparison of models for customer
base analysis. The MBG form lets one-time buyers be gone, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_TINY = 1e-6  # silent(H) is kept this far from 0 and 1
_MOST_DAYS = 36_500.0
_MOST_REPEATS = 1e6
_BOUNDS = (-6.0, 8.0)  # of the logs of the parameters
_NEVER = 700.0  # beyond it exp overflows
_STEEP = 10.0  # a gradient beyond it is an outlier's


@dataclass
class Prior:
    """Four parameters as logs (r, alpha in days, a, b) and their AdaGrad sums.

    >>> prior = Prior()
    >>> round(prior.log_odds(0, 0.0, 10.0, 30.0), 2) < round(prior.log_odds(0, 0.0, 300.0, 30.0), 2)
    True
    """

    rate: float = 0.05
    logs: list[float] = field(
        default_factory=lambda: [math.log(0.5), math.log(30.0), math.log(0.6), math.log(1.65)]
    )
    squares: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])

    def log_odds(self, repeats: float, last_at: float, age: float, horizon: float) -> float:
        """Log-odds of no order within `horizon` days."""
        r, alpha, a, b = (math.exp(each) for each in self.logs)
        x = min(max(repeats, 0.0), _MOST_REPEATS)
        now = min(max(age, 0.0), _MOST_DAYS)
        last = min(max(last_at, 0.0), now)
        n = r + x
        gone = math.log(a / (b + x)) + n * (math.log(alpha + now) - math.log(alpha + last))
        act = -math.expm1(n * (math.log(alpha + now) - math.log(alpha + now + horizon)))
        buys = min(max(act / (1.0 + math.exp(min(gone, _NEVER))), _TINY), 1.0 - _TINY)
        return math.log1p(-buys) - math.log(buys)

    def log_odds_many(self, repeats: Floats, last_at: Floats, age: Floats, horizon: float) -> Floats:
        """The same for many customers."""
        r, alpha, a, b = (math.exp(each) for each in self.logs)
        x, last, now = _safe(repeats, last_at, age)
        n = r + x
        gone = np.log(a / (b + x)) + n * (np.log(alpha + now) - np.log(alpha + last))
        act = -np.expm1(n * (np.log(alpha + now) - np.log(alpha + now + horizon)))
        buys = np.clip(act / (1.0 + np.exp(np.minimum(gone, _NEVER))), _TINY, 1.0 - _TINY)
        found: Floats = np.log1p(-buys) - np.log(buys)
        return found

    def learn(self, repeats: float, last_at: float, age: float, horizon: float, *, silent: bool) -> float:
        """One step along the gradient of the log loss; `log_odds` as they were before it."""
        r, alpha, a, b = (math.exp(each) for each in self.logs)
        x = min(max(repeats, 0.0), _MOST_REPEATS)
        now = min(max(age, 0.0), _MOST_DAYS)
        last = min(max(last_at, 0.0), now)
        n, born, seen, end = r + x, alpha + now, alpha + last, alpha + now + horizon
        log_born = math.log(born)
        since, step = log_born - math.log(seen), log_born - math.log(end)
        gone = math.log(a / (b + x)) + n * since
        act = -math.expm1(n * step)
        said = min(max(act / (1.0 + math.exp(min(gone, _NEVER))), _TINY), 1.0 - _TINY)
        dead = 1.0 / (1.0 + math.exp(-gone)) if gone > -_NEVER else 0.0
        buys = min(max((1.0 - dead) * act, _TINY), 1.0 - _TINY)
        pull = -math.exp(n * step) / act if act > 0.0 else -1.0 / _TINY
        # d log(buys) by each log parameter
        slopes = (
            r * (-dead * since + pull * step),
            alpha * n * (-dead * (1.0 / born - 1.0 / seen) + pull * (1.0 / born - 1.0 / end)),
            -dead,
            dead * b / (b + x),
        )
        error = 1.0 if not silent else -buys / (1.0 - buys)
        for i, slope in enumerate(slopes):
            gradient = min(max(-error * slope, -_STEEP), _STEEP)
            self.squares[i] += gradient * gradient
            moved = self.logs[i] - self.rate * gradient / math.sqrt(self.squares[i] + 1e-2)
            self.logs[i] = min(max(moved, _BOUNDS[0]), _BOUNDS[1])
        return math.log1p(-said) - math.log(said)


def _safe(repeats: Floats, last_at: Floats, age: Floats) -> tuple[Floats, Floats, Floats]:
    now = np.clip(age, 0.0, _MOST_DAYS)
    return np.clip(repeats, 0.0, _MOST_REPEATS), np.clip(last_at, 0.0, now), now
