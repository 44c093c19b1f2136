"""When a demo is over: all ended, no lag, time final, and nothing moves."""

from __future__ import annotations

from dataclasses import replace

from streams.demo.rest import Rest
from streams.status import InputLag, Ledger, Status, TopicSize

DONE = Status(
    topics=[],
    inputs=[InputLag("customer", "orders", 0, next=7, end=7, lag=0, exact=True)],
    watermarks={"customer": {0: 100}},
    ledger=Ledger({}, ended=7, taken=7, on_the_way=0, verdict="adds up"),
    alerts={},
)


def at_rest(*looks: tuple[float, Status], sent: int = 7, final: bool = True) -> bool:
    rest = Rest(quiet=3.0, stalled=60.0, began=0.0)
    for now, status in looks:
        rest.look(status, now)
    now, status = looks[-1]
    return rest.reached(status, sent, now, final=final)


def test_it_is_over_when_all_has_ended_and_nothing_has_moved_for_a_while() -> None:
    assert at_rest((0.0, DONE), (3.0, DONE))
    assert not at_rest((0.0, DONE), (2.9, DONE))


def test_it_is_not_over_while_something_is_missing_or_time_may_still_move() -> None:
    assert not at_rest((0.0, DONE), (9.0, DONE), sent=8)
    assert not at_rest((0.0, DONE), (9.0, DONE), final=False)
    behind = replace(DONE, inputs=[replace(DONE.inputs[0], end=8, lag=1)])
    assert not at_rest((0.0, behind), (9.0, behind))


def test_anything_that_moves_begins_the_quiet_anew() -> None:
    rang = replace(DONE, alerts={"order_late": {"ringing": 1}})
    later = replace(DONE, watermarks={"customer": {0: 101}})
    learnt = replace(DONE, topics=[TopicSize("trainer-rows", 1, 3)])
    for moved in (rang, later, learnt):
        assert not at_rest((0.0, DONE), (5.0, moved))
        assert at_rest((0.0, DONE), (5.0, moved), (8.0, moved))


def test_it_is_hopeless_when_nothing_moves_for_too_long() -> None:
    rest = Rest(quiet=3.0, stalled=60.0, began=10.0)
    assert not rest.hopeless(69.0)
    assert rest.hopeless(70.0)
    rest.look(DONE, 70.0)
    assert not rest.hopeless(129.0)
