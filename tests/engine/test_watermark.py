"""How far time has certainly come, from what every input has shown and which of them are idle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.engine.watermark import Quiet, combine

MARKS = st.dictionaries(st.sampled_from("abcde"), st.none() | st.integers(-100, 100), min_size=1)
NAMES = st.sets(st.sampled_from("abcde"))


@given(MARKS, NAMES)
def test_no_input_that_is_awake_is_overtaken(marks: dict[str, int | None], idle: set[str]) -> None:
    awake = [mark for name, mark in marks.items() if name not in idle]
    mark = combine(marks, idle)
    if None in awake:
        assert mark is None
    elif awake:
        assert mark == min(each for each in awake if each is not None)
    else:
        assert mark == max((each for each in marks.values() if each is not None), default=None)


@given(MARKS, NAMES, NAMES)
def test_falling_idle_never_turns_time_back(
    marks: dict[str, int | None], idle: set[str], more: set[str]
) -> None:
    before, after = combine(marks, idle), combine(marks, idle | more)
    assert before is None or (after is not None and after >= before)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), NAMES, NAMES).map(lambda each: (each[0], each[1], each[2] | each[1])),
        max_size=30,
    )
)
def test_an_input_is_idle_when_it_was_drained_and_without_a_record_all_the_time(
    looks: list[tuple[int, set[str], set[str]]],
) -> None:
    quiet, now = Quiet(after=60), 0
    since: dict[str, int] = {}
    for pause, active, drained in looks:
        now += pause
        for name in "abcde":
            if name in active or name not in drained:
                since[name] = now
            since.setdefault(name, now)
        expected = {name for name in "abcde" if now - since[name] >= 60}
        assert quiet.idle("abcde", active, drained, now) == expected


def test_a_new_owner_waits_before_it_takes_anything_for_idle() -> None:
    assert Quiet(after=60).idle("a", (), "a", now=1_000_000) == set()
