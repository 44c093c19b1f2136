"""Reading an input: every record becomes an arrival, a dead letter, or is sent to its right partition.

Effective time is when the stream could know an event: its own time, or the watermark of the log in which it
was found, whichever is later. It depends on that log alone, so it is the same in every run, at every speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.decode import Event, decode
from schemas.errors import Poison
from streams.engine.options import Options
from streams.engine.partition import partition_of
from streams.engine.partition_row import PartitionRow
from streams.engine.records import Record, Send

REROUTED = "rerouted"
DEAD_LETTERS = "dead-letters"
ANNOUNCEMENT = b"\x00watermark"
_OURS = "tocsin-"
_FAR = 1 << 53


class Arrival(NamedTuple):
    """An event at the partition that owns its key."""

    topic: str
    event: Event
    key: str
    time: int
    eff: int
    late: bool


class Intake:
    """Reads the records of one partition in one step, and notes in its row what they were.

    Args:
        partition: the partition.
        row: the step's copy of the partition row.
        now: the wall clock, ms.
        options: see there.

    Attributes:
        sends: what is forwarded or buried.
        buried: topic of each dead letter, and the newest event time of its log, ms.
    """

    def __init__(self, partition: int, row: PartitionRow, now: int, options: Options) -> None:
        self.partition = partition
        self.row = row
        self.options = options
        self.latest = now + options.future_skew
        self.sends: list[Send] = []
        self.buried: list[tuple[str, int | None]] = []

    def read(self, topic: str, records: Sequence[Record]) -> Iterator[Arrival]:
        """The arrivals among consecutive records of one public topic, one by one.

        Each is dealt with while it is still in the processor's cache: a batch of them would not fit there.
        """
        counts = self.row.counts(topic)
        disorder, partitions, mine = self.options.disorder, self.options.partitions, self.partition
        newest = self.row.newest.get(topic)
        for record in records:
            try:
                event = decode(topic, record.value, record.headers)
                time = round(event.time.timestamp() * 1000)
                if time > self.latest:
                    self.bury(topic, record, self._future(event), newest)
                    continue
            except Poison as poison:
                self.bury(topic, record, poison, newest)
                continue
            mark = time if newest is None else newest - disorder
            late = time < mark
            eff = mark if late else time
            if newest is None or time > newest:
                newest = time
            key = event.key
            owner = partition_of(key.encode(), partitions)
            arrival = Arrival(topic, event, key, time, eff, late)
            if owner == mine:
                yield arrival
                continue
            counts.rerouted += 1
            self.row.count_publisher(event.source)
            self.sends.append(self._forward(record, owner, arrival))
        if newest is not None:
            self.row.newest[topic] = newest
        self.row.offsets[topic] = records[-1].offset + 1

    def read_rerouted(self, records: Sequence[Record]) -> Iterator[Arrival]:
        """The arrivals among records that other partitions found; their announcements go to the row."""
        for record in records:
            try:
                if record.key == ANNOUNCEMENT:
                    hear(self.row, record)
                    continue
                arrival = _rerouted(record, dict(record.headers))
            except Poison as poison:
                self.bury(REROUTED, record, poison)
            else:
                yield arrival
        self.row.offsets[REROUTED] = records[-1].offset + 1

    def _future(self, event: Event) -> Poison:
        allowed = self.options.future_skew // 1000
        return Poison("future", f"the event's time {event.time} is more than {allowed} s ahead of the clock")

    def bury(self, topic: str, record: Record, poison: Poison, newest: int | None = None) -> None:
        """Make a dead letter of a record; `newest` is the newest event time of its log, ms."""
        self.buried.append((topic, newest))
        dead = self.row.counts(topic).dead_letters
        dead[poison.reason] = dead.get(poison.reason, 0) + 1
        headers = [*record.headers, *self._origin(topic, record)]
        headers += [
            (_OURS + "reason", poison.reason.encode()),
            (_OURS + "detail", poison.detail.encode("utf-8", "replace")),
        ]
        if record.value is None:
            headers.append((_OURS + "tombstone", b"1"))
        self.sends.append(Send(DEAD_LETTERS, self.partition, record.key, record.value or b"", headers))

    def _forward(self, record: Record, owner: int, arrival: Arrival) -> Send:
        # What it looked like here goes along: another log would judge its lateness by another clock.
        headers = [each for each in record.headers if not each[0].startswith(_OURS)]
        headers += self._origin(arrival.topic, record)
        headers += [(_OURS + "eff", b"%d" % arrival.eff), (_OURS + "late", b"%d" % arrival.late)]
        return Send(REROUTED, owner, arrival.key.encode(), record.value, headers)

    def _origin(self, topic: str, record: Record) -> list[tuple[str, bytes]]:
        return [
            (_OURS + "topic", topic.encode()),
            (_OURS + "partition", b"%d" % self.partition),
            (_OURS + "offset", b"%d" % record.offset),
        ]


def _rerouted(record: Record, headers: dict[str, bytes]) -> Arrival:
    try:
        topic = headers[_OURS + "topic"].decode()
        eff, late = int(headers[_OURS + "eff"]), headers[_OURS + "late"] == b"1"
    except (KeyError, ValueError) as error:
        raise foreign(error) from error
    event = decode(topic, record.value, record.headers)
    return Arrival(topic, event, event.key, round(event.time.timestamp() * 1000), eff, late)


def foreign(found: object) -> Poison:
    """The refusal of a record that somebody else wrote to a topic of ours; `found` is what gave it away."""
    return Poison("invalid", f"a record on an internal topic that Tocsin did not write: {found!r}")


def announce(topic: str, to: int, partition: int, watermark: int) -> Send:
    """Tell partition `to` of an internal topic how far this partition's time has come."""
    return Send(topic, to, ANNOUNCEMENT, b"%d" % watermark, [(_OURS + "from", b"%d" % partition)])


def hear(row: PartitionRow, record: Record) -> None:
    """Note another partition's announcement; the greatest counts."""
    try:
        source = str(int(dict(record.headers)[_OURS + "from"]))
        mark = int(record.value or b"")
    except (KeyError, ValueError) as error:
        raise foreign(error) from error
    if abs(mark) > _FAR:
        raise foreign(mark)
    row.announced[source] = max(mark, row.announced.get(source, mark))
