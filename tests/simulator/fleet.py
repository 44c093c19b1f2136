"""Workers that own lanes, and a schedule from one seed that lets all go wrong between any two calls.

Nothing runs at the same time: at every turn the schedule picks one thing that can happen next (the broker
executes a request, a control record is written, a worker goes on to its next await) or a fault.
"""

from __future__ import annotations

import random
from collections.abc import Coroutine, Sequence
from typing import Any

from simulator.broker import At, Broker, FencedError, Marker
from simulator.network import Network, NoAnswerError, Request, Waits
from simulator.recipe import Place, Reader, Recipe

from streams.engine.lane import Stage

Key = tuple[str, int]  # stage and partition

MOST_TURNS = 60_000


class StuckError(Exception):
    """The schedule does not come to an end."""


class Owner:
    """One worker's ownership of one lane, from taking it over to its end. A stale one does not know."""

    def __init__(self, fleet: Fleet, stage: Stage, partition: int, worker: int) -> None:
        self.fleet, self.stage, self.partition, self.worker = fleet, stage, partition, worker
        self.frozen_until = 0
        self.stopping = False
        self.reader: Reader | None = None
        self._round = -1
        self._more = False
        self._wait: Waits | None = None
        self._coroutine: Coroutine[Waits, None, None] = self._run()

    @property
    def key(self) -> Key:
        """What it owns."""
        return (self.stage.name, self.partition)

    def can_go(self) -> bool:
        """Whether it can be resumed now."""
        return self.frozen_until <= self.fleet.turns and (self._wait is None or self._wait.ready())

    def go(self) -> None:
        """On to the next await."""
        try:
            self._wait = self._coroutine.send(None)
        except StopIteration:
            self.fleet.owners.remove(self)
        except (FencedError, NoAnswerError):
            # What the real worker does: its process ends, whatever the error was.
            self.fleet.crash(self.worker)

    def kill(self) -> None:
        """Gone, at whatever await it stood."""
        self._coroutine.close()

    def ready(self) -> bool:
        """There is something to do: input, moments left over, or a time that was not looked at yet."""
        assert self.reader
        return self._more or self._round < self.fleet.round or self.reader.waiting() or self.stopping

    def __await__(self) -> Any:
        yield self

    async def _run(self) -> None:
        fleet, recipe = self.fleet, self.fleet.recipe
        place = Place(fleet.broker, fleet.network, fleet.rng, self.stage, self.partition, fleet.partitions)
        lane = recipe.lane(self.stage, self.partition, recipe.log(place))
        await lane.open()
        rng = fleet.rng if fleet.faulty else None
        done = lane.state.row.offsets
        self.reader = recipe.reader(fleet.broker, rng, self.stage.inputs, self.partition, done)
        if fleet.stormy:
            self.reader.rewind(fleet.rng, 0.3)
        while not self.stopping:
            if fleet.stormy and fleet.rng.random() < 0.05:
                self.reader.rewind(fleet.rng, 0.5)
            await self
            batches = [] if lane.first else self.reader.fetch()
            self._round = fleet.round
            self._more = await lane.step(batches, fleet.now, self.reader.drained())


