"""What the judge says of a thread, beyond what its rules see: once, in time, and not of the wrong event."""

from __future__ import annotations

import pytest

from alerts.timeline import Known
from streams.engine.customer_row import note, thread
from streams.engine.ringing import Judge

JUDGE = Judge({})
HOUR = 3_600_000


class Row:
    """One thread, judged by hand."""

    def __init__(self, entity: str, *events: Known) -> None:
        self.entity = entity
        self.thread = thread({"order": {}, "ticket": {}}, entity, "x", 0)
        self.take(*events)

    def take(self, *events: Known) -> None:
        for event in events:
            note(self.thread, *event)

    def judge(self, watermark: int) -> list[tuple[str, float]]:
        said = JUDGE.judge(self.entity, "x", "c", self.thread, watermark)
        return [(alert.state, alert.at.timestamp() * 1000) for alert in said]


PLACED = Known(0, 0, "a", "placed", {"promised": HOUR})
OPENED = Known(0, 0, "a", "opened", {"priority": "urgent"})


def test_it_rings_when_time_has_passed_the_moment_and_once() -> None:
    row = Row("order", PLACED)
    assert row.judge(HOUR) == []
    assert row.thread["due"] == HOUR
    assert row.judge(HOUR + 1) == [("ringing", HOUR)]
    assert row.judge(HOUR + 2) == []
    assert row.thread["due"] is None


def test_a_recovery_waits_for_what_may_have_happened_before_it() -> None:
    row = Row("order", PLACED)
    row.judge(HOUR + 1)
    row.take(Known(5 * HOUR, 5 * HOUR, "b", "delivered", {}))
    assert row.judge(4 * HOUR) == []
    row.take(Known(5 * HOUR - 1, 5 * HOUR - 1, "c", "cancelled", {}))
    assert row.judge(5 * HOUR) == [("recovered", 5 * HOUR - 1)]
    assert row.judge(6 * HOUR) == []


@pytest.mark.parametrize(
    ("entity", "first", "over"),
    [
        ("order", PLACED, Known(HOUR - 5, HOUR - 5, "b", "delivered", {})),
        ("order", PLACED, Known(HOUR - 5, HOUR - 5, "b", "shipped", {"promised": 9 * HOUR})),
        ("ticket", OPENED, Known(HOUR - 5, HOUR - 5, "b", "replied", {"by": "agent"})),
    ],
)
def test_what_rang_without_need_recovers_when_that_becomes_known(
    entity: str, first: Known, over: Known
) -> None:
    # A quiet night: the clock moved time on, and the news of the evening comes in the morning.
    row = Row(entity, first)
    assert row.judge(2 * HOUR) == [("ringing", HOUR)]
    row.take(over)
    assert row.judge(2 * HOUR) == [("recovered", HOUR)]


def test_settling_keeps_events_of_two_publishers_apart_that_use_the_same_id() -> None:
    shipped = Known(10, 10, "a", "shipped", {})
    row = Row("order", Known(0, 0, "a", "placed", {}), shipped)
    JUDGE.settle("order", row.thread, HOUR)
    assert [known[3] for known in row.thread["known"]] == ["placed", "shipped"]


def test_a_ticket_that_was_answered_in_time_does_not_ring_when_it_is_opened_again_much_later() -> None:
    row = Row(
        "ticket",
        OPENED,
        Known(10, 10, "b", "replied", {"by": "agent"}),
        Known(3 * HOUR, 3 * HOUR, "c", "replied", {"by": "customer", "text": "And the other one?"}),
        Known(3 * HOUR + 1, 3 * HOUR + 1, "d", "resolved", {}),
    )
    assert row.judge(9 * HOUR) == []
    JUDGE.settle("ticket", row.thread, 9 * HOUR)
    row.take(Known(10 * HOUR, 10 * HOUR, "e", "reopened", {}))
    alerts = JUDGE.judge("ticket", "x", "c", row.thread, 20 * HOUR)
    assert [(alert.state, alert.at.timestamp() * 1000) for alert in alerts] == [("ringing", 11 * HOUR)]
    assert ("Last words", "And the other one?") in [(fact.label, fact.value) for fact in alerts[0].facts]
