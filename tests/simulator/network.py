"""Between a client and the broker: every call is two moments, and anything may happen in between.

A request waits until the schedule lets the broker execute it; its sender goes on when the schedule lets the
answer arrive. A sender that is gone by then leaves a request that may still be executed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from typing import Any, Protocol


class Waits(Protocol):
    """What a coroutine yields: it can go on when `ready`."""

    def ready(self) -> bool:
        """Whether the schedule may resume it."""
        ...


class NoAnswerError(Exception):
    """The connection broke: the broker executed the request, or not; the client cannot know."""


class Request:
    """One call."""

    __slots__ = ("_act", "_network", "answer", "done", "error")

    def __init__(self, network: Network, act: Callable[[], Any]) -> None:
        self._network, self._act = network, act
        self.done = False
        self.answer: Any = None
        self.error: Exception | None = None

    def go(self) -> None:
        """The broker's moment: it executes the call, unless the network swallows it."""
        self._network.waiting.remove(self)
        self.done = True
        swallowed = self._network.breaks()
        if swallowed != "before":
            try:
                self.answer = self._act()
            except Exception as error:  # noqa: BLE001 - it is the sender's
                self.error = error
        if swallowed:
            self.error = NoAnswerError("no answer")


class Answers:
    """Awaits several requests at once."""

    __slots__ = ("_requests",)

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = requests

    def ready(self) -> bool:
        """All have been executed or lost."""
        for request in self._requests:  # noqa: SIM110 - asked at every turn; `all` takes twice as long
            if not request.done:
                return False
        return True

    def __await__(self) -> Generator[Waits, None, list[Any]]:
        yield self
        for request in self._requests:
            if request.error is not None:
                raise request.error
        return [request.answer for request in self._requests]


class Network:
    """All requests on their way.

    Args:
        rng: the schedule's.
        loss: how often a call is left without an answer.
    """

    def __init__(self, rng: random.Random, loss: float) -> None:
        self.waiting: list[Request] = []
        self.lost = 0
        self._rng, self.loss = rng, loss

    def send(self, act: Callable[[], Any]) -> Request:
        """Put a request on its way."""
        request = Request(self, act)
        self.waiting.append(request)
        return request

    async def ask(self, act: Callable[[], Any]) -> Any:
        """Send one request and await its answer."""
        return (await Answers([self.send(act)]))[0]

    def breaks(self) -> str:
        """Whether the connection breaks at this call: "before" or "after" its execution, or not."""
        if self.loss and self._rng.random() < self.loss:
            self.lost += 1
            return "before" if self._rng.random() < 0.4 else "after"
        return ""
