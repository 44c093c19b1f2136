"""The pair stage beside batch counts of the same baskets: however cut, doubled, lost or taken over."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from engine.one_partition import Entry, Played, came_from, closes, log_of, merged
from engine.pair_days import MONDAY, Shop, bought, end_of, lines, reloaded, stage, windows
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pair_worlds import by_pandas

from detectors.pairs.change import changes
from detectors.pairs.counting import count
from detectors.pairs.relevant import judge
from streams.engine.pairs.calendar import Calendar
from streams.engine.pairs.options import Kept, PairOptions
from streams.engine.pairs.record import join


def expected(shops: Sequence[Shop], options: PairOptions, last: int) -> Iterator[dict[str, Any]]:
    """What every window says, from all baskets at once."""
    days: Shop = {}
    for shop in shops:
        for day, baskets in shop.items():
            days.setdefault(day, []).extend(baskets)
    begins = min((day for day, baskets in days.items() if baskets), default=last + 1)

    def items(first: int, end: int, kept: Kept) -> list[frozenset[str]]:
        held = [b for day in range(first, end + 1) for b in days.get(day, [])]
        column = 0 if kept.level == "product" else 1
        return [
            frozenset(line[column] for line in each[3] if line[column])
            for each in held
            if kept.region in (None, each[0])
        ]

    for end in range(begins, last + 1):
        for kept in options.kept if end % options.every == 0 else ():
            first = end - kept.days + 1
            if first < begins:
                continue
            baskets = items(first, end, kept)
            counts = count(baskets, cap=options.cap)
            if not counts.baskets:
                continue
            judged = judge(counts, options.rule)
            rows = judged.ranked(np.flatnonzero(judged.relevant))
            changed = None
            before = count(items(first - kept.reference, first - 1, kept), cap=options.cap)
            if kept.reference and first - kept.reference >= begins and before.baskets:
                changed = changes(before, counts, options.rule, most=10**6).told
            small = [basket for basket in baskets if len(basket) <= options.cap]
            assert sum(by_pandas(small).values()) == counts.counts.sum()
            yield {
                "window": "pairs",
                "from": Calendar(options.zone).begin_of(first),
                "to": end_of(end, options.zone),
                "days": kept.days,
                "region": kept.region,
                "level": kept.level,
                "baskets": counts.baskets,
                "pairs": len(by_pandas(small)),
                "slack": 0,
                "oversized": len([basket for basket in baskets if len(basket) > options.cap]),
                "significant": len(rows),
                "emerged": sum(each.kind == "emerging" for each in changed or ()),
                "changed": None if changed is None else len(changed),
                "top": [asdict(pair) for pair in judged.pairs(rows[:50])],
            }


def shop_of(rng: random.Random, days: int) -> Shop:
    found: Shop = {}
    for day in range(days):
        if rng.random() < 0.8:
            found[MONDAY + day] = [
                bought(
                    *rng.sample("abcdefgh", rng.choice((1, 2, 3, 3, 7))),
                    region=rng.choice(("East", "West", None)),
                    synthetic=rng.random() < 0.01,
                )
                for _ in range(rng.randint(1, 9))
            ]
    return found


ASKED: dict[str, Any] = {
    "levels": ("category", "product"),
    "windows": (1, 3),
    "reference": 2,
    "regions": ("East",),
    "every": 2,
    "cap": 6,
}


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([UTC, ZoneInfo("Europe/Berlin")]))
def test_windows_are_what_a_batch_counts_however_the_log_is_cut(seed: int, zone: tzinfo) -> None:
    rng = random.Random(seed)
    shops, last = [shop_of(rng, 12), shop_of(rng, 12)], MONDAY + 13
    entries = merged(rng, [lines(shop, last, source, zone) for source, shop in enumerate(shops)])
    make, log = stage(partitions=2, zone=zone, **ASKED), log_of(entries)
    whole, cut, anew = Played(make).run(log), Played(make).run(log, rng), reloaded(make, log)
    assert whole.sends == cut.sends == anew.sends, "to the bit, and in one order"
    assert whole.rows() == cut.rows() == anew.rows()
    assert not whole.to("dead-letters")
    found = windows(whole)
    for each in found:
        told, each["changes"] = each["changes"], None
        assert (told is None) == (each["changed"] is None)
    wanted = expected(shops, PairOptions(zone=zone, **ASKED), last)
    assert [{k: v for k, v in each.items() if k not in ("changes", "synthetic")} for each in found] == list(
        wanted
    )


def test_sources_are_waited_for() -> None:
    make = stage(partitions=2, **ASKED)
    shops = [{MONDAY + day: [bought("a", "b")] for day in range(12)} for _ in range(2)]
    played = Played(make).run(log_of(lines(shops[0], MONDAY + 11, 0)))
    assert windows(played) == []


def test_a_leap_of_years_costs_a_few_steps_and_no_window_is_told_of_nothing() -> None:
    shop = {MONDAY: [bought("a", "b")], MONDAY + 3_000: [bought("a", "b")]}
    played = Played(stage(levels=("product",))).run(log_of(lines(shop, MONDAY + 3_200)))
    assert len(played.steps) < 80
    ends = [each["to"] for each in windows(played)]
    assert all(each["baskets"] == 1 for each in windows(played))
    assert len(ends) == len({(each["to"], each["days"]) for each in windows(played)})
    kept = [row for row in played.rows() if row.startswith(b"n/")]
    assert kept == [b"n/product/%07d/\n000" % (MONDAY + 3_000)], (
        "what no window needs is dropped as weeks close"
    )


def test_memory_is_bounded_with_a_slack_that_is_stated() -> None:
    rng = random.Random(1)
    shop = {
        MONDAY + day: [bought("a", "b", *(f"p{rng.randrange(3_000)}" for _ in range(8))) for _ in range(40)]
        for day in range(7)
    }
    make = stage(levels=("product",), windows=(7,), day_pairs=300, window_pairs=500)
    played = Played(make).run(log_of(lines(shop, MONDAY + 6)))
    [window] = windows(played)
    baskets = [frozenset(product for product, _ in each[3]) for day in shop.values() for each in day]
    true = by_pandas(baskets)
    assert 0 < window["slack"] <= sum(true.values()) / 300
    assert window["pairs"] <= 500 < len(true)
    for pair in window["top"]:
        number = true[pair["product_a"], pair["product_b"]]
        assert pair["count"] <= number <= pair["count"] + window["slack"]


def test_a_day_larger_than_a_row_may_be_comes_back_whole() -> None:
    rng = random.Random(2)
    names = [f"{rng.getrandbits(300):x}" for _ in range(12_000)]
    shop = {MONDAY: [bought(*rng.sample(names, 100)) for _ in range(90)]}
    played = reloaded(stage(levels=("product",), windows=(1,), every=1), log_of(lines(shop, MONDAY)))
    rows = [value for key, value in played.rows().items() if key.startswith(b"n/")]
    assert len(rows) > 1
    assert max(map(len, rows)) < 1_000_000
    assert windows(played)[0]["pairs"] == len(by_pandas([frozenset(dict(b[3])) for b in shop[MONDAY]]))


def test_a_region_that_is_asked_for_later_begins_then() -> None:
    shop = {MONDAY + day: [bought("a", "b", region="East")] for day in range(28)}
    log = log_of(lines(shop, MONDAY + 27))
    asked = {"levels": ("product",), "windows": (7,)}
    played = Played(stage(**asked))
    while (start := played.state.row.offsets.get("baskets", 0)) < len(log):
        if start == len(log) // 2:
            played.make = stage(regions=("East",), **asked)
            played.take_over()
        more = played.step(log[start : start + 1])
        while more:
            more = played.step()
    east = [each["to"] for each in windows(played) if each["region"] == "East"]
    assert east == [end_of(MONDAY + 20), end_of(MONDAY + 27)]
    played.make = stage(**asked)
    played.take_over()
    played.run(log_of([*lines(shop, MONDAY + 27), *lines({MONDAY + 28: [bought("a")]}, MONDAY + 28)]))
    assert not [row for row in played.rows() if b"=East" in row], "nobody asks for it any more"


BAD = {
    "no record": b"{}",
    "a list": b"[]",
    "not a number": join(end_of(MONDAY), [b"[NaN,0,1,[]]"]),
    "no such day": join(0, [b'[null,0,1,[["a",null]]]']),
    "a day beyond calendars": join(1 << 62, [b'[null,0,1,[["a",null]]]']),
    "an endless name": join(end_of(MONDAY), [b'[null,0,1,[["%b",null]]]' % (b"a" * 999)]),
    "more than a record holds": join(end_of(MONDAY), [b'[null,0,1,[["a",null]]]'] * 501),
    "another key": b'{"day":%d,"baskets":[],"x":NaN}' % end_of(MONDAY),
    "half a letter": join(end_of(MONDAY), [rb'[null,0,1,[["\ud800",null]]]']),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_what_somebody_else_writes_is_buried_and_the_week_goes_on(bad: bytes) -> None:
    shop = {MONDAY + day: [bought("a", "b")] for day in range(7)}
    entries = [came_from(0, bad), Entry(None, bad), came_from(7, bad), *lines(shop, MONDAY + 6)]
    played = reloaded(stage(levels=("product",), windows=(7,)), log_of(entries))
    assert len(played.to("dead-letters")) == 3
    assert [each["baskets"] for each in windows(played)] == [7]


@settings(max_examples=50, deadline=None)
@given(st.none() | st.binary(max_size=40), st.none() | st.binary(max_size=9))
def test_any_bytes_are_buried(value: bytes | None, key: bytes | None) -> None:
    played = Played(stage()).run(log_of([Entry(key, value, [("tocsin-from", b"0")])]))
    assert len(played.to("dead-letters")) == 1


def test_a_day_announced_by_a_stranger_beyond_all_calendars_stops_nothing() -> None:
    shop = {MONDAY: [bought("a", "b")]}
    strange = closes("baskets", 0, 1 << 52)
    played = Played(stage(levels=("product",))).run(log_of([*lines(shop, MONDAY), strange]))
    assert windows(played)
