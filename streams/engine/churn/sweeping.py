"""The customers of a slice at the close of a moment: read, scored, held as examples, and judged later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson

from detectors.churn import chunk as chunks
from detectors.churn import newcomers
from detectors.churn.packed import Packed
from detectors.churn.signals import DAY
from streams.engine.churn.scoring import Scored, score, send_scores
from streams.engine.churn.waiting import Held, Past, Span, Waiting, fold, hold, past_of, span
from streams.engine.models import Adopted
from streams.engine.options import ChurnOptions
from streams.engine.records import Send
from streams.engine.state import Outcome, State

EXAMPLES = "churn-examples"
RISKS = "churn-risks"
CUSTOMER, CHUNK, PAST = b"c/", b"e/", b"h/"

Row = dict[str, Any]
KEPT = 7 * DAY  # how long after an event the past of its customer is kept as it was read
_NOBODY = 2.0  # no probability is that high


class Sweep:
    """Reads rows and changes none: what a score is made of is kept when the customer's next event comes.

    Args:
        options: see there.
        adopted: the models that score.
        state: the partition's state before the step.
        outcome: gets what is sent, the chunks of examples, and what was read.
        opened: customers' rows that the step has opened.
        noted: which of them have got events that say something about churn.
        pasts: the pasts that the step writes.
    """

    def __init__(  # noqa: PLR0917 - what a step has
        self,
        options: ChurnOptions,
        adopted: Adopted,
        state: State,
        outcome: Outcome,
        opened: dict[bytes, Row],
        noted: Collection[bytes],
        pasts: Mapping[bytes, bytes],
    ) -> None:
        self.options, self.adopted = options, adopted
        self.state, self.outcome, self.opened, self.noted = state, outcome, opened, noted
        self.pasts = pasts
        # What has learnt little has nothing to warn of.
        known = adopted.learnt >= options.examples
        self.least = options.least * (1.0 - options.margin) if known else _NOBODY

    def score(self, keys: Iterable[bytes], closing: Row) -> None:
        """Score these customers as the row's `closing` says."""
        moment = closing["moment"]
        people: list[str] = []
        held: list[Held] = []
        changed: set[int] = set()
        back: list[list[Any]] = []
        for key in keys:
            met: Held | None = self.outcome.decoded.get(key)  # at an earlier moment that this step has closed
            known: Held | None = met or self.state.decoded.get(key)
            news = met is None and key in self.noted
            if known is None or news or (known.next is not None and known.next <= moment):
                waiting = self._waiting(key, known)
                if waiting is None:
                    continue
                past, upto = self._past(key, known, waiting, closing["last"])
                before = span(past)
                if fold(past, waiting, upto, moment) and self._note(key, before, span(past), back):
                    changed.add(len(people))
                known = hold(past, waiting, moment)
                if known.next is None and all(each[0] <= moment - KEPT for each in waiting["w"]):
                    known = known._replace(past=None, waiting=None)
                self.outcome.decoded[key] = known
            elif known.past is not None and moment - known.upto > KEPT:
                known = self.outcome.decoded[key] = known._replace(past=None, waiting=None)
            people.append(key.removeprefix(CUSTOMER).decode())
            held.append(known)
        if not people:
            return
        scored = score(people, held, moment, self.adopted, closing["from"])
        due = self._examples(scored) if closing["day"] else set()
        self._tell(scored, changed | due)
        if closing["day"]:
            self._risks(scored, back)

    def label(self, key: bytes, days: int, moment: int) -> int:
        """Judge a chunk whose horizon ends at `moment` (ms); how many customers it has."""
        chunk = orjson.loads(self.state.rows[key])
        if days in chunk["horizons"]:
            packs = [self._packed(CUSTOMER + customer.encode(), moment) for customer in chunk["who"]]
            self._send(EXAMPLES, chunks.label(chunk, days, packs))
        if days >= max(chunk["horizons"]):
            self.outcome.rows[key] = None
        return len(chunk["who"])

    def _note(self, key: bytes, before: Span | None, after: Span | None, back: list[list[Any]]) -> bool:
        """Note who has ordered for the first time, and whether there is a newer order."""
        if after is None:
            return False
        if before is None or before.first != after.first:
            self._newcomer(after.first, before.first if before else None)
        newer = before is None or before.last != after.last
        if newer:
            back.append([key.removeprefix(CUSTOMER).decode(), after.last])
        return newer

    def _newcomer(self, first: int, before: int | None) -> None:
        state = self.outcome.row.newcomers
        if state is None:
            state = self.outcome.row.newcomers = newcomers.new()
        newcomers.note(state, first, before)

    def _tell(self, scored: Scored, news: set[int]) -> None:
        """Send what says something: after an order, of a risk, once a week, and whoever is asked for."""
        places = scored.swept.places.tolist()
        if scored.moment in self.options.moments:
            wanted = list(range(len(places)))
        else:
            risky = (scored.judged.p[scored.main] >= self.least).tolist()
            wanted = [i for i, place in enumerate(places) if risky[i] or place in news]
        self.outcome.sends += send_scores(scored, self.adopted, self.state.partition, wanted)

    def _examples(self, scored: Scored) -> set[int]:
        """Hold an example of everybody whose day of the week it is; their places."""
        due = [
            place
            for place in scored.swept.places.tolist()
            if chunks.is_due(scored.people[place], scored.moment)
        ]
        if due:
            chunk = chunks.pack(scored.moment, scored.people, scored.swept, scored.judged.p, due)
            self.outcome.rows[chunk_key(scored.moment, scored.people[due[0]])] = orjson.dumps(chunk)
        return set(due)

    def _risks(self, scored: Scored, back: list[list[Any]]) -> None:
        """Those of whom somebody may want to be told, and those who came back."""
        risks = scored.risks(self.least)
        if not risks and not back:
            return
        adopted = self.adopted
        value = {
            "at": scored.moment,
            "model": adopted.version,
            "learnt": adopted.learnt,
            "days": self.options.main,
            "risks": risks,
            "back": back,
        }
        self._send(RISKS, value)

    def _waiting(self, key: bytes, known: Held | None) -> Waiting | None:
        opened = self.opened.get(key)
        if opened is None:
            if known is not None and known.waiting is not None:
                return known.waiting
            raw = self.state.rows.get(key)
            opened = orjson.loads(raw) if raw is not None else {}
        found: Waiting | None = opened.get("churn")
        return found

    def _past(
        self, key: bytes, known: Held | None, waiting: Waiting, last: int | None
    ) -> tuple[Past, int | None]:
        """A customer's past, and the moment up to which it is whole: the last close, or later."""
        if known is not None and known.past is not None:
            return known.past, known.upto
        place = past_key(key)
        past = past_of(self.pasts.get(place, self.state.rows.get(place)))
        if last is not None:
            fold(past, waiting, None, last)
        return past, last

    def _packed(self, key: bytes, moment: int) -> Packed | None:
        """A customer as the close of this moment has left them: newer events wait in the row."""
        known: Held | None = self.outcome.decoded.get(key) or self.state.decoded.get(key)
        if known is not None:
            return known.packed
        waiting = self._waiting(key, None)
        return (
            None
            if waiting is None
            else hold(self._past(key, None, waiting, moment)[0], waiting, moment).packed
        )

    def _send(self, topic: str, value: Row) -> None:
        raw = orjson.dumps(value)
        origin = ("tocsin-from", b"%d" % self.state.partition)
        self.outcome.sends.append(Send(topic, 0, None, raw, [origin]))


def past_key(customer: bytes) -> bytes:
    """The row of a customer's past.

    >>> past_key(b"c/1904")
    b'h/1904'
    """
    return PAST + customer.removeprefix(CUSTOMER)


def chunk_key(at: int, customer: str) -> bytes:
    """The row of the examples that were taken at `at` (ms) of a slice that begins with this customer."""
    return CHUNK + b"%016d/" % max(at, 0) + customer.encode()
