"""The trainer learns the same whatever the batches, the arrival and the crashes; and says what it made."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from engine.one_partition import DAY, Entry, Played, came_from, closes, log_of, merged
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.churn import chunk, codec
from detectors.churn.chunk import WIDTH, Labelled
from detectors.churn.model import ChurnModel
from detectors.value.estimate import ValueModel
from streams.engine.lane import Lane
from streams.engine.models import read
from streams.engine.options import ChurnOptions, Options
from streams.engine.state import Outcome
from streams.engine.trainer import TrainerStage

TOPIC = "churn-examples"
START = 19_000 * DAY
HORIZONS = (7, 14)


def labels(
    rng: random.Random, day: int, days: int, who: list[str], silent: float = 0.5, **more: Any
) -> dict[str, Any]:
    """Labels of customers whose horizon of so many days ends on a day."""
    count = len(who)
    x = [[rng.uniform(-1, 3) for _ in range(WIDTH - 3)] + [2.0, 20.0, 30.0] for _ in who]
    lost = [int(rng.random() < silent) for _ in who]
    orders = [0 if each else rng.randint(1, 3) for each in lost]
    return {
        "label_at": START + day * DAY,
        "at": START + (day - days) * DAY,
        "days": days,
        "names": chunk.FINGERPRINT,
        "who": who,
        "x": chunk._pack(np.array(x).reshape(count, WIDTH)),
        "p": chunk._pack(np.array([rng.random() for _ in who])),
        "silent": lost,
        "orders": orders,
        "spend": [each * 20.5 for each in orders],
        **more,
    }


def source(rng: random.Random, number: int, days: int, most: int = 6) -> list[tuple[Entry, dict[str, Any]]]:
    """What a partition writes: labels in pieces, then the day's end."""
    found = []
    for day in range(days):
        for horizon in HORIZONS:
            for piece in range(rng.randrange(3)):
                who = [f"c{number}-{piece}-{each}" for each in range(rng.randint(1, most))]
                each = labels(rng, day, horizon, who)
                found.append((came_from(number, orjson.dumps(each)), each))
        found.append((closes(TOPIC, number, START + day * DAY), {}))
    return found


def trainer(partitions: int = 2, **churn: Any) -> Callable[[], TrainerStage]:
    asked = {"horizons": HORIZONS, "main": 7, **churn}
    return lambda: TrainerStage(Options(partitions, churn=ChurnOptions(**asked)))


def shop(seed: int, days: int = 6) -> tuple[list[list[Entry]], list[dict[str, Any]]]:
    rng = random.Random(seed)
    sources = [source(rng, number, days) for number in range(2)]
    return [[entry for entry, _ in each] for each in sources], [
        said for each in sources for _, said in each if said
    ]


def published(played: Played) -> list[dict[str, Any]]:
    return [orjson.loads(send.value) for send in played.to("models") if send.value is not None]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 400))
def test_batches_takeovers_and_lost_steps_change_no_bit(seed: int, slice_: int) -> None:
    streams, _ = shop(seed)
    rng = random.Random(seed)
    log = log_of(merged(rng, streams))
    whole = Played(trainer()).run(log)
    cut = Played(trainer(labels=slice_)).run(log, rng)
    assert cut.sends == whole.sends
    assert (cut.rows(), cut.state.row) == (whole.rows(), whole.state.row)


def test_what_comes_in_another_order_makes_the_same_models_and_an_unsorted_trainer_would_not() -> None:
    class ByArrival(TrainerStage):
        def _in_order(self, rows: list[bytes]) -> list[Labelled]:
            return [one for row in rows for one in chunk.examples([orjson.loads(row)["held"]])]

    def models(make: Callable[[], TrainerStage], seed: int) -> list[Any]:
        played = Played(make).run(log_of(merged(random.Random(seed), streams)))
        return [(each["churn"], each["value"], each["metrics"]) for each in published(played)]

    streams, _ = shop(3)
    assert models(trainer(), 1) == models(trainer(), 2)
    options = trainer()().options
    assert models(lambda: ByArrival(options), 1) != models(lambda: ByArrival(options), 2)


def test_it_learns_what_one_would_by_hand() -> None:
    streams, said = shop(8)
    made = read(published(Played(trainer()).run(log_of([e for each in streams for e in each])))[-1])
    model, value = ChurnModel(HORIZONS, 7), ValueModel(7)
    for each in sorted(chunk.examples(said), key=lambda e: (e.label_at, e.customer, e.at, e.days)):
        model.learn_one(each.days, each.features(), each.known(), silent=each.silent)
        if each.days == 7 and each.orders:
            value.learn_one(each.features(), each.spend)
    assert codec.to_json(made.churn) == codec.to_json(model)
    assert made.value.to_json() == value.to_json()


