"""Watches the labelled stream: has the error, the calibration or the share of silent customers changed?

Labels of one day are not independent, so days are what is compared: each closed day gives one mean, and
ADWIN looks for a change in their sequence. The state is the list of days, nothing hidden, so a restart
changes nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from river import drift

from detectors.churn.signals import DAY

FEWEST = 20  # labels that make a day; fewer wait for the next
MOST_DAYS = 366
REFERENCE = 14  # days that say what is usual; before twice as many, nothing is judged
ZOOM = 3.0
_DELTA = 0.002
_MEASURES = ("error", "calibration", "base")


class Drift(NamedTuple):
    """A change: of what, when it was seen (ms), before and after, in words."""

    measure: str
    at: int
    before: float
    after: float
    words: str


def new() -> dict[str, Any]:
    """The state of a watch that has seen nothing."""
    return {"open": None, "days": {measure: [] for measure in _MEASURES}}


def observe(state: dict[str, Any], label_at: int, p: float, *, silent: bool) -> list[Drift]:
    """Take a label and the probability that had been given; the changes seen at the close of a day."""
    day = label_at // DAY
    found: list[Drift] = []
    running = state["open"]
    if running and day > running["day"] and running["n"] >= FEWEST:
        found = _close(state, running)
        running = None
    if running is None:
        running = state["open"] = {"day": day, "n": 0, "error": 0.0, "calibration": 0.0, "base": 0.0}
    outcome = float(silent)
    running["n"] += 1
    running["day"] = max(running["day"], day)
    running["error"] += (p - outcome) ** 2
    running["calibration"] += p - outcome
    running["base"] += outcome
    return found


def _close(state: dict[str, Any], running: dict[str, Any]) -> list[Drift]:
    found = []
    for measure in _MEASURES:
        values: list[float] = state["days"][measure]
        values.append(running[measure] / running["n"])
        del values[:-MOST_DAYS]
        change = _change(values)
        if change:
            before, after, kept = change
            del values[:-kept]
            at = (running["day"] + 1) * DAY
            found.append(Drift(measure, at, before, after, _words(measure, before, after)))
    return found


def _change(values: list[float]) -> tuple[float, float, int] | None:
    """Means before and after a change seen at the last value, and how many values to go on with."""
    if len(values) < 2 * REFERENCE:
        return None
    middle = sum(values[:REFERENCE]) / REFERENCE
    detector = drift.ADWIN(delta=_DELTA, clock=1)
    for value in values:
        # ADWIN's bound is for [0, 1], and means of days fill little of it: what is near is enlarged.
        detector.update(min(max(0.5 + ZOOM * (value - middle), 0.0), 1.0))
    width = int(detector.width)
    if not detector.drift_detected or width >= len(values):
        return None
    # ADWIN's window is cut at its buckets' edges: its beginning may hold some of what was before.
    kept = min(width, REFERENCE)
    old = values[: len(values) - width]
    return sum(old) / len(old), sum(values[-kept:]) / kept, kept


def _words(measure: str, before: float, after: float) -> str:
    if measure == "base":
        way = "more" if after > before else "fewer"
        return f"{way} customers stay silent than before: {after:.0%}, it was {before:.0%}."
    if measure == "error":
        way = "worse" if after > before else "better"
        return f"churn scores have become {way}: mean squared error {after:.3f}, it was {before:.3f}."
    way = "too high" if after > 0 else "too low"
    return f"churn probabilities are now {way} by {abs(after):.1%} on average; before it was {before:+.1%}."
