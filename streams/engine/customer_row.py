"""One customer's row, as it stands in the changelog.

Key: `c/` + customer id. For a session without a customer, `s/` + session id, with `seen`, `visits` and
`due` alone.
Value, JSON:

    v         1
    seen      {short hash of (source, id): effective time, ms}: the event ids within the horizon
    agg       counts       {"order.placed": n, "web.page_viewed": n, ...} by event type
              lines        lines of placed orders
              spend        {currency: sum of placed totals, a decimal string}
              refunds      {currency: sum of returned amounts, a decimal string}
              first_order, last_order   least and greatest event time of placed orders, ms
              first_seen, last_seen     least and greatest event time of any event, ms
    profile   {"at": [time, id], ...the fields of the newest customer.upserted}
    order     {order id: thread}
    ticket    {ticket id: thread}
    visits    see `series.visits`; only where series are measured
    churn     events that wait to be scored, see `churn.waiting`; the rest is in a row `h/` + customer id
    due       least moment at which the row wants to be looked at, ms

A thread is the timeline of one order or ticket:

    known     [[time, eff, id, kind, facts], ...], see `alerts.timeline.Known`
    said      {rule: {episode start: "ringing" or "recovered"}}
    due       least moment at which one of its rules could have something to say, ms
    last      greatest effective time, ms
    settled   how many of `known` were left when all before was over; absent before that
    day, off, sheet  of an order whose pairs are counted, see `pairs.keeping`

Everything in `agg`, `profile`, `visits`, `churn` and `known` is a function of the set of events taken, not of
their order.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from streams.engine.series import visits

Row = dict[str, Any]

MOST_SEEN = 4096  # event ids kept per customer; an honest customer has far fewer within the horizon
MOST_THREADS = 200  # orders, and tickets, kept per customer
MOST_KNOWN = 50  # events kept per order or ticket
MOST_BYTES = 1 << 20  # of a row; what grows beyond it loses its oldest half
_DAY = 86_400_000
_FORGET = {"order": 30 * _DAY, "ticket": 30 * _DAY}


def row_key(customer: str | None, session: str | None) -> bytes:
    """The changelog key of a customer's row, or of a session's that has no customer.

    >>> row_key("7", None), row_key(None, "x")
    (b'c/7', b's/x')
    """
    return b"c/" + customer.encode() if customer else b"s/" + (session or "").encode()


def load(raw: bytes | None) -> Row:
    """A row from its bytes; a new one where there is none."""
    if raw is None:
        return {"v": 1, "seen": {}, "agg": {"counts": {}}, "order": {}, "ticket": {}, "due": None}
    row: Row = orjson.loads(raw)
    return row


def dump(row: Row) -> bytes:
    """A row's bytes, within what its topic takes: nobody's events may make a row that stops the worker."""
    raw = orjson.dumps(row)
    # Sums in every currency there could be take that much by themselves; they stay.
    while len(raw) > MOST_BYTES and (row["seen"] or any(row[entity] for entity in _FORGET)):
        row["seen"] = dict(list(row["seen"].items())[(len(row["seen"]) + 1) // 2 :])
        for entity in _FORGET:
            threads = sorted(row[entity].items(), key=lambda each: (each[1]["last"], each[0]))
            row[entity] = dict(threads[(len(threads) + 1) // 2 :])
        raw = orjson.dumps(row)
    return raw


def take_id(row: Row, source: str, event_id: str, eff: int, horizon: int) -> bool:
    """Remember an event id; False if it was taken before, within the horizon (ms of effective time).

    >>> row = load(None)
    >>> [take_id(row, "shop", "e-1", eff, 10) for eff in (0, 10, 11)]
    [True, False, True]
    """
    mark = hashlib.blake2b(f"{source}\n{event_id}".encode(), digest_size=8).hexdigest()
    seen: dict[str, int] = row["seen"]
    before = seen.get(mark)
    if before is not None:
        if abs(eff - before) <= horizon:
            return False
        del seen[mark]  # goes to the end, where the newest are
    elif len(seen) >= MOST_SEEN:
        del seen[next(iter(seen))]
    seen[mark] = eff
    return True


def thread(row: Row, entity: str, name: str, eff: int) -> Row:
    """The thread of an order or ticket that something happens to at `eff`, a new one where there is none."""
    threads: dict[str, Row] = row[entity]
    found = threads.pop(name, None)
    if found is not None and not _forgotten(found, entity, eff):
        threads[name] = found
    else:
        if len(threads) >= MOST_THREADS:
            del threads[min(threads, key=lambda each: (threads[each]["last"], each))]
        found = threads[name] = {"known": [], "said": {}, "due": None, "last": 0}
    return found


def note(  # noqa: PLR0917 - the order is that of `Known`
    thread: Row, time: int, eff: int, event_id: str, kind: str, facts: dict[str, Any]
) -> None:
    """Add an event to a thread; the oldest middle goes when it grows without end."""
    known = thread["known"]
    known.append([time, eff, event_id, kind, facts])
    if len(known) > MOST_KNOWN:
        del known[1]  # the first event tells what the thread is about
    thread["last"] = max(thread["last"], eff)


def forget(row: Row, watermark: int, horizon: int) -> None:
    """Drop ids beyond the horizon, and threads that wait for nothing and were not touched for a month."""
    seen: dict[str, int] = row["seen"]
    if seen and watermark - next(iter(seen.values())) > horizon + _DAY:
        row["seen"] = {mark: eff for mark, eff in seen.items() if watermark - eff <= horizon}
    if "visits" in row:
        visits.forget(row, watermark)
    for entity in _FORGET:
        threads: dict[str, Row] = row[entity]
        for name in [name for name, each in threads.items() if _forgotten(each, entity, watermark)]:
            del threads[name]


def session_due(row: Row, horizon: int) -> int | None:
    """The moment after which a session's row may go, ms; `horizon` as in `take_id`."""
    newest = max(row["seen"].values(), default=None)
    dues = (None if newest is None else newest + horizon, visits.due(row))
    return max((due for due in dues if due is not None), default=None)


def _forgotten(thread: Row, entity: str, at: int) -> bool:
    """Whether a thread has waited for nothing for a month, be it still in the row or not."""
    if at - thread["last"] <= _FORGET[entity] or thread["due"] is not None:
        return False
    return not any(state == "ringing" for said in thread["said"].values() for state in said.values())
