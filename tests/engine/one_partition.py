"""Drives a stage with one partition over a whole log, cut into batches at will, and taken over at will."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import NamedTuple

from streams.engine.intake import announce
from streams.engine.lane import Opening, Stage
from streams.engine.partition_row import KEY
from streams.engine.records import Batch, Headers, Input, Send
from streams.engine.state import Outcome, State

DAY = 86_400_000
NOW = 40_000 * DAY


class Entry(NamedTuple):
    """A record before it has its place in the log."""

    key: bytes | None
    value: bytes | None
    headers: Headers = ()


def came_from(source: int, value: bytes) -> Entry:
    return Entry(None, value, [("tocsin-from", b"%d" % source)])


def closes(topic: str, source: int, day: int) -> Entry:
    send = announce(topic, 0, source, day)
    return Entry(send.key, send.value, send.headers)


def log_of(entries: Sequence[Entry]) -> list[Input]:
    return [Input(offset, *each) for offset, each in enumerate(entries)]


def merged(rng: random.Random, streams: Sequence[Sequence[Entry]]) -> list[Entry]:
    """One log of what several sources wrote, each in its own order."""
    waiting = [list(each) for each in streams]
    found = []
    while any(waiting):
        found.append(rng.choice([each for each in waiting if each]).pop(0))
    return found


class Played:
    """One partition, its rows, and all that was sent.

    Args:
        make: a fresh stage; each takeover makes another one.
    """

    def __init__(self, make: Callable[[], Stage]) -> None:
        self.make = make
        self.stage, self.state = make(), State(0)
        self.sends: list[Send] = []
        self.steps: list[Outcome] = []

    def take_over(self) -> None:
        """Another process reads the rows back."""
        pairs = [*self.state.rows.items(), (KEY, self.state.row.dumps())]
        self.stage, self.state = self.make(), State(0)
        self.state.load(pairs)
        self.state.loaded()
        outcome = self.stage.opened(self.state) if isinstance(self.stage, Opening) else None
        if outcome is not None:
            self._believe(outcome)

    def step(self, records: Sequence[Input] = (), *, fail: bool = False) -> bool:
        """One step; with `fail` it is computed, lost, and computed again."""
        batches = [Batch(self.stage.inputs[0], records)]
        before = dict(self.state.rows), self.state.row.dumps()
        quiet = self.stage.quiet()
        lost = None
        if fail:
            computed = self.stage.step(self.state, batches, NOW, (), quiet)
            lost = deepcopy((computed.sends, computed.rows))
        outcome = self.stage.step(self.state, batches, NOW, (), quiet)
        assert (dict(self.state.rows), self.state.row.dumps()) == before, "a step changed the state by itself"
        assert lost is None or lost == (outcome.sends, outcome.rows), "a lost step left a trace"
        self._believe(outcome)
        return outcome.more

    def _believe(self, outcome: Outcome) -> None:
        self.state.apply(outcome)
        self.sends += outcome.sends
        self.steps.append(outcome)

    def run(self, log: Sequence[Input], rng: random.Random | None = None) -> Played:
        """Read the log to its end, by chance in pieces, with takeovers and lost steps in between."""
        topic = self.stage.inputs[0]
        while True:
            start = self.state.row.offsets.get(topic, 0)
            more = False
            if start < len(log):
                size = rng.choice((0, 1, 2, 5, 50)) if rng else len(log)
                more = self.step(log[start : start + size], fail=bool(rng) and rng.random() < 0.2)
            while more and not (rng and start < len(log) and rng.random() < 0.5):
                more = self.step()
            if rng and rng.random() < 0.2:
                self.take_over()
                more = True
            if start >= len(log):
                while self.step():
                    pass
                return self

    def to(self, topic: str) -> list[Send]:
        return [send for send in self.sends if send.topic == topic]

    def rows(self) -> dict[bytes, bytes]:
        """All rows but that of the partition."""
        return {key: value for key, value in self.state.rows.items() if key != KEY}
