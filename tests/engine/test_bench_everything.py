"""The benchmark's everything, event by event, does what the stages do in steps, and its check can fail."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

import pytest

from benchmarks.engine_run import PARTITIONS, EngineRun, logs
from benchmarks.everything import Everything
from benchmarks.job import Done
from benchmarks.reading import Reading
from benchmarks.same import must_be_same
from benchmarks.synthetic import Synthetic
from streams.engine.partition import partition_of
from streams.engine.partition_row import KEY
from streams.engine.records import Input, Send
from streams.sources.record import Record

SHOP = Synthetic(customers=80, journeys=400)


@dataclass
class Reference:
    """What a reference does around the job: it hands over, stores, sends, and follows what it has sent."""

    records: list[Record]
    sent: Counter[str] = field(default_factory=Counter)
    said: list[Send] = field(default_factory=list)
    store: dict[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ends = Counter((each.topic, self._place(each.key)) for each in self.records)
        self.job = Everything(ends)
        self._outbox: deque[Send] = deque()
        self._offsets: Counter[tuple[str, int]] = Counter()

    def run(self) -> None:
        for each in self.records:
            place = self._place(each.key)
            self._carry_out(self.job.take(each.topic, place, each.value, (), self.store.get), b"%d" % place)
            while self._outbox:
                self._follow(self._outbox.popleft())

    def _follow(self, send: Send) -> None:
        place = self._place(send.key) if send.partition is None else send.partition
        offset = self._offsets[send.topic, place]
        self._offsets[send.topic, place] += 1
        found = Input(offset, send.key, send.value, list(send.headers))
        self._carry_out(self.job.follow(send.topic, place, found), b"%d" % place)

    def _carry_out(self, done: Done, place: bytes) -> None:
        for key, row in done.rows.items():
            if row is None:
                self.store.pop(place + key, None)
            else:
                self.store[place + key] = row
        self.sent.update(send.topic for send in done.sends)
        self.said += done.sends
        self._outbox += (send for send in done.sends if send.topic in self.job.follows)

    @staticmethod
    def _place(key: bytes | None) -> int:
        return partition_of(key or b"", PARTITIONS)


@pytest.fixture(scope="module")
def reference() -> Reference:
    found = Reference(list(SHOP.records()))
    found.run()
    return found


@pytest.fixture(scope="module")
def engine() -> EngineRun:
    run = EngineRun()
    run.work(logs(SHOP.records()))
    return run


def test_event_by_event_as_many_scores_and_windows_are_told(reference: Reference, engine: EngineRun) -> None:
    told = {topic: number for topic, number in engine.sent.items() if topic in ("customer-scores", "windows")}
    assert told["customer-scores"] > SHOP.customers
    assert {topic: reference.sent[topic] for topic in told} == told


def test_every_event_has_ended(reference: Reference) -> None:
    assert reference.job.counts.ended == len(reference.records)


def test_what_is_stored_is_what_is_known(reference: Reference) -> None:
    """A row that was changed and not handed over would be lost with the process."""
    for part in reference.job._partitions:
        place = b"%d" % part.state.partition
        known = {place + key: row for key, row in part.state.rows.items()}
        assert known.items() <= reference.store.items()
        assert place + KEY in reference.store


def did(system: str, *, processed: int = 9, scores: int = 100) -> Reading:
    return Reading(system, "a job", 9, 1.0, 1.0, 1, {"processed": processed}, told={"scores": scores})


def test_other_ledgers_or_other_work_fail_the_benchmark() -> None:
    must_be_same([did("one"), did("two", scores=99)])
    with pytest.raises(SystemExit, match=r"two.*'processed': 8"):
        must_be_same([did("one"), did("two", processed=8)])
    with pytest.raises(SystemExit, match=r"two.*'scores': 90"):
        must_be_same([did("one"), did("two", scores=90)])