def test_a_version_says_what_it_has_learnt_and_how_the_scores_did() -> None:
    streams, said = shop(8)
    log = log_of([entry for each in streams for entry in each])
    version = published(Played(trainer()).run(log))[-1]
    frame = pd.DataFrame([each._asdict() for each in chunk.examples(said)])
    assert version["learnt"] == {str(days): int((frame.days == days).sum()) for days in HORIZONS}
    assert version["label_time"] == datetime.fromtimestamp(
        frame.label_at.max() / 1000, UTC
    ).isoformat().replace("+00:00", "Z")
    assert version["version"] == f"{version['label_time'][:10]}-{version['churn']['checksum'][:8]}"
    main = frame[frame.days == 7]
    aucs = []
    for _, day in main.groupby("label_at"):
        lost, kept = day.p[day.silent], day.p[~day.silent]
        if len(lost) and len(kept):
            aucs.append(np.mean([(a > b) + (a == b) / 2 for a in lost for b in kept]))
    assert version["metrics"] == {
        "days": main.label_at.nunique(),
        "examples": len(main),
        "brier": pytest.approx(((main.p - main.silent) ** 2).mean(), abs=1e-6),
        "auc_day": pytest.approx(np.mean(aucs), abs=1e-6),
        "base_rate": pytest.approx(main.silent.mean(), abs=1e-6),
    }
    assert version["offsets"] == {TOPIC: 1 + max(i for i, each in enumerate(log) if each.key is None)}


def test_it_waits_for_the_last_source() -> None:
    played = Played(trainer())
    said = labels(random.Random(1), 0, 7, ["a", "b"])
    entries = [came_from(0, orjson.dumps(said)), closes(TOPIC, 0, START + 5 * DAY)]
    played.run(log_of(entries))
    assert published(played) == []
    entries.append(closes(TOPIC, 1, START - 1))
    played.run(log_of(entries))
    assert published(played) == []
    entries.append(closes(TOPIC, 1, START))
    played.run(log_of(entries))
    assert [each["learnt"]["7"] for each in published(played)] == [2]
    assert set(played.rows()) == {b"model", b"progress"}, "what was learnt is not held"


def test_a_large_day_goes_in_slices() -> None:
    rng = random.Random(2)
    entries = [
        came_from(0, orjson.dumps(labels(rng, 0, 7, [f"c{piece}-{n}" for n in range(500)])))
        for piece in range(4)
    ]
    played = Played(trainer(1, labels=300)).run(log_of([*entries, closes(TOPIC, 0, START)]))
    learnt = [
        read(orjson.loads(each.rows[b"model"])).learnt for each in played.steps if b"model" in each.rows
    ]
    assert learnt == [*range(300, 2000, 300), 2000]
    assert [len(each.sends) for each in played.steps if each.sends] == [1], (
        "one version, when the day is over"
    )


