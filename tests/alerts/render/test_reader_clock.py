"""A mail shows every moment on its reader's clock, so that nobody has to add hours to understand it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from alerts.localtime import retold, words
from alerts.policy.examples import an_alert, an_analyst
from alerts.render.view import view
from alerts.timeline import moment_words
from schemas.alert import Fact

MOMENT = 1_491_678_000_000  # Sat 8 Apr 2017, 19:00 UTC


def test_no_other_clock_is_left_in_a_mail() -> None:
    alert = an_alert(
        summary=f"Promised for {moment_words(MOMENT)} and not delivered.",
        facts=(Fact(label="Promised", value=moment_words(MOMENT)),),
    )
    shown = view(alert, an_analyst(timezone="America/New_York"), "you asked", "chart")
    assert shown.summary == "Promised for Sat 8 Apr 2017, 15:00 EDT and not delivered."
    assert shown.facts == (("Promised", "Sat 8 Apr 2017, 15:00 EDT"),)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30)))  # noqa: DTZ001 - made aware below
def test_every_moment_that_a_rule_writes_is_found(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    zone = an_analyst(timezone="Asia/Kathmandu").zone
    assert retold(f"x {words(moment, UTC)}.", zone) == f"x {words(moment, zone)}."


@given(st.text())
def test_other_words_stay_as_they_are(text: str) -> None:
    assert retold(text, UTC) == text
    assert retold("Fri 31 Feb 2017, 10:00 UTC", UTC) == "Fri 31 Feb 2017, 10:00 UTC"
