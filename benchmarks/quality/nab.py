"""The detector of one series on the Numenta Anomaly Benchmark, with settings chosen on other folders.

Every file is run once, without its end in sight. Two settings are chosen by leaving one folder out: how
strange a value must be to ring, and how long a ringing lasts. The cross-validated figure takes each folder
with the settings (and their threshold) that were best on the other folders; NAB's own procedure optimises the
threshold on what it scores.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.quality import nab_data
from benchmarks.quality.nab_data import Recording
from benchmarks.quality.nab_score import PROFILES, Profile, at_threshold, corpus_score, normalised
from detectors.series.episode import Episode
from detectors.series.forecast import HOUR
from detectors.series.series import HELD, Series
from detectors.series.settings import Settings

RING_AT = tuple(quarter / 4 for quarter in range(10, 21))
QUIET = tuple(hours * HOUR for hours in (3, 6, 8, 12))
BELL = 0.5
Setting = tuple[float, int]


def run(root: Path) -> dict[str, Any]:
    """Every figure, from the files below `root`."""
    recordings = nab_data.load(root)
    points = sum(len(recording.values) for recording in recordings)
    began = time.process_time()
    strange = [surprises(recording) for recording in recordings]
    seconds = time.process_time() - began
    found: dict[str, Any] = {"files": len(recordings), "microseconds": round(1e6 * seconds / points, 1)}
    settings = Settings()
    default = settings.ring_at, settings.quiet(1)
    columns = [column(recording) for recording in recordings]
    for name, profile in PROFILES.items():
        rows = [
            row
            for each, scores in zip(recordings, columns, strict=True)
            for row in each.labelled.weigh(scores)
        ]
        as_published, threshold = corpus_score(rows, profile)
        windows = sum(len(recording.labelled.windows) for recording in recordings)
        grid = {
            each: [_sum(*pair, each, profile) for pair in zip(recordings, strange, strict=True)]
            for each in product(RING_AT, QUIET)
        }
        left_out = dict(_left_out(recordings, grid))
        best = max(grid, key=lambda each: sum(grid[each]))
        found[name] = {
            "cross_validated": normalised(sum(total for total, _ in left_out.values()), windows, profile),
            "chosen_without": {folder: list(chosen) for folder, (_, chosen) in left_out.items()},
            "alerts_of_the_default": normalised(at_threshold(rows, profile, BELL), windows, profile),
            "as_published_default": as_published,
            "as_published_threshold": threshold,
            "tuned_on_all": normalised(sum(grid[best]), windows, profile),
            "tuned_settings": list(best),
        }
    found["default"] = list(default)
    found["published"] = nab_data.reference(root)["scores"]
    return found


def surprises(recording: Recording) -> list[float]:
    """How strange each value is."""
    series = Series(Settings())
    pairs = zip(recording.times, recording.values, strict=True)
    return [series.update(at, value).surprise for at, value in pairs]


def column(recording: Recording) -> list[float]:
    """The score column that the detector writes with its defaults."""
    series = Series(Settings())
    pairs = zip(recording.times, recording.values, strict=True)
    return [series.update(at, value).score for at, value in pairs]


def rung(times: Sequence[int], strange: Sequence[float], setting: Setting) -> list[float]:
    """1 where it would have rung, otherwise less."""
    ring_at, quiet_ms = setting
    bell = Episode()
    return [
        1.0 if bell.rings(at, each, ring_at, held=bell.held(at, quiet_ms)) else min(each / ring_at / 2, HELD)
        for at, each in zip(times, strange, strict=True)
    ]


def table(figures: dict[str, Any]) -> str:
    """The figures beside the published ones, as Markdown."""
    lines = [
        "| NAB, " + f"{figures['files']} files" + " | standard | low FP | low FN |",
        "| --- | --- | --- | --- |",
    ]
    for label, key in (
        ("Tocsin, cross-validated over folders", "cross_validated"),
        ("Tocsin, alerts of the defaults", "alerts_of_the_default"),
        ("Tocsin, score column, NAB's optimised threshold", "as_published_default"),
        ("Tocsin, both settings tuned on all", "tuned_on_all"),
    ):
        lines.append(f"| {label} | " + " | ".join(f"{figures[name][key]:.1f}" for name in PROFILES) + " |")
    for detector, scores in figures["published"].items():
        lines.append(f"| {detector} | " + " | ".join(f"{scores[name]:.1f}" for name in PROFILES) + " |")
    return "\n".join([*lines, "", f"{figures['microseconds']} microseconds of CPU a point"])


def _sum(recording: Recording, strange: Sequence[float], setting: Setting, profile: Profile) -> float:
    return at_threshold(recording.labelled.weigh(rung(recording.times, strange, setting)), profile, 1.0)


def _left_out(
    recordings: Sequence[Recording], grid: dict[Setting, list[float]]
) -> Iterator[tuple[str, tuple[float, Setting]]]:
    """Each folder's sum, and the settings that were best on the others."""
    for folder in sorted({recording.folder for recording in recordings}):
        inside = [recording.folder == folder for recording in recordings]
        chosen = max(
            grid, key=lambda each: sum(t for t, held in zip(grid[each], inside, strict=True) if not held)
        )
        yield folder, (sum(t for t, held in zip(grid[chosen], inside, strict=True) if held), chosen)