def rebuilt(spoil: Callable[[bytes], bytes]) -> tuple[Played, Played, list[str]]:
    streams, _ = shop(5, days=8)
    log = log_of(merged(random.Random(5), streams))
    whole = Played(trainer()).run(log)
    again = Played(trainer()).run(log[: len(log) * 3 // 4])
    again.state.rows[b"model"] = spoil(again.state.rows[b"model"])
    again.take_over()
    assert isinstance(again.stage, TrainerStage)
    said = list(again.stage.said)
    again.run(log)
    return whole, again, said


def test_models_that_cannot_be_read_are_learnt_again_and_end_as_if_nothing_had_been() -> None:
    whole, again, said = rebuilt(lambda raw: raw.replace(b'"version":1', b'"version":2', 1))
    (words,) = said
    assert "version 2" in words
    assert "workers keep the last good version" in words
    assert again.state.rows[b"model"] == whole.state.rows[b"model"]
    names = [each["version"] for each in published(again)]
    assert names[-1] == published(whole)[-1]["version"]
    doubled = [name for name in set(names) if names.count(name) > 1]
    assert len(doubled) <= 1, "what was published stays; only the last one before is said again"
    assert names == sorted(names), "nobody is given a model that has learnt less than the one before"


class Changelog:
    """A log that keeps what was committed, as a topic would."""

    def __init__(self, rows: dict[bytes, bytes]) -> None:
        self.pairs: list[tuple[bytes, bytes | None]] = list(rows.items())

    async def fence(self) -> None:
        pass

    async def restore(self) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        yield self.pairs

    async def commit(self, outcome: Outcome) -> None:
        self.pairs = [*self.pairs, *outcome.rows.items()]


def test_to_begin_again_is_durable_before_anything_is_read() -> None:
    streams, _ = shop(5)
    played = Played(trainer()).run(log_of([e for each in streams for e in each][:-1]))
    rows = dict(played.state.rows) | {b"model": b"{}"}
    assert any(key.startswith(b"d/") for key in rows), "labels wait, and would be learnt twice"
    log = Changelog(rows)
    for _ in range(2):  # the second process finds that all is well
        lane = Lane(trainer()(), 0, log)
        asyncio.run(lane.open())
        assert lane.state.row.offsets == {}
        assert set(lane.state.rows) - {b"\x00partition"} == {b"progress"}
    assert isinstance(lane.stage, TrainerStage)
    assert lane.stage.said == []


def test_other_horizons_are_learnt_from_the_beginning_too() -> None:
    streams, _ = shop(5)
    log = log_of(merged(random.Random(5), streams))
    played = Played(trainer()).run(log)
    played.make = trainer(horizons=(14,), main=14)
    played.take_over()
    played.run(log)
    assert list(read(published(played)[-1]).churn.horizons) == [14]
    assert played.rows() != Played(trainer()).run(log).rows()


def test_models_that_can_be_read_are_not_learnt_again() -> None:
    streams, _ = shop(5)
    log = log_of(merged(random.Random(5), streams))
    played = Played(trainer()).run(log)
    before = played.rows()
    played.take_over()
    assert isinstance(played.stage, TrainerStage)
    assert (played.stage.said, played.rows()) == ([], before)


def test_the_newest_versions_are_kept() -> None:
    rng = random.Random(4)
    entries = []
    for day in range(70):
        entries.append(came_from(0, orjson.dumps(labels(rng, day, 7, ["a", "b"]))))
        entries.append(closes(TOPIC, 0, START + day * DAY))
    played = Played(trainer(1)).run(log_of(entries))
    there: dict[bytes | None, bytes | None] = {}
    for send in played.to("models"):
        there[send.key] = send.value
    alive = [key for key, value in there.items() if value is not None]
    assert alive == [each["version"].encode() for each in published(played)][-60:]


def drifting(days: int = 120, change: int = 70) -> list[Entry]:
    rng = random.Random(6)
    who = [f"c{n}" for n in range(40)]
    entries = []
    for day in range(days):
        said = labels(rng, day, 7, who, silent=0.2 if day < change else 0.8)
        entries += [came_from(0, orjson.dumps(said)), closes(TOPIC, 0, START + day * DAY)]
    return entries


def test_a_change_of_the_base_rate_rings_once_and_not_again_when_all_is_learnt_again() -> None:
    log = log_of(drifting())
    played = Played(trainer(1)).run(log)
    rung = [orjson.loads(send.value or b"") for send in played.to("alerts")]
    base = [each["data"] for each in rung if each["data"]["labels"] == {"measure": "base"}]
    assert [each["title"] for each in base] == ["More customers stay silent than before"]
    assert START + 70 * DAY < datetime.fromisoformat(base[0]["at"]).timestamp() * 1000 < START + 120 * DAY
    count = len(played.sends)
    played.state.rows[b"model"] = b"{}"
    played.take_over()
    played.run(log)
    assert [send.topic for send in played.sends[count:]] == ["models"]


def test_without_a_change_nothing_rings() -> None:
    assert not Played(trainer(1)).run(log_of(drifting(change=120))).to("alerts")


def test_examples_of_other_features_are_counted_and_said_once() -> None:
    rng = random.Random(1)
    strange = labels(rng, 0, 7, ["a", "b"], names="0123", x=chunk._pack(np.zeros((2, 3))))
    entries = [came_from(0, orjson.dumps(strange)), came_from(0, orjson.dumps(labels(rng, 0, 7, ["c"])))]
    played = Played(trainer(1, labels=300)).run(log_of([*entries, closes(TOPIC, 0, START)]))
    assert published(played)[0]["left_out"] == 2
    assert published(played)[0]["learnt"]["7"] == 1
    assert isinstance(played.stage, TrainerStage)
    assert len(played.stage.said) == 1
    assert not played.to("dead-letters")


GOOD = labels(random.Random(1), 3, 7, ["a"])
BAD = {
    "a label of nobody": {**GOOD, "who": []},
    "NaN": {**GOOD, "p": chunk._pack(np.array([math.nan]))},
    "a negative sum": {**GOOD, "spend": [-1.0]},
    "a time beyond calendars": {**GOOD, "label_at": 1 << 62},
    "no times": {name: GOOD[name] for name in GOOD if name != "label_at"},
    "a text for a number": {**GOOD, "days": "7"},
    "no base64": {**GOOD, "x": "ä"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_what_somebody_else_writes_is_buried_and_learning_goes_on(bad: dict[str, Any]) -> None:
    entries = [
        came_from(0, orjson.dumps(bad)),
        Entry(None, orjson.dumps(GOOD)),  # nobody said where it came from
        came_from(7, orjson.dumps(GOOD)),  # there is no such source
        closes(TOPIC, 0, START + 2 * DAY),
        came_from(0, orjson.dumps(labels(random.Random(1), 2, 7, ["late"]))),  # that day was over
        came_from(0, orjson.dumps(GOOD)),
        closes(TOPIC, 0, START + 3 * DAY),
    ]
    played = Played(trainer(1)).run(log_of(entries))
    assert len(played.to("dead-letters")) == 4
    assert [each["learnt"]["7"] for each in published(played)] == [1]


@settings(max_examples=50, deadline=None)
@given(st.none() | st.binary(max_size=40), st.none() | st.binary(max_size=9) | st.just(b"\x00watermark"))
def test_any_bytes_are_buried(value: bytes | None, key: bytes | None) -> None:
    played = Played(trainer(1))
    played.run(log_of([Entry(key, value), Entry(key, value, [("tocsin-from", b"0")])]))
    if key != b"\x00watermark":
        assert len(played.to("dead-letters")) == 2
