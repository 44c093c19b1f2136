"""The files of the Numenta Anomaly Benchmark in a folder, with their labels and published results."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quality.nab_score import Labelled


@dataclass(frozen=True)
class Recording:
    """One file: when (ms, UTC assumed) and what, and its labels."""

    labelled: Labelled
    times: list[int]
    values: list[float]

    @property
    def folder(self) -> str:
        return self.labelled.name.split("/")[0]


def load(root: Path) -> list[Recording]:
    """Every labelled file below `root`/data, in the order of their names."""
    windows = json.loads((root / "labels" / "combined_windows.json").read_text())
    return [_recording(root, name, windows[name]) for name in sorted(windows)]


def published(root: Path, detector: str) -> dict[str, list[float]]:
    """A detector's published scores by file."""
    found: dict[str, list[float]] = {}
    with gzip.open(root / "results" / f"{detector}.csv.gz", "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["file"], []).append(float(row["anomaly_score"]))
    return found


def reference(root: Path) -> dict[str, dict[str, dict[str, float]]]:
    """What NAB's own scorer says of the published results."""
    return dict(json.loads((root / "results" / "reference.json").read_text()))


def _recording(root: Path, name: str, windows: list[list[str]]) -> Recording:
    with (root / "data" / name).open(newline="") as lines:
        rows = [(_ms(row["timestamp"]), float(row["value"])) for row in csv.DictReader(lines)]
    times = [at for at, _ in rows]
    limits = [(times.index(_ms(first)), times.index(_ms(last))) for first, last in windows]
    return Recording(Labelled(name, len(rows), limits), times, [value for _, value in rows])


def _ms(written: str) -> int:
    return int(datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp() * 1000)