class Fleet:
    """All workers, and the schedule.

    Args:
        broker: with the inputs in it.
        stages: what every worker runs, each with the number of its partitions.
        partitions: of every keyed topic.
        recipe: how.
        rng: the schedule's only source of chance.
        faults: how many faults at most; 0 is an undisturbed run of one worker.
        now: wall clock, ms.
    """

    def __init__(
        self,
        broker: Broker,
        stages: Sequence[tuple[Stage, int]],
        partitions: int,
        recipe: Recipe,
        *,
        rng: random.Random,
        faults: int,
        now: int,
    ) -> None:
        self.broker, self.recipe, self.rng, self.partitions = broker, recipe, rng, partitions
        self.faulty = self.stormy = faults > 0
        self.faults, self.now, self.round, self.turns = faults, now, 0, 0
        self.happened: list[str] = []
        self.network = Network(rng, loss=rng.choice((0.0, 0.004, 0.02)) if faults else 0.0)
        self._pace = rng.choice((0.002, 0.01, 0.03))
        self._slow_markers = rng.choice((0.0, 0.9))
        self._workers = 3 if faults else 1
        self.owners: list[Owner] = []
        self.current: dict[Key, Owner] = {}
        for stage, count in stages:
            for partition in range(count):
                self._take_over(stage, partition, rng.randrange(self._workers))

    def _take_over(self, stage: Stage, partition: int, worker: int) -> None:
        owner = Owner(self, stage, partition, worker)
        self.owners.append(owner)
        self.current[owner.key] = owner

    def crash(self, worker: int) -> None:
        """A process is gone; what it owned goes to whoever is there."""
        self.happened.append(f"{self.turns}: worker {worker} ends")
        gone = [owner for owner in self.owners if owner.worker == worker]
        self.owners = [owner for owner in self.owners if owner.worker != worker]
        for owner in gone:
            owner.kill()
        for owner in gone:
            if self.current[owner.key] is owner:
                self._take_over(owner.stage, owner.partition, self.rng.randrange(self._workers))

    def move(self) -> None:
        """A lane goes to another worker while its owner is in the middle of something."""
        rng = self.rng
        old = rng.choice(list(self.current.values()))
        manner = rng.choice(("stops", "frozen", "unaware"))
        self.happened.append(f"{self.turns}: {old.key} moves from worker {old.worker}, which {manner}")
        if manner == "stops":  # it was told, and finishes its step
            old.stopping = True
        elif manner == "frozen":
            for owner in self.owners:
                if owner.worker == old.worker:
                    owner.frozen_until = self.turns + rng.choice((30, 200, 800))
        others = [worker for worker in range(self._workers) if worker != old.worker]
        self._take_over(old.stage, old.partition, rng.choice(others))

    def turn(self) -> bool:
        """Let one thing happen; False if nothing can."""
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise StuckError(f"still busy after {MOST_TURNS} turns")
        rng = self.rng
        if self.faults and rng.random() < self._pace:
            self.faults -= 1
            if rng.random() < 0.5:
                self.crash(rng.randrange(self._workers))
            else:
                self.move()
        chosen = self._choose()
        if chosen is not None:
            chosen.go()
            return True
        return self._thaw() or self.broker.expire()

    def _choose(self) -> Owner | Request | Marker | None:
        """One of the things that can happen next."""
        draw, markers = self.rng.random, self.broker.markers
        choices: list[Owner | Request | Marker] = [*self.owners, *self.network.waiting]
        if markers and draw() >= self._slow_markers:
            choices += markers
        for _ in range(4 if choices else 0):  # asking everybody whether it can go on is what costs
            chosen = choices[int(draw() * len(choices))]
            if not isinstance(chosen, Owner) or chosen.can_go():
                return chosen
        choices = [each for each in choices if not isinstance(each, Owner) or each.can_go()] or list(markers)
        return choices[int(draw() * len(choices))] if choices else None

    def _thaw(self) -> bool:
        frozen = [owner for owner in self.owners if owner.frozen_until > self.turns]
        for owner in frozen:
            owner.frozen_until = 0
        return bool(frozen)

    def settle(self) -> None:
        """Until everything is read, decided and committed."""
        while self.turn():
            pass

    def calm(self) -> None:
        """No more faults from here on."""
        self.stormy, self.faults, self.network.loss = False, 0, 0.0
        for owner in list(self.owners):
            if self.current[owner.key] is not owner:
                owner.stopping = True

    def unread(self) -> list[At]:
        """Logs in which something is left to read; there must be none in the end."""
        return [
            (topic, owner.partition)
            for owner in self.current.values()
            for topic, log in (owner.reader.logs.items() if owner.reader else ())
            if owner.reader and owner.reader.positions[topic] < log.end
        ]
