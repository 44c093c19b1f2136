"""The customers of a slice at the close of a moment: read, scored, held as examples, and judged later."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import orjson

from detectors.churn import chunk as chunks
from detectors.churn import newcomers
from detectors.churn.packed import Packed
from streams.engine.churn.scoring import Scored, score, send_scores
from streams.engine.churn.waiting import Held, Span, fold, hold, span
from streams.engine.models import Adopted
from streams.engine.options import ChurnOptions
from streams.engine.records import Send
from streams.engine.state import Outcome, State

EXAMPLES = "churn-examples"
RISKS = "churn-risks"
CUSTOMER, CHUNK = b"c/", b"e/"

Row = dict[str, Any]
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
    """

    def __init__(  # noqa: PLR0917 - what a step has
        self,
        options: ChurnOptions,
        adopted: Adopted,
        state: State,
        outcome: Outcome,
        opened: dict[bytes, Row],
        noted: Collection[bytes],
    ) -> None:
        self.options, self.adopted = options, adopted
        self.state, self.outcome, self.opened, self.noted = state, outcome, opened, noted
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
            known: Held | None = None if key in self.noted else self.state.decoded.get(key)
            if known is None or (known.next is not None and known.next <= moment):
                churn = known.churn if known else self._churn(key, closing["last"])
                if churn is None:
                    continue
                before = span(churn["h"])
                if fold(churn, moment) and self._note(key, before, span(churn["h"]), back):
                    changed.add(len(people))
                known = self.outcome.decoded[key] = hold(churn, moment)
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

    def _churn(self, key: bytes, moment: int | None) -> Row | None:
        """What a row keeps for churn, with what was known at `moment` folded; the row itself stays."""
        opened = self.opened.get(key)
        raw = orjson.dumps(opened.get("churn")) if opened is not None else self.state.rows.get(key, b"null")
        found = orjson.loads(raw)
        churn: Row | None = found if opened is not None or found is None else found.get("churn")
        if churn is not None and moment is not None:
            fold(churn, moment)
        return churn

    def _packed(self, key: bytes, moment: int) -> Packed | None:
        """A customer as the close of this moment has left them: newer events wait in the row."""
        known: Held | None = self.outcome.decoded.get(key) or self.state.decoded.get(key)
        if known is not None:
            return known.packed
        churn = self._churn(key, moment)
        return hold(churn, moment).packed if churn else None

    def _send(self, topic: str, value: Row) -> None:
        raw = orjson.dumps(value)
        origin = ("tocsin-from", b"%d" % self.state.partition)
        self.outcome.sends.append(Send(topic, 0, None, raw, [origin]))


def chunk_key(at: int, customer: str) -> bytes:
    """The row of the examples that were taken at `at` (ms) of a slice that begins with this customer."""
    return CHUNK + b"%016d/" % max(at, 0) + customer.encode()
