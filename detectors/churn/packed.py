"""What a sweep needs of a customer, as bytes that many customers' are joined into arrays.

A customer's orders and signals change when something happens; the features change with every day. So what
stood at a moment is packed once, and holds for every later moment until something new is known.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

from detectors.churn.history import History, currency_of, orders_at
from detectors.churn.signals import Signals

_ANSWERED = "aru"  # kinds after which a ticket does not wait
_LATEST = {"opened": "o", "unhappy": "u", "reopened": "p"}


class Packed(NamedTuple):
    """Orders and signals of one customer; bytes are native int64 or float64.

    Attributes:
        times: of the standing orders, ms, ascending.
        amounts: theirs.
        old: how many orders came before those that are kept one by one.
        first: the earliest of the old ones, ms; -1 without.
        returns: orders sent back.
        currency: of the newest order.
        unanswered: tickets whose last word is the customer's.
        tickets: times at which tickets were opened, reopened, and closed unhappily: three in one.
        contacts: for each contact that was sent, the last time it was sent, then the last time it was heard
            of, `NEVER` if it was not.
        web: day, then events of it.
    """

    times: bytes
    amounts: bytes
    old: int
    first: int
    returns: int
    currency: str | None
    unanswered: int
    tickets: tuple[bytes, bytes, bytes]
    contacts: bytes
    web: bytes


NEVER = -(1 << 62)
_NO_TICKETS = (b"", b"", b"")


def pack(history: History, signals: Signals | None, moment: int) -> Packed:
    """Pack what was known at a moment (ms); it holds for later ones, as long as nothing is added.

    >>> from detectors.churn.history import empty, placed
    >>> h = empty()
    >>> placed(h, "o-1", 5, 30.0, "EUR")
    >>> packed = pack(h, None, 9)
    >>> len(packed.times), packed.currency, packed.web
    (8, 'EUR', b'')
    """
    orders = orders_at(history, moment)
    old = history["old"]
    tickets, contacts, web, unanswered = _NO_TICKETS, b"", b"", 0
    if signals is not None:
        tickets, unanswered = _tickets(signals["tickets"], moment) if signals["tickets"] else (tickets, 0)
        contacts = _contacts(signals["contacts"], moment) if signals["contacts"] else b""
        web = _ints([each for day, count in signals["web"].items() for each in (int(day), count)])
    return Packed(
        _ints(orders.times),
        array("d", orders.amounts).tobytes(),
        old["n"] if old else 0,
        old["first"] if old else -1,
        orders.returns,
        currency_of(history),
        unanswered,
        tickets,
        contacts,
        web,
    )


def _tickets(events: list[list[object]], moment: int) -> tuple[tuple[bytes, bytes, bytes], int]:
    times: dict[object, list[int]] = {kind: [] for kind in _LATEST.values()}
    waiting: dict[object, bool] = {}
    for at, ident, kind in events:
        if isinstance(at, int) and at <= moment:
            waiting[ident] = str(kind) not in _ANSWERED
            if kind in times:
                times[kind].append(at)
    opened, unhappy, reopened = (_ints(times[kind]) for kind in _LATEST.values())
    return (opened, reopened, unhappy), sum(waiting.values())


def _contacts(events: list[list[object]], moment: int) -> bytes:
    sent: dict[object, int] = {}
    heard: dict[object, int] = {}
    for at, ident, kind in events:  # ascending, so the last one stays
        if isinstance(at, int) and at <= moment:
            (sent if kind == "s" else heard)[ident] = at
    return _ints([each for ident, at in sent.items() for each in (at, heard.get(ident, NEVER))])


def _ints(values: list[int]) -> bytes:
    return array("q", values).tobytes()
