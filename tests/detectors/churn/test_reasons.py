"""Reasons read like a colleague's, and only what matters is told."""

from __future__ import annotations

from detectors.churn import history as book
from detectors.churn import signals as ear
from detectors.churn.features import features
from detectors.churn.reasons import words
from detectors.churn.signals import DAY
from detectors.churn.table import FAMILIES


def test_every_family_has_words_for_every_customer() -> None:
    once = book.empty()
    book.placed(once, "o", 0, 10.0, "EUR")
    row, known = features(once, 40 * DAY)
    told = {family: words(family, row, known) for family in FAMILIES}
    assert told["rhythm"] == "ordered once, silent for 40 days since"
    assert told["bond"] == "one order in 40 days as a customer"
    assert all(told.values())


def test_a_silence_and_waiting_tickets_are_said_as_a_colleague_would() -> None:
    history, signals = book.empty(), ear.none()
    for number in range(4):
        book.placed(history, f"o{number}", number * 9 * DAY, 10.0, "EUR")
    for ident in "ab":
        ear.ticket(signals, ident, 40 * DAY, "opened")
    row, known = features(history, 58 * DAY, signals)
    assert words("rhythm", row, known) == "used to order every 9 days, now silent for 31"
    assert words("tickets", row, known) == "two tickets unanswered"
    assert words("pace", row, known) == "four orders in the last 90 days"
