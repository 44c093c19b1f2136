"""The jobs in stock Faust agents: stock transport, one event at a time, a table with a changelog.

`awaited`: every write to the changelog and every alert is acknowledged by the broker before the event is;
only so a kill loses nothing (it may still double). `loose`: the sends are left to Faust, as most programs do;
a kill loses what was acked and not yet sent. All writes and sends of an event wait for the broker together.
Each internal topic that the job follows has an agent of its own in the same application.
"""

from __future__ import annotations

import logging
from typing import Any

import faust

from benchmarks.job import Done
from benchmarks.task import Progress, Task, job_of
from streams.engine.records import Input
from streams.memory import tune_memory
from streams.topics import INPUTS, TOPICS, Topic

PARTITIONS = 4
TABLES = {"rows": PARTITIONS, "single": 1}
"""Tables by name: an agent's table must have as many partitions as the topic that it reads."""
SINGLE = {topic.name for topic in TOPICS if topic.partitions == 1}
AWAITED = "awaited"
RAW = {"key_serializer": "raw", "value_serializer": "raw"}


def changelogs(run: str) -> list[Topic]:
    """What the tables write to; Faust is not left to create topics in anybody's production either."""
    return [
        Topic(f"{run}-{table}-changelog", "a table", "row", None, max_bytes=8 << 20, partitions=partitions)
        for table, partitions in TABLES.items()
    ]


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
        self.rows, self.single = (
            app.Table(name, partitions=partitions, key_type=bytes, value_type=bytes)
            for name, partitions in TABLES.items()
        )
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
            await self.carry_out(done, rows)

    async def follow(self, stream: Any) -> None:
        """The same for what the run itself has sent."""
        async for event in stream.events():
            message = event.message
            found = Input(message.offset, event.key, event.value, message.headers or ())
            topic = message.topic.removeprefix(self.own)
            done = self.job.follow(topic, message.partition, found)
            await self.carry_out(done, self.single if topic in SINGLE else self.rows)

    async def carry_out(self, done: Done, rows: Any) -> None:
        """Write and send; what is awaited is awaited all at once."""
        self.progress.sending(done)
        promises = [
            await self.topic(send.topic).send(
                key=send.key, value=send.value, partition=send.partition, headers=list(send.headers)
            )
            for send in done.sends
        ]
        for key, row in done.rows.items():
            if row is not None:
                rows[key] = row
            elif key in rows:
                del rows[key]
        if self.awaited:
            promises += rows.promised
            rows.promised = []
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


class _Worker(faust.Worker):  # type: ignore[misc]
    def _setup_logging(self) -> None:
        """Plain: an agent that has crashed must be found in the log of the run."""
        logging.basicConfig(level=logging.WARNING)


if __name__ == "__main__":
    tune_memory()
    _Worker(build(Task.from_argv()), redirect_stdouts=False, quiet=True).execute_from_commandline()
