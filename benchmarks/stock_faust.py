"""The job in a stock Faust agent: stock transport, one event at a time, a table with a changelog.

`awaited`: every write to the changelog and every alert is acknowledged by the broker before the event is;
only so a kill loses nothing (it may still double). `loose`: the sends are left to Faust, as most programs do;
a kill loses what was acked and not yet sent.
"""

from __future__ import annotations

from typing import Any

import faust

from benchmarks.job import Done, Job
from benchmarks.task import Progress, Task
from streams.memory import tune_memory
from streams.topics import INPUTS, Topic

PARTITIONS = 4
TABLE = "rows"
AWAITED = "awaited"
RAW = {"key_serializer": "raw", "value_serializer": "raw"}


def own_topics(run: str) -> list[Topic]:
    """What this reference writes to; Faust is not left to create topics in anybody's production either."""
    return [
        Topic(f"{run}-{TABLE}-changelog", "the table", "row", None, max_bytes=8 << 20),
        Topic(f"{run}-out", "alerts and dead letters", "episode", INPUTS[0].keep),
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
    inputs = app.topic(*(task.prefix + topic.name for topic in INPUTS), **RAW)
    app.agent(inputs, name="job")(_Agent(app, task).work)
    return app


class _Agent:
    """The agent's body and what it holds."""

    def __init__(self, app: faust.App, task: Task) -> None:
        self.prefix, self.awaited = task.prefix, task.variant == AWAITED
        self.rows = app.Table(TABLE, partitions=PARTITIONS, key_type=bytes, value_type=bytes)
        self.out = app.topic(f"{task.prefix}{task.run}-out", **RAW)
        self.job = Job()
        self.progress = Progress(task, self.job)

    async def work(self, stream: Any) -> None:
        """As Faust's guide has it."""
        rows, job, progress = self.rows, self.job, self.progress
        async for event in stream.events():
            progress.begin()
            message = event.message
            topic = message.topic.removeprefix(self.prefix)
            done = job.take(topic, message.partition, event.value, message.headers or (), rows.get)
            for send in done.sends:
                promise = await self.out.send(key=send.key, value=send.value)
                if self.awaited:
                    await promise
            self.write(done)
            if self.awaited:
                for promise in rows.promised:
                    await promise
                rows.promised.clear()
            if progress.handled():
                progress.report()

    def write(self, done: Done) -> None:
        """Put a row into the table, or take it out."""
        if done.row is not None:
            self.rows[done.key] = done.row
        elif done.changed and done.key in self.rows:
            del self.rows[done.key]


class _Worker(faust.Worker):  # type: ignore[misc]
    def _setup_logging(self) -> None:
        """Quiet: warnings reach the log by Python's own last resort."""


if __name__ == "__main__":
    tune_memory()
    _Worker(build(Task.from_argv()), redirect_stdouts=False, quiet=True).execute_from_commandline()
