"""Records of `series-partials`, made by hand: a shop's hours, told by one or several partitions."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from engine.one_partition import Entry, Played, came_from, closes

from schemas.measures import MEASURES
from streams.engine.options import Options
from streams.engine.records import Send
from streams.engine.series.options import Chosen, SeriesOptions
from streams.engine.series.stage import PARTIALS, SeriesStage

HOUR, DAY = 3_600_000, 86_400_000
MONDAY = 1_704_067_200_000  # 2024-01-01


def partial(begin: int, values: Iterable[Sequence[Any]], base: int = HOUR, **more: Any) -> dict[str, Any]:
    """What one partition has of a bucket; a value is measure, dimension, value, num, den[, generated]."""
    told = [[*each, 0][:6] for each in values]
    return {"from": begin, "to": begin + base, "values": told, "quality": [], "labels": [], **more}


def lines(partials: Iterable[dict[str, Any]], source: int = 0) -> list[Entry]:
    """What a partition writes of consecutive buckets."""
    found = []
    for each in partials:
        if each["values"] or each["quality"] or each["labels"]:
            found.append(came_from(source, orjson.dumps(each)))
        found.append(closes(PARTIALS, source, each["to"]))
    return found


def split(rng: random.Random, whole: dict[str, Any], partitions: int) -> list[dict[str, Any]]:
    """The same numbers, shared by chance among several partitions."""
    parts = [{**whole, "values": [], "quality": [], "labels": []} for _ in range(partitions)]
    for name in ("quality", "labels"):
        for each in whole[name]:
            rng.choice(parts)[name].append(each)
    for measure, dimension, value, num, den, generated in whole["values"]:
        cut, first, second = (rng.randint(0, num) if num > 0 else 0), *rng.sample(range(partitions), 2)
        below = [1, 1]
        if MEASURES[measure].kind == "ratio":
            below[0] = rng.randint(0, den)
            below[1] = den - below[0]
        parts[first]["values"].append([measure, dimension, value, cut, below[0], generated])
        parts[second]["values"].append([measure, dimension, value, num - cut, below[1], generated])
    return parts


def stage(
    partitions: int = 1, at_once: int = 250, rules: Any = None, **series: Any
) -> Callable[[], SeriesStage]:
    """What makes a stage that does so many series at once."""
    options = Options(partitions, series=SeriesOptions(**series), rules=rules or {})
    return lambda: SeriesStage(options, at_once)


def only(**measures: tuple[str, ...]) -> dict[str, Chosen]:
    """These measures, each cut by so many dimensions."""
    return {name: Chosen(by) for name, by in measures.items()}


def berlin() -> ZoneInfo:
    return ZoneInfo("Europe/Berlin")


def alerts(sends: Played | Iterable[Send]) -> list[dict[str, Any]]:
    sent = sends.sends if isinstance(sends, Played) else sends
    return [orjson.loads(send.value or b"")["data"] for send in sent if send.topic == "alerts"]


def windows(sends: Played | Iterable[Send], bucket: str | None = None) -> list[dict[str, Any]]:
    sent = sends.sends if isinstance(sends, Played) else sends
    found = [orjson.loads(send.value or b"") for send in sent if send.topic == "windows"]
    return [each for each in found if bucket in (None, each["bucket"])]
