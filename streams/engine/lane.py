"""The recipe: one partition of one stage, from taking it over to giving it up.

    fence     from here on no older owner of this partition can change anything
    restore   replay the changelog, committed records only, to its end
    step      skip what the partition row says is done; compute; commit everything at once; then believe it

The log behind it (`PartitionLog`) is Kafka with transactions, or the simulator's with every fault it knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Protocol, runtime_checkable

from streams.engine.records import Batch
from streams.engine.state import Outcome, State
from streams.engine.watermark import Quiet


class Stage(Protocol):
    """A pure stage: customer, product."""

    @property
    def name(self) -> str:
        """Short name; part of transactional ids and alert sources."""
        ...

    @property
    def changelog(self) -> str:
        """Topic of its rows, without prefix."""
        ...

    @property
    def inputs(self) -> tuple[str, ...]:
        """Topics that it reads, without prefix."""
        ...

    def quiet(self) -> Quiet:
        """A fresh memory of idle inputs."""
        ...

    def step(
        self, state: State, batches: Sequence[Batch], now: int, drained: Collection[str], quiet: Quiet
    ) -> Outcome:
        """What a batch changes; changes nothing itself."""
        ...


@runtime_checkable
class Opening(Protocol):
    """A stage that looks at its rows before the first step: they may be of another version of the program."""

    def opened(self, state: State) -> Outcome | None:
        """What must become true before the first step; None where nothing must. Changes nothing itself."""
        ...


@runtime_checkable
class Heavy(Protocol):
    """A stage whose steps may take seconds, and must not hold up whatever else goes on meanwhile."""

    heavy: bool


Aside = Callable[[Callable[[], Outcome]], Awaitable[Outcome]]
"""How a heavy step is computed; it returns, or is cancelled, only after the computation has ended."""


async def at_once(compute: Callable[[], Outcome]) -> Outcome:
    """Compute here and now: for those who have nothing else to do."""
    return compute()


class PartitionLog(Protocol):
    """What the recipe needs of the broker."""

    async def fence(self) -> None:
        """Become the only owner that can commit."""
        ...

    def restore(self) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        """The changelog's committed records up to its end, oldest first, in chunks."""
        ...

    async def commit(self, outcome: Outcome) -> None:
        """Make sends and rows durable in one transaction; raises if a newer owner exists."""
        ...


class Lane:
    """One owned partition.

    Args:
        stage: what to compute.
        partition: which one.
        log: where it is kept.
        aside: how a heavy stage's steps are computed. Nobody changes the state while one is: it is changed
            by this lane alone, after the step.

    Attributes:
        first: whether what the last step left comes before any new input.
    """

    def __init__(self, stage: Stage, partition: int, log: PartitionLog, aside: Aside = at_once) -> None:
        self.stage, self.partition, self.log = stage, partition, log
        self._compute = aside if isinstance(stage, Heavy) and stage.heavy else at_once
        self.state = State(partition)
        self.quiet = stage.quiet()
        self.first = False

    async def open(self) -> None:
        """Take the partition over. Restoring before fencing could miss what the older owner still commits."""
        await self.log.fence()
        async for chunk in self.log.restore():
            self.state.load(chunk)
        self.state.loaded()
        outcome = self.stage.opened(self.state) if isinstance(self.stage, Opening) else None
        if outcome is not None:
            await self.log.commit(outcome)
            self.state.apply(outcome)

    async def step(self, batches: Sequence[Batch], now: int, drained: Collection[str]) -> bool:
        """One atomic step; True if moments have passed that wait for another."""
        fresh = self._fresh(batches)
        outcome = await self._compute(
            lambda: self.stage.step(self.state, fresh, now, drained, self.quiet),
        )
        if outcome.commit:
            await self.log.commit(outcome)
        self.state.apply(outcome)
        self.first = outcome.first
        return outcome.more

    def _fresh(self, batches: Sequence[Batch]) -> list[Batch]:
        """Without what an earlier step, perhaps of an earlier owner, has already made true."""
        fresh = []
        for topic, records in batches:
            start = self.state.row.offsets.get(topic, 0)
            if records and records[0].offset < start:
                records = [record for record in records if record.offset >= start]  # noqa: PLW2901
            fresh.append(Batch(topic, records))
        return fresh
