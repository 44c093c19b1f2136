"""What everybody downstream can see in the end: the committed records of every log, and the rows they make.

Two runs of the same logs must agree in it. What may differ is left out, and only that: offsets of internal
topics (they count control records and announcements), announcements themselves, and what a row still
remembers of things that are over, which depends on when it was touched last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
from simulator.broker import Broker
from simulator.logs import Entry
from simulator.watched_rows import OPEN, STAGES, open_rows, stage_rows

from alerts.rules.order_late import CLOSERS
from alerts.timeline import Known, happened
from detectors.churn.chunk import examples
from streams.engine.churn.sweeping import PAST, past_key
from streams.engine.churn.waiting import past_of, settle
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.options import Options
from streams.engine.partition_row import KEY
from streams.engine.series import visits

View = dict[str, Any]

CHANGELOGS = ("customer-rows", "product-rows", "trainer-rows", "risk-rows", *STAGES)
PUBLISHED = ("alerts", "dead-letters", "rerouted", "partials", "customer-scores", "windows")
CHURN = ("churn-examples", "churn-risks")
INTERNAL = ("rerouted", "partials", "series-partials", "baskets", *CHURN)
_ALL_TIME = 1 << 60


def view(broker: Broker, options: Options) -> View:
    """Everything, by where it stands."""
    seen: View = {}
    for (topic, partition), log in sorted(broker.logs.items()):
        if log.stable != log.end:
            seen[f"open transaction in {topic}"] = partition
        records, _ = log.committed(0)
        if topic in PUBLISHED:
            for record in records:
                if record.key != ANNOUNCEMENT:
                    _count(seen, topic, partition, record)
        elif topic in CHURN:
            for record in records:
                if record.key != ANNOUNCEMENT:
                    source = dict(record.headers)["tocsin-from"].decode()
                    _count_each(seen, f"{topic} from {source}", orjson.loads(record.value or b""))
        elif topic == "models":
            for place, record in enumerate(records):
                seen[f"version {place}"] = (record.key, _without_offsets(record.value))
        elif topic in CHANGELOGS:
            seen.update(_rows(topic, partition, records, options))
    return seen


def _count(seen: View, topic: str, partition: int, record: Entry) -> None:
    name = orjson.loads(record.value or b"null")["id"] if topic == "alerts" else record.key
    found: Counter[Any] = seen.setdefault(f"{topic}[{partition}] {name!r}", Counter())
    # A dead letter's headers name the offset of the input: each must be there once.
    found[record.value, record.headers] += 1


def _count_each(seen: View, place: str, value: dict[str, Any]) -> None:
    """Customers come in slices, which may be cut anywhere: each must be there once."""
    common = {name: each for name, each in value.items() if not isinstance(each, list | str)}
    found: Counter[Any] = seen.setdefault(f"{place} {sorted(common.items())}", Counter())
    for name in ("risks", "back"):
        found.update(repr((name, each)) for each in value.get(name, ()))
    if "who" in value:
        found.update(repr(each) for each in examples([value]))


def _without_offsets(raw: bytes | None) -> Any:
    return None if raw is None else {**orjson.loads(raw), "offsets": None}


def _newest(records: list[Entry]) -> dict[bytes, bytes]:
    rows: dict[bytes, bytes] = {}
    for record in records:
        assert record.key is not None
        if record.value is None:
            rows.pop(record.key, None)
        else:
            rows[record.key] = record.value
    return rows


def _rows(topic: str, partition: int, records: list[Entry], options: Options) -> Iterator[tuple[str, Any]]:
    held: View = {}
    rows = _newest(records)
    mark = orjson.loads(rows[KEY])["watermark"] if KEY in rows else None
    watched = {
        key: raw for key, raw in rows.items() if key != KEY and (topic in STAGES or key.startswith(OPEN))
    }
    for name, row in stage_rows(watched) if topic in STAGES else open_rows(watched):
        yield f"{topic}[{partition}] {name}", row
    for key in rows.keys() - watched.keys():
        row = orjson.loads(rows[key])
        if key == KEY:
            _tidy_partition(row, wall=options.wall)
        elif key.startswith(b"e/"):
            for who in row["who"]:
                yield f"{topic}[{partition}] held since {row['at']}: {who}", row["horizons"]
            continue
        elif key.startswith(b"d/"):
            _count_each(held, f"{topic} holds of {row['due']}", row["held"])
            continue
        elif key.startswith(PAST):
            continue
        elif key.startswith((b"c/", b"s/")):
            _tidy_customer(row, mark, options.horizon)
            if "churn" in row:  # what waits is taken into the past now and then, whenever that is
                past = past_of(rows.get(past_key(key)))
                settle(past, row["churn"], _ALL_TIME)
                row["churn"]["past"] = past
        elif key == b"progress":
            row.pop("offset")
        yield f"{topic}[{partition}] {key!r}", row
    yield from held.items()


def _tidy_partition(row: dict[str, Any], *, wall: bool) -> None:
    for topic in INTERNAL:
        row["offsets"].pop(topic, None)
    if wall:  # announced when there is enough to announce
        for name in ("told", "told_partials", "announced"):
            row.pop(name)


def _tidy_customer(row: dict[str, Any], mark: int | None, horizon: int) -> None:
    row["seen"] = {name: eff for name, eff in row["seen"].items() if mark is None or mark - eff <= horizon}
    if mark is not None and "visits" in row:
        visits.forget(row, mark)
    for entity in ("order", "ticket"):
        for thread in row.get(entity, {}).values():
            known = sorted((Known(*each) for each in thread["known"]), key=happened)
            over = [each for each in known if _ends(each)]
            if over and entity == "ticket":
                known = known[known.index(over[-1]) :]
            elif over:
                known = [min(over, key=lambda each: (each.eff, *happened(each)))]
            # A copy from beyond the horizon is the same event, known a second time.
            thread["known"] = sorted({(each.time, each.id, each.kind) for each in known})
            thread.pop("settled", None)
            thread.pop("sheet", None)  # one for each step


def _ends(event: Known) -> bool:
    """Whether what was before it may be forgotten."""
    return event.kind in CLOSERS or event.kind == "resolved" or event.facts.get("by") == "agent"


def differences(wanted: View, found: View) -> list[str]:
    """Where two views differ, in words."""
    words = []
    for name in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(name), found.get(name)
        if one != other:
            words.append(f"{name}: undisturbed {_short(one, other)}, here {_short(other, one)}")
    return words


def _short(one: Any, other: Any) -> str:
    """The part of a value that differs."""
    if isinstance(one, dict) and isinstance(other, dict) and not isinstance(one, Counter):
        one = {key: value for key, value in one.items() if value != other.get(key)}
    elif isinstance(one, Counter) and isinstance(other, Counter):
        one = one - other
    text = repr(one)
    return text if len(text) < 600 else text[:600] + "..."
