"""Churn on CDNOW (90 days) and Complete Journey (30 days): ours beside every reference, in the same run."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.quality.beside import EARLY, NAMES, Beside, Taken
from benchmarks.quality.data import Dataset, part
from benchmarks.quality.engine import Driven, drive
from benchmarks.quality.metrics import Floats, Snapshots
from benchmarks.quality.references import bgnbd, gradient_boosting, pareto_nbd

MAIN = "from three horizons on"
"""One to see, one to wait for labels, one to learn."""
WINDOWS = (MAIN, "from two horizons and a month on")


def run(data: Dataset, *, choose: bool = False, references: bool = True) -> dict[str, Any]:
    """Figures of one set.

    Args:
        data: purchases.
        choose: only the customers of part "a" exist; for choosing. Otherwise all are streamed, and only
            those of part "b", on whom nothing was chosen, are judged.
        references: whether the slow ones are run.
    """
    orders = data.orders
    if choose:
        orders = orders[orders["customer"].map(part) == "a"].reset_index(drop=True)
    taken = Beside(data, orders).run()
    driven = drive(data, orders, taken)
    scores = {"tocsin": driven.p, "recency": taken.features[:, NAMES.index("recency")]}
    if references:
        scores["BG/NBD, refit monthly"] = bgnbd(taken, data.horizon)
        scores["Pareto/NBD, refit monthly"] = pareto_nbd(taken, data.horizon)
        scores["HistGB, retrained monthly"] = gradient_boosting(taken, data.horizon)
    judged = np.array([choose or part(customer) == "b" for customer in taken.people])[taken.customer]
    first = dict(zip(WINDOWS, (3 * data.horizon, 2 * data.horizon + 30), strict=True))
    return {
        "set": data.name,
        "horizon_days": data.horizon,
        "customers": len(taken.people),
        "windows": {
            window: {"from_day": day, **_window(taken, scores, judged & (taken.date >= day))}
            for window, day in first.items()
        },
        "early": _early(taken, driven.p, judged),
        "cost": _cost(taken, driven),
    }


def _window(taken: Taken, scores: dict[str, Floats], rows: Any) -> dict[str, Any]:
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


def _early(taken: Taken, ours: Floats, judged: Any) -> dict[str, Any]:
    """Ours and recency on the dates of the four weeks after the first `EARLY` labels."""
    rows = judged & (taken.date >= taken.early_from) & (taken.date < taken.early_from + 28)
    snapshots = Snapshots(taken.date[rows], taken.customer[rows], taken.silent[rows])
    both = {"tocsin": ours[rows], "recency": taken.features[rows, NAMES.index("recency")]}
    return {
        "labels": EARLY,
        "from_day": int(taken.early_from),
        **{name: snapshots.day_auc(score) for name, score in both.items()},
        "first_date": {name: snapshots.first_auc(score) for name, score in both.items()},
    }


def _cost(taken: Taken, driven: Driven) -> dict[str, Any]:
    """CPU of the run, and of one score and one learnt example of it."""
    each = {"score": taken.scored, "learn": driven.examples}
    return {
        "events": driven.events,
        "scores": taken.scored,
        "learnt": driven.examples,
        "seconds": round(driven.seconds, 1),
        "events_per_second": round(driven.events / driven.seconds),
        "microseconds": {
            name: round(driven.parts.get(name, 0.0) * driven.seconds / max(count, 1) * 1e6, 1)
            for name, count in each.items()
        },
        "parts": {name: round(share, 3) for name, share in sorted(driven.parts.items())},
    }


def distinct(found: dict[str, Any]) -> list[str]:
    """The windows without those that begin where another one does, as with a horizon of 30 days."""
    return list({found["windows"][window]["from_day"]: window for window in reversed(WINDOWS)}.values())[::-1]


def table(found: dict[str, Any], window: str) -> str:
    """The figures as text."""
    part_of = found["windows"][window]
    what = f"{found['set']}, {found['horizon_days']} days, {window} (day {part_of['from_day']})"
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


def rest(found: dict[str, Any]) -> str:
    """What was early, and what it cost, as text."""
    early, cost = found["early"], found["cost"]
    each = cost["microseconds"]
    return (
        f"after {early['labels']} labels (day {early['from_day']}, four weeks): "
        f"tocsin {early['tocsin']:.4f}, recency {early['recency']:.4f}\n"
        f"{cost['events']:,} events in {cost['seconds']} s of CPU: {cost['events_per_second']:,} events/s; "
        f"{cost['scores']:,} scores of {each['score']} us, "
        f"{cost['learnt']:,} examples learnt in {each['learn']} us each"
    )
