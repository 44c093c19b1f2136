"""One series: the Numenta Anomaly Benchmark where it is at hand, and drift beside River."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.quality import drift, nab


def run(root: Path) -> dict[str, Any]:
    """Print the tables, return the figures."""
    found: dict[str, Any] = {"drift": drift.run()}
    print(drift.table(found["drift"]), end="\n\n", flush=True)
    if (root / "labels" / "combined_windows.json").exists():
        found["nab"] = nab.run(root)
        print(nab.table(found["nab"]), end="\n\n", flush=True)
    else:
        print(f"skipped: NAB, its files are not in {root}; give their folder with --nab.")
    return found
