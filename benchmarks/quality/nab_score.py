"""NAB's scoring as published: windows, early rewards, three profiles, one threshold for the whole corpus.

Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015. A detection inside a
labelled window is worth up to +1, the earlier the more; only the earliest of a window counts. A detection
outside costs up to -1 times the profile's weight, less when it comes shortly after a window. A window that is
missed costs its weight. The first 15% of a file (at most 750 rows) are probation and do not count. The sum
over the corpus is put on a scale where 0 detects nothing and 100 is perfect.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

PROBATION, PROBATION_ROWS = 0.15, 5000
NOTHING = 1.1  # a threshold that no score reaches


class Profile(NamedTuple):
    tp: float
    fp: float
    fn: float


PROFILES = {
    "standard": Profile(1.0, 0.11, 1.0),
    "reward_low_FP_rate": Profile(1.0, 0.22, 1.0),
    "reward_low_FN_rate": Profile(1.0, 0.11, 2.0),
}


class Row(NamedTuple):
    """A row that counts: the detector's score, what a detection is worth here, and the window it is in."""

    score: float
    worth: float
    window: str | None


@dataclass(frozen=True)
class Labelled:
    """One file of the corpus: its rows' count, and its windows as (first row, last row)."""

    name: str
    rows: int
    windows: Sequence[tuple[int, int]]

    @property
    def probation(self) -> float:
        return min(math.floor(PROBATION * self.rows), PROBATION * PROBATION_ROWS)

    def weigh(self, scores: Sequence[float]) -> list[Row]:
        """Every row outside probation, with what a detection there is worth before a profile's weight."""
        if len(scores) != self.rows:
            raise ValueError(f"{self.name} has {self.rows} rows, but {len(scores)} scores came.")
        found: list[Row] = []
        ahead = list(self.windows)
        before: tuple[int, int] | None = None
        for at, score in enumerate(scores):
            if ahead and at > ahead[0][1]:
                before = ahead.pop(0)
            if ahead and at >= ahead[0][0]:
                first, last = ahead[0]
                worth = _sigmoid(-(last - at + 1) / (last - first + 1)) / _sigmoid(-1.0)
                window: str | None = f"{self.name}|{first}"
            else:
                worth = _sigmoid((at - before[1]) / (before[1] - before[0]) if before else 3.0)
                window = None
            if at >= self.probation:
                found.append(Row(score, worth, window))
        return found


def sweep(rows: Iterable[Row], profile: Profile) -> list[tuple[float, float]]:
    """(threshold, sum over the corpus) for every threshold that changes anything, from the highest down."""
    rows = sorted(rows, key=lambda row: -row.score)
    best = {row.window: -profile.fn for row in rows if row.window}
    total, threshold = sum(best.values()), NOTHING
    found = []
    for score, worth, window in rows:
        if score != threshold:
            found.append((threshold, total))
            threshold = score
        if window is None:
            total += worth * profile.fp
        elif worth * profile.tp > best[window]:
            total += worth * profile.tp - best[window]
            best[window] = worth * profile.tp
    return [*found, (threshold, total)]


def at_threshold(rows: Iterable[Row], profile: Profile, threshold: float) -> float:
    """The sum over the corpus of one given threshold; scores at or above it are detections."""
    return next(total for from_, total in reversed(sweep(rows, profile)) if from_ >= threshold)


def normalised(total: float, windows: int, profile: Profile) -> float:
    """A sum on NAB's scale: 0 for a detector that detects nothing, 100 for a perfect one."""
    nothing, perfect = -windows * profile.fn, windows * profile.tp
    return 100 * (total - nothing) / (perfect - nothing)


def corpus_score(rows: Sequence[Row], profile: Profile) -> tuple[float, float]:
    """(NAB's score, its threshold): NAB optimises one threshold over the corpus that it scores."""
    windows = len({row.window for row in rows if row.window})
    threshold, total = max(sweep(rows, profile), key=lambda found: found[1])
    return normalised(total, windows, profile), threshold


def _sigmoid(position: float) -> float:
    """+1 early in a window, 0 at its end, -1 far behind it."""
    return -1.0 if position >= 3.0 else 2 / (1 + math.exp(5 * position)) - 1.0
