"""The jobs in stock Faust agents: stock transport, one event at a time, a table with a changelog.

`awaited`: every write to the changelog and every alert is acknowledged by the broker before the event is;
only so a kill loses nothing (it may still double). `loose`: the sends are left to Faust, as most programs do;
a kill loses what was acked and not yet sent. All writes and sends of an event wait for the broker together.
Each internal topic that the job follows has an agent of its own in the same application.
"""

from __future__ import annotations

from typing import Any

import faust

from benchmarks.job import Done
from benchmarks.task import Progress, Task, job_of
from streams.engine.records import Input
from streams.memory import tune_memory
from streams.topics import INPUTS, Topic

PARTITIONS = 4
TABLE = "rows"
AWAITED = "awaited"
RAW = {"key_serializer": "raw", "value_serializer": "raw"}


def changelog(run: str) -> Topic:
    """What the table writes to; Faust is not left to create topics in anybody's production either."""
    return Topic(f"{run}-{TABLE}-changelog", "the table", "row", None, max_bytes=8 << 20)


class AwaitedTable(faust.Table):  # type: ignore[misc]
    """A table that keeps the promises of its changelog, so that somebody can wait for them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.promised: list[Any] = []

    def send_changelog(self, *args: Any, **kwargs: Any) -> Any:
        """As stock, and remembered."""
        promise = super().send_changelog(*args, **kwargs)
        self.promised.append(promise)
        return promise


def build(task: Task) -> faust.App:
    """The application."""
    app = faust.App(
        task.prefix + task.run,
        broker=f"kafka://{task.broker}",
        datadir=f"{task.folder}/faust",
        autodiscover=False,
        web_enabled=False,
        worker_redirect_stdouts=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=PARTITIONS,
        stream_wait_empty=False,
        Table=AwaitedTable if task.variant == AWAITED else faust.Table,
    )
    agents = _Agents(app, task)
    inputs = app.topic(*(task.prefix + topic.name for topic in INPUTS), **RAW)
    app.agent(inputs, name="job")(agents.work)
    for name in agents.job.follows:
        app.agent(app.topic(task.own + name, **RAW), name=name)(agents.follow)
    return app


class _Agents:
    """The agents' bodies and what they hold."""

    def __init__(self, app: faust.App, task: Task) -> None:
        self.app, self.prefix, self.own, self.awaited = app, task.prefix, task.own, task.variant == AWAITED
        self.rows = app.Table(TABLE, partitions=PARTITIONS, key_type=bytes, value_type=bytes)
        self.job = job_of(task)
        self.progress = Progress(task, self.job)
        self._out: dict[str, Any] = {}

    async def work(self, stream: Any) -> None:
        """As Faust's guide has it."""
        rows, job = self.rows, self.job
        async for event in stream.events():
            self.progress.begin()
            message = event.message
            topic = message.topic.removeprefix(self.prefix)
            done = job.take(topic, message.partition, event.value, message.headers or (), rows.get)
            await self.carry_out(done)

    async def follow(self, stream: Any) -> None:
        """The same for what the run itself has sent."""
        async for event in stream.events():
            message = event.message
            found = Input(message.offset, event.key, event.value, message.headers or ())
            await self.carry_out(
                self.job.follow(message.topic.removeprefix(self.own), message.partition, found)
            )

    async def carry_out(self, done: Done) -> None:
        """Write and send; what is awaited is awaited all at once."""
        self.progress.sending(done)
        promises = []
        for send in done.sends:
            promises.append(
                await self.topic(send.topic).send(
                    key=send.key, value=send.value, partition=send.partition, headers=list(send.headers)
                )
            )
        self.write(done)
        if self.awaited:
            promises += self.rows.promised
            self.rows.promised = []
            for promise in promises:
                await promise
        if self.progress.handled():
            self.progress.report()

    def topic(self, name: str) -> Any:
        """A topic of the run's own."""
        found = self._out.get(name)
        if found is None:
            found = self._out[name] = self.app.topic(self.own + name, **RAW)
        return found

    def write(self, done: Done) -> None:
        """Put rows into the table, or take them out."""
        for key, row in done.rows.items():
            if row is not None:
                self.rows[key] = row
            elif key in self.rows:
                del self.rows[key]


class _Worker(faust.Worker):  # type: ignore[misc]
    def _setup_logging(self) -> None:
        """Quiet: warnings reach the log by Python's own last resort."""


if __name__ == "__main__":
    tune_memory()
    _Worker(build(Task.from_argv()), redirect_stdouts=False, quiet=True).execute_from_commandline()
