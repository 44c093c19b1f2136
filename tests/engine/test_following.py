"""Which version counts: the newest that can be used, the pinned one over it, the last good one over none."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.models import document, taught

from detectors.churn.codec import UnreadableModel
from streams.engine.following import Following, load
from streams.engine.options import ChurnOptions
from streams.engine.versions import PIN, Version, Versions

ASKED = ChurnOptions()
GOOD = {name: document(name, number) for number, name in enumerate(("2026-01-01-a", "2026-01-02-b"), 1)}
FIRST, SECOND = (Version(name, raw) for name, raw in GOOD.items())


def following(*records: tuple[bytes, bytes | None]) -> Following:
    made = Following(ASKED)
    for key, value in records:
        made.versions.take(key, value)
    return made


def record(version: Version) -> tuple[bytes, bytes]:
    return version.name.encode(), version.raw


def pin(version: Version) -> tuple[bytes, bytes]:
    return PIN, Versions().pin(version)


def used(made: Following) -> str | None:
    made.look()
    return None if made.adopted is None else made.adopted.version


def test_the_newest_is_used_and_it_is_what_was_published() -> None:
    made = following(record(FIRST), record(SECOND))
    assert made.look() == []
    assert made.adopted is not None
    assert (made.adopted.version, made.adopted.learnt) == (SECOND.name, 2)
    weights = taught(SECOND.name, 2).churn.horizons[30].regression.weights
    assert dict(made.adopted.churn.horizons[30].regression.weights) == dict(weights)


def test_the_pinned_one_is_used_even_when_the_topic_has_dropped_it() -> None:
    made = following(record(FIRST), record(SECOND), pin(FIRST), (FIRST.name.encode(), None))
    assert used(made) == FIRST.name
    made.versions.take(PIN, None)
    assert used(made) == SECOND.name


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b"[]",
        b"{}",
        GOOD[FIRST.name].replace(b'"version":1', b'"version":2', 1),
        GOOD[FIRST.name].replace(b'"learnt":1', b'"learnt":9', 1),
        GOOD[FIRST.name],
        document("2026-01-03-c", 1, horizons=(14, 30), main=14),
    ],
    ids=["text", "list", "empty", "other format", "changed", "another's", "other horizons"],
)
def test_one_that_cannot_be_used_is_said_once_and_the_last_good_one_stays(bad: bytes) -> None:
    made = following(record(FIRST))
    assert used(made) == FIRST.name
    made.versions.take(b"2026-01-03-c", bad)
    refused = made.look()
    assert [each.version for each in refused] == ["2026-01-03-c"]
    assert refused[0].why
    assert made.look() == []
    assert used(made) == FIRST.name
    # A worker that starts now finds the same.
    assert used(following(record(FIRST), (b"2026-01-03-c", bad))) == FIRST.name


def test_a_pin_that_cannot_be_used_holds_what_is_used_and_does_not_hold_up_a_new_worker() -> None:
    bad = (PIN, orjson.dumps({"version": "2026-01-09-x", "document": {"version": "2026-01-09-x"}}))
    made = following(record(FIRST), bad)
    assert used(made) == FIRST.name  # a new worker: better than the prior alone
    made.versions.take(*record(SECOND))
    assert used(made) == FIRST.name  # somebody wanted it to stay
    made.versions.take(PIN, None)
    assert used(made) == SECOND.name


def test_without_any_nothing_is_used_and_later_something_is() -> None:
    made = following()
    assert used(made) is None
    made.versions.take(*record(FIRST))
    assert used(made) == FIRST.name


def test_what_is_asked_must_be_answered() -> None:
    with pytest.raises(UnreadableModel, match=r"tells of 30, 60, 90 days .* asks for 7, 30 and 30"):
        load(FIRST, ChurnOptions(horizons=(7, 30), main=30))
    assert load(FIRST, ChurnOptions(horizons=(30, 90), main=30)).version == FIRST.name


Operations = st.lists(
    st.sampled_from([record(FIRST), record(SECOND), (FIRST.name.encode(), None), (SECOND.name.encode(), None),
                     pin(FIRST), pin(SECOND), (PIN, None), (b"bad", b"{")]),
    max_size=12,
)  # fmt: skip


@given(Operations)
@settings(max_examples=60)
def test_with_versions_left_a_worker_that_followed_is_where_a_new_one_begins(
    records: list[tuple[bytes, bytes | None]],
) -> None:
    """An oracle by replay: last pin, else the last published of those not dropped since."""
    made = following()
    for each in records:
        made.versions.take(*each)
        made.look()
    there: list[str] = []
    pinned = None
    for key, value in records:
        if key == PIN:
            pinned = None if value is None else orjson.loads(value)["version"]
            continue
        there = [name for name in there if name != key.decode()]
        if value is not None and key != b"bad":
            there.append(key.decode())
    expected = pinned or (there[-1] if there else None)
    if expected is not None:
        assert used(made) == expected
    assert used(following(*records)) == expected
