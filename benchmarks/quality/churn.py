"""Churn on CDNOW (90 days) and Complete Journey (30 days): ours beside every reference, in the same run."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.quality.data import Dataset, part
from benchmarks.quality.metrics import Snapshots
from benchmarks.quality.references import bgnbd, gradient_boosting, pareto_nbd
from benchmarks.quality.stream import NAMES, Stream, Taken


def run(data: Dataset, *, choose: bool = False, references: bool = True) -> dict[str, Any]:
    """Figures of one set.

    Args:
        data: purchases.
        choose: only the customers of part "a" exist; for choosing. Otherwise all are streamed, and only
            those of part "b", on whom nothing was chosen, are judged.
        references: whether the slow ones are run.
    """
    stream = Stream(data, "a" if choose else None)
    taken = stream.run()
    scores = {"tocsin": taken.ours, "recency": taken.features[:, NAMES.index("recency")]}
    if references:
        scores["BG/NBD, refit monthly"] = bgnbd(taken, data.horizon)
        scores["Pareto/NBD, refit monthly"] = pareto_nbd(taken, data.horizon)
        scores["HistGB, retrained monthly"] = gradient_boosting(taken, data.horizon)
    judged = np.array([choose or part(customer) == "b" for customer in stream.people])[taken.customer]
    days = (data.end - data.start) / 86_400_000
    windows = {"second_half": days / 2, "from_2_horizons_and_a_month": 2 * data.horizon + 30}
    found: dict[str, Any] = {"set": data.name, "horizon_days": data.horizon, "customers": len(stream.people)}
    for window, begin in windows.items():
        found[window] = _window(taken, scores, judged & (taken.date >= begin))
    found["early"] = _early(taken, judged)
    found["counts"] = taken.counts
    each = {
        name: taken.seconds[name] / max(taken.counts[name], 1) * 1e6 for name in ("score", "learn", "orders")
    }
    found["microseconds"] = {name: round(value, 1) for name, value in each.items()}
    return found


def _window(taken: Taken, scores: dict[str, Any], rows: Any) -> dict[str, Any]:
    snapshots = Snapshots(taken.date[rows], taken.customer[rows], taken.silent[rows])
    kept = {name: score[rows] for name, score in scores.items()}
    others = {name: score for name, score in kept.items() if name != "tocsin"}
    return {
        "dates": len(snapshots.slices),
        "customers": len(np.unique(snapshots.customer)),
        "silent": float(snapshots.silent.mean()),
        "methods": {
            name: snapshots.figures(score, probability=name != "recency") for name, score in kept.items()
        },
        "ahead": snapshots.bootstrap(kept["tocsin"], others),
    }


def _early(taken: Taken, judged: Any) -> dict[str, Any]:
    """Ours and recency on the dates of the four weeks after the first 500 labels."""
    rows = judged & (taken.date >= taken.early_from) & (taken.date < taken.early_from + 28)
    snapshots = Snapshots(taken.date[rows], taken.customer[rows], taken.silent[rows])
    recency = taken.features[rows, NAMES.index("recency")]
    return {
        "from_day": int(taken.early_from),
        "tocsin": snapshots.day_auc(taken.ours[rows]),
        "recency": snapshots.day_auc(recency),
        "first_date": {
            "tocsin": snapshots_first(snapshots, taken.ours[rows]),
            "recency": snapshots_first(snapshots, recency),
        },
    }


def snapshots_first(snapshots: Snapshots, score: Any) -> float:
    """AUC on the first date."""
    rows = snapshots.slices[0]
    return Snapshots(snapshots.date[rows], snapshots.customer[rows], snapshots.silent[rows]).day_auc(
        score[rows]
    )


def table(found: dict[str, Any], window: str) -> str:
    """The figures as text."""
    part_of = found[window]
    what = f"{found['set']}, {found['horizon_days']} days, {window.replace('_', ' ')}"
    heads = ("day AUC", "pooled", "PR lost", "PR back", "Brier", "ECE")
    lines = [
        f"{what}: {part_of['dates']} dates, {part_of['customers']} customers, {part_of['silent']:.1%} silent",
        f"{'':28}" + "".join(f"{head:>9}" for head in heads) + "   ahead (5% .. 95%)",
    ]
    for name, row in part_of["methods"].items():
        cells = "".join(
            f"{row[key]:9.4f}" if key in row else f"{'':9}"
            for key in ("auc_day", "auc_pooled", "pr_auc_churners", "pr_auc_returners", "brier", "ece")
        )
        ahead = part_of["ahead"].get(name)
        bounds = f"   {ahead[1]:+.4f} ({ahead[0]:+.4f} .. {ahead[2]:+.4f})" if ahead else ""
        lines.append(f"{name:28}{cells}{bounds}")
    return "\n".join(lines)
