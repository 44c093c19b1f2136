"""The jobs in Quix Streams: one streaming dataframe over the five topics, state in RocksDB, its changelog.

Its default guarantee is at-least-once: every 5 s a checkpoint flushes the producer, commits the offsets and
the state. `exactly-once` does the same in a transaction. Over several topics it merges the records of a
partition by their broker's time, and waits where a topic has nothing; Tocsin needs no such order, so this is
switched off, in Quix's favour, except in the variant `aligned`.

Each internal topic that the job follows is a dataframe of its own in the same application. Rows are written
through the checkpoint's own transaction, since not all of them are their message key's; a row that is written
often goes to the changelog once a checkpoint. Records are sent through the application's producer: the steps
of a dataframe for keys, headers and partitions would cost more.
"""

from __future__ import annotations

from functools import partial, reduce
from typing import Any

from quixstreams import Application, message_context
from quixstreams.dataframe import StreamingDataFrame

from benchmarks.job import Done
from benchmarks.task import Progress, Task, job_of
from streams.engine.records import Input
from streams.memory import tune_memory
from streams.topics import INPUTS

ALIGNED = "aligned"
PREFIX = b""
RAW = {"key_deserializer": "bytes", "value_deserializer": "bytes"}


class Run:
    """One run: the application, and what its dataframes call."""

    def __init__(self, task: Task) -> None:
        self.task, self.job = task, job_of(task)
        self.progress = Progress(task, self.job)
        self.app = Application(
            broker_address=task.broker,
            consumer_group=task.prefix + task.run,
            auto_offset_reset="earliest",
            state_dir=f"{task.folder}/quix",
            processing_guarantee="exactly-once" if task.variant == "exactly-once" else "at-least-once",
            on_message_processed=self.processed,
            loglevel="WARNING",
        )
        self._context = self.app._processing_context
        self._produce = self._context.producer.produce

    def work(self) -> None:
        """Until everything is done and the last checkpoint is committed."""
        app, task = self.app, self.task
        frames = [app.dataframe(app.topic(task.prefix + topic.name, **RAW)) for topic in INPUTS]
        joined: StreamingDataFrame = reduce(StreamingDataFrame.concat, frames)
        joined.register_store()
        joined.update(partial(self.take, joined.stream_id), metadata=True)
        for name in self.job.follows:
            frame = app.dataframe(app.topic(task.own + name, **RAW))
            frame.register_store()
            frame.update(partial(self.follow, frame.stream_id), metadata=True)
        if task.variant != ALIGNED:
            app._dataframe_registry._requires_time_alignment = False
        app.run()

    def processed(self, _topic: str, _partition: int, _offset: int) -> None:
        """A record is done."""
        if self.progress.handled():
            # The run ends here; in production the same happens at the next interval.
            self._context.commit_checkpoint(force=True)
            self.progress.report()
            self.app.stop()

    def take(self, stream: str, value: bytes, _key: Any, _timestamp: int, headers: Any) -> None:
        """A record of an input."""
        self.progress.begin()
        at = message_context()
        rows = self._context.checkpoint.get_store_transaction(stream, at.partition)
        topic = at.topic.removeprefix(self.task.prefix)
        done = self.job.take(
            topic, at.partition, value, headers or (), lambda key: rows.get_bytes(key, PREFIX)
        )
        self.carry_out(done, rows)

    def follow(self, stream: str, value: bytes, key: Any, _timestamp: int, headers: Any) -> None:
        """A record of an internal topic."""
        at = message_context()
        rows = self._context.checkpoint.get_store_transaction(stream, at.partition)
        topic = at.topic.removeprefix(self.task.own)
        found = Input(at.offset, key, value, headers or ())
        self.carry_out(self.job.follow(topic, at.partition, found), rows)

    def carry_out(self, done: Done, rows: Any) -> None:
        """Write and send."""
        self.progress.sending(done)
        for key, row in done.rows.items():
            if row is None:
                rows.delete(key, PREFIX)
            else:
                rows.set_bytes(key, row, PREFIX)
        own = self.task.own
        for send in done.sends:
            self._produce(
                own + send.topic, send.value, send.key, list(send.headers), partition=send.partition
            )


if __name__ == "__main__":
    tune_memory()
    Run(Task.from_argv()).work()
