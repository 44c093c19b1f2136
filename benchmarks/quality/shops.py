"""Many simulated shops at the stage of the series: what rings where nothing changes, and what is found.

The seed was fixed before the first run of it, and no setting was chosen on its shops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.quality.shop_change import KINDS, Change, drawn
from benchmarks.quality.shop_drive import Driven, drive
from benchmarks.quality.shop_score import Account, Truth, account
from benchmarks.quality.shop_world import DAY, HOUR, Shop, made

SEED = 20_261_122
SHOPS = 2
"""With each change of each size; the first one of a large change is played without the control, too."""
QUIET, QUIET_WEEKS = 12, 18
ABROAD = 3
"""Every so many of the quiet shops has clocks that change."""
MONTH = 365.25 / 12
SETTLING = 28
"""Days that are not looked at: most series are quiet in them."""
UNGUARDED = 1.0


class Seen(NamedTuple):
    """A shop that was played: what became of it, how long it was looked at, and what it cost."""

    account: Account
    months: float
    driven: Driven


def run(shops: int = SHOPS, quiet: int = QUIET, weeks: int = QUIET_WEEKS) -> dict[str, Any]:
    """All figures, printed and returned.

    Args:
        shops: with each change of each size.
        quiet: shops without a change.
        weeks: of those.
    """
    found: dict[str, Any] = {"seed": SEED, "quiet": quiet_shops(quiet, weeks)}
    print(f"\nshops\n{calm_table(found['quiet'])}\n", flush=True)
    found |= changed_shops(shops)
    print(f"\n{change_table(found['changes'])}\n\nall: {found['all changes']}")
    print(f"{found['microseconds']} us of CPU a point of a series")
    return found


def changed_shops(shops: int) -> dict[str, Any]:
    """What is found of each change in its two sizes; of the large one, without the control too."""
    changes: dict[str, Any] = {}
    every: list[Seen] = []
    for place, (name, kind) in enumerate(KINDS.items()):
        for large in (False, True):
            made_of = [_changed(place, large, number) for number in range(shops)]
            guarded = [_seen(shop) for shop in made_of]
            figures = {"control on": power(guarded)}
            if large:
                figures["control off"] = power([_seen(shop, UNGUARDED) for shop in made_of[:1]])
            every += guarded
            changes[f"{kind.words}, {kind.said[large]}"] = figures
            print(f"  {name}, {kind.said[large]}: {figures}", flush=True)
    return {"changes": changes, "all changes": power(every), "microseconds": cost(every)}


def quiet_shops(quiet: int, weeks: int) -> dict[str, Any]:
    """False alerts where nothing changes, with and without the control of false discoveries."""
    plain = [_quiet(number, weeks) for number in range(quiet)]
    return {
        "control on": calm([_seen(shop) for shop in plain]),
        "control off": calm([_seen(shop, UNGUARDED) for shop in plain]),
    }


def calm(seen: Sequence[Seen]) -> dict[str, Any]:
    """False alerts of shops in which nothing has changed."""
    months = sum(each.months for each in seen)
    rung = [each for one in seen for each in one.account.false]
    of_series = sum(each.months * each.driven.series for each in seen)
    return {
        "shops": len(seen),
        "shop_months": round(months, 1),
        "series": round(sum(each.driven.series for each in seen) / max(len(seen), 1)),
        "per_shop_month": _rate(len(rung), months),
        "per_series_month": _rate(len(rung), of_series, 4),
        "by": {name: _rate(n, months) for name, n in sorted(Counter(map(_sort, rung)).items())},
        "shops_without_any": sum(not each.account.false for each in seen),
    }


def power(seen: Iterable[Seen]) -> dict[str, Any]:
    """What is found of changes, how soon, and what is told beside them."""
    accounts = [each.account for each in seen]
    true, false = (
        sum(len(part) for part in parts) for parts in zip(*((a.true, a.false) for a in accounts), strict=True)
    )
    delays = [each.delay / HOUR for each in accounts if each.delay is not None]
    median, late = np.percentile(delays, (50, 90)).tolist() if delays else (None, None)
    sides, firsts = ([hit for a in accounts for hit in part(a)] for part in (_sides, _firsts))
    return {
        "shops": len(accounts),
        "found": len(delays),
        "alerts": true,
        "false": false,
        "false_share": _rate(false, true + false),
        "by": {
            f"{what}, {name}": n
            for what in ("true", "false")
            for name, n in sorted(Counter(_sort(each) for a in accounts for each in getattr(a, what)).items())
        },
        "hours_median": median,
        "hours_90": late,
        "direction": [sum(sides), len(sides)],
        "first": [sum(firsts), len(firsts)],
    }


def cost(seen: Sequence[Seen]) -> float:
    """Microseconds of CPU for a point of a series, all that the stage does included."""
    points = sum(each.driven.points for each in seen)
    return round(1e6 * sum(each.driven.seconds for each in seen) / max(points, 1), 1)


def truth(shop: Shop) -> Truth | None:
    """What has changed in a shop."""
    change = shop.change
    if change is None:
        return None
    begin, end = (int(shop.moments[hour]) for hour in (change.begin, change.end))
    cut = (change.kind.cut, change.value) if change.kind.cut else None
    return Truth(begin, end, change.kind.moves, cut)


def calm_table(figures: dict[str, dict[str, Any]]) -> str:
    """False alerts as Markdown."""
    kinds = sorted({name for each in figures.values() for name in each["by"]})
    columns = ["per shop-month", "per series-month", *kinds]
    lines = ["| shops without a change | " + " | ".join(columns) + " |", "| --- " * (len(columns) + 1) + "|"]
    for name, each in figures.items():
        cells = [
            each["per_shop_month"],
            each["per_series_month"],
            *(each["by"].get(kind, 0.0) for kind in kinds),
        ]
        lines.append(f"| {name} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def change_table(changes: dict[str, dict[str, dict[str, Any]]]) -> str:
    """What was found as Markdown."""
    head = (
        "change | found | hours until told: median, 90% | right direction | right slice first | false share"
    )
    lines = [f"| {head} |", "| --- " * 6 + "|"]
    for name, figures in changes.items():
        each = figures["control on"]
        delay = "-" if each["hours_median"] is None else f"{each['hours_median']:.0f}, {each['hours_90']:.0f}"
        told = (f"{hits} of {of}" if of else "-" for hits, of in (each["direction"], each["first"]))
        cells = (
            f"{each['found']} of {each['shops']}",
            delay,
            *told,
            f"{each['false']} of {each['false'] + each['alerts']}",
        )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _seen(shop: Shop, rate: float | None = None) -> Seen:
    driven = drive(shop) if rate is None else drive(shop, rate=rate)
    since = int(shop.moments[0]) + SETTLING * DAY
    months = max(0, int(shop.moments[-1]) - since) / DAY / MONTH
    return Seen(account(driven.rung, truth(shop), since), months, driven)


def _quiet(number: int, weeks: int) -> Shop:
    zone: tzinfo = UTC if number % ABROAD else ZoneInfo("Europe/Berlin")
    return made(np.random.default_rng([SEED, 0, number]), weeks=weeks, zone=zone)


def _changed(place: int, large: bool, number: int) -> Shop:
    rng = np.random.default_rng([SEED, 1, place, int(large), number])
    kind = list(KINDS.values())[place]
    change: Change = drawn(kind, large=large, rng=rng)
    return made(rng, weeks=kind.weeks, change=change)


def _sort(rung: Any) -> str:
    return f"{rung.rule}, {rung.bucket}" + (", slices" if rung.dimension else "")


def _sides(account: Account) -> list[bool]:
    return account.sides


def _firsts(account: Account) -> list[bool]:
    return account.firsts


def _rate(number: float, of: float, digits: int = 2) -> float:
    return round(number / of, digits) if of else 0.0
