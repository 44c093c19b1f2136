"""State: timers that are neither lost nor early, and a changelog that gives back what was written."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.engine.keys import Keys
from streams.engine.partition_row import KEY, Counts, PartitionRow
from streams.engine.state import Outcome, State, Timers

KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])


class TimersMachine(RuleBasedStateMachine):
    """Timers beside a plain dict."""

    def __init__(self) -> None:
        super().__init__()
        self.timers = Timers()
        self.dues: dict[bytes, int] = {}

    @rule(key=KEYS, due=st.none() | st.integers(0, 20))
    def set(self, key: bytes, due: int | None) -> None:
        self.timers.set(key, due)
        self.dues.pop(key, None)
        if due is not None:
            self.dues[key] = due

    @rule(mark=st.integers(0, 22), most=st.integers(1, 5))
    def look(self, mark: int, most: int) -> None:
        passed = sorted((due, key) for key, due in self.dues.items() if due < mark)
        found = self.timers.passed(mark, most)
        assert [self.dues[key] for key in found] == [due for due, _ in passed[:most]]
        assert len(set(found)) == len(found)
        assert set(found) <= {key for _, key in passed}

    @invariant()
    def everything_is_still_there(self) -> None:
        assert sorted(self.timers.passed(1_000, 100)) == sorted(self.dues)


TestTimers = TimersMachine.TestCase

WALKED_KEYS = st.binary(max_size=2).map(lambda name: b"c/" + name)


@given(
    changes=st.lists(st.tuples(st.booleans(), WALKED_KEYS), max_size=60),
    few=st.sampled_from([0, 3, 256]),  # all at once, both ways in turn, one by one
    begin=WALKED_KEYS,
)
def test_keys_are_walked_in_order_however_they_came_and_went(
    changes: list[tuple[bool, bytes]], few: int, begin: bytes
) -> None:
    keys, expected = Keys(), set()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("streams.engine.keys._FEW", few)
        for place, (comes, key) in enumerate(changes):
            (keys.add if comes else keys.discard)(key)
            (expected.add if comes else expected.discard)(key)
            if place % 7 == 0:
                assert keys.after(b"c/", 100) == sorted(expected - {b"c/"})
        assert keys.after(begin, 3) == sorted(key for key in expected if key > begin)[:3]


WHOLE = st.integers(-(1 << 53), 1 << 53)
NAMES = st.text(max_size=8)
COUNT = st.integers(0, 1 << 53)
COUNTS = st.builds(
    Counts,
    processed=COUNT,
    duplicates=COUNT,
    too_late=COUNT,
    rerouted=COUNT,
    dead_letters=st.dictionaries(NAMES, COUNT, max_size=3),
)
ROWS = st.builds(
    PartitionRow,
    offsets=st.dictionaries(NAMES, COUNT, max_size=3),
    newest=st.dictionaries(NAMES, WHOLE, max_size=3),
    announced=st.dictionaries(NAMES, WHOLE, max_size=3),
    told=st.none() | WHOLE,
    told_partials=st.none() | WHOLE,
    watermark=st.none() | WHOLE,
    ledger=st.dictionaries(NAMES, COUNTS, max_size=3),
    publishers=st.dictionaries(NAMES, COUNT, max_size=3),
    alerts=st.dictionaries(NAMES, COUNT, max_size=3),
)


@given(ROWS)
def test_a_partition_row_comes_back_as_it_was_written(row: PartitionRow) -> None:
    assert PartitionRow.loads(row.dumps()) == row


@given(ROWS)
def test_a_copy_of_a_partition_row_shares_nothing_with_it(row: PartitionRow) -> None:
    before = row.dumps()
    copy = row.copy()
    copy.counts("orders").processed += 1
    copy.counts("orders").dead_letters["not_json"] = 1
    for mapping in (copy.offsets, copy.newest, copy.announced, copy.alerts):
        mapping["orders"] = -1
    copy.count_publisher("till")
    assert row.dumps() == before


def test_publishers_that_name_themselves_anew_each_time_do_not_make_the_row_grow() -> None:
    row = PartitionRow()
    for number in range(5_000):
        row.count_publisher(f"p{number}")
    assert len(row.publishers) <= 101
    assert sum(row.publishers.values()) == 5_000


@given(st.lists(st.tuples(KEYS, st.none() | st.integers(0, 9)), max_size=30), st.integers(1, 5))
def test_a_replayed_changelog_gives_the_rows_and_timers_that_were_applied(
    changes: list[tuple[bytes, int | None]], size: int
) -> None:
    live, log = State(0), []
    for number, (key, due) in enumerate(changes):
        value = None if due == 9 else orjson.dumps({"due": due})
        row = PartitionRow(offsets={"orders": number})
        outcome = Outcome(row, rows={key: value, KEY: row.dumps()}, dues={key: None if due == 9 else due})
        live.apply(outcome)
        log += list(outcome.rows.items())
    restored = State(0)
    for start in range(0, len(log), size):
        restored.load(log[start : start + size])
    restored.loaded()
    assert restored.rows == {key: value for key, value in live.rows.items() if key != KEY}
    assert restored.row == live.row
    assert restored.timers.passed(99, 99) == live.timers.passed(99, 99)
