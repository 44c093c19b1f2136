"""The next step follows from the reasons, in whatever words the model gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.advice import money, next_step, percent
from detectors.churn.words import PHRASES

OTHERWISE = next_step([])
STEPS = {
    "unanswered": ("tickets", PHRASES["tickets"](2, 0, 0, 2), "First answer what they asked"),
    "unanswered and more": ("tickets", PHRASES["tickets"](1, 1, 1, 2), "First answer what they asked"),
    "unhappy": ("tickets", PHRASES["tickets"](0, 1, 0, 1), "what the last answer from support left open"),
    "reopened": ("tickets", PHRASES["tickets"](0, 0, 1, 1), "whether the reopened ticket is settled"),
    "a ticket lately": ("tickets", PHRASES["tickets"](0, 0, 0, 1), "whether the last ticket was settled"),
    "no trouble": ("tickets", PHRASES["tickets"](0, 0, 0, 0), OTHERWISE),
    "returns": ("spend", PHRASES["spend"](40, 0), "what was wrong with what came back"),
    "spends less": ("spend", PHRASES["spend"](0, 1), OTHERWISE),
    "fewer visits": ("web", PHRASES["web"](1, 1), "still look in"),
    "no visits": ("web", PHRASES["web"](0, 0), "a reason to look in again"),
    "visits as before": ("web", PHRASES["web"](0, 1), OTHERWISE),
    "not written to": ("contacts", PHRASES["contacts"](0, 0), "nobody has written"),
    "no answer": ("contacts", PHRASES["contacts"](4, 0), "another way than the usual mails"),
    "ordered once": ("rhythm", PHRASES["rhythm"](31, -1, 1), "a coupon for the second order"),
    "a broken habit": ("rhythm", PHRASES["rhythm"](31, 9, 1), OTHERWISE),
}


@pytest.mark.parametrize(("family", "words", "step"), STEPS.values(), ids=STEPS.keys())
def test_each_reason_has_its_step(family: str, words: str, step: str) -> None:
    assert step in next_step([(family, words)])


def test_the_strongest_reason_that_can_be_mended_tells_but_an_open_ticket_goes_first() -> None:
    habit, ticket, web = (STEPS[name][:2] for name in ("a broken habit", "unanswered", "no visits"))
    assert next_step([habit, web]) == next_step([web])
    assert next_step([habit, web, ticket]) == next_step([ticket])


@given(st.floats(0, 1), st.floats(0, 1e15))
def test_no_figure_claims_certainty_or_breaks(p: float, amount: float) -> None:
    assert "100%" not in percent(p)
    assert float(money(amount).replace(",", "")) == pytest.approx(amount, rel=0.06, abs=0.01)
