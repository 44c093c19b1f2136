"""Customers of every kind for property tests: orders, tickets, visits and contacts, sane or not."""

from __future__ import annotations

from hypothesis import strategies as st

from detectors.churn import history as book
from detectors.churn import signals as ear
from detectors.churn.signals import DAY

ORDERS = st.lists(
    st.tuples(st.integers(-5 * DAY, 500 * DAY), st.floats(allow_nan=True, allow_infinity=True)), max_size=40
)
TICKETS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 500 * DAY), st.sampled_from(sorted(ear.TICKETS))), max_size=10
)
VISITS = st.lists(st.integers(300 * DAY, 500 * DAY), max_size=20)
CONTACTS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 500 * DAY), st.sampled_from(sorted(ear.CONTACTS))),
    max_size=10,
)
CUSTOMER = st.tuples(ORDERS, TICKETS, VISITS, CONTACTS)


def build(customer: tuple) -> tuple[book.History, ear.Signals]:
    """What a customer's events leave; some orders are cancelled, returned, or of another currency."""
    orders, tickets, visits, contacts = customer
    history, signals = book.empty(), ear.none()
    for number, (at, amount) in enumerate(orders):
        book.placed(history, f"o{number}", at, amount, "EUR" if number % 7 else "USD")
        if number % 5 == 4:
            book.cancelled(history, f"o{number}", at + 3)
        if number % 6 == 5:
            book.returned(history, f"o{number}", at + 3, amount)
    for ident, at, kind in tickets:
        ear.ticket(signals, f"t{ident}", at, kind)
    for at in visits:
        ear.visited(signals, at)
    for ident, at, kind in contacts:
        ear.contact(signals, f"c{ident}", at, kind)
    return history, signals
