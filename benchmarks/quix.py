"""The jobs in Quix Streams: one streaming dataframe over the five topics, state in RocksDB with its changelog.

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

from functools import reduce
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


def run(task: Task) -> None:
    """Until everything is done and the last checkpoint is committed."""
    job = job_of(task)
    progress = Progress(task, job)

    def on_message_processed(_topic: str, _partition: int, _offset: int) -> None:
        if progress.handled():
            # The run ends here; in production the same happens at the next interval.
            app._processing_context.commit_checkpoint(force=True)
            progress.report()
            app.stop()

    app = Application(
        broker_address=task.broker,
        consumer_group=task.prefix + task.run,
        auto_offset_reset="earliest",
        state_dir=f"{task.folder}/quix",
        processing_guarantee="exactly-once" if task.variant == "exactly-once" else "at-least-once",
        on_message_processed=on_message_processed,
        loglevel="WARNING",
    )
    context, producer = app._processing_context, app._processing_context.producer

    def transaction(frame: StreamingDataFrame, partition: int) -> Any:
        return context.checkpoint.get_store_transaction(frame.stream_id, partition)

    def carry_out(done: Done, rows: Any) -> None:
        progress.sending(done)
        for key, row in done.rows.items():
            if row is None:
                rows.delete(key, PREFIX)
            else:
                rows.set_bytes(key, row, PREFIX)
        for send in done.sends:
            producer.produce(
                task.own + send.topic, send.value, send.key, list(send.headers), partition=send.partition
            )

    def take(value: bytes, _key: Any, _timestamp: int, headers: Any) -> None:
        progress.begin()
        at = message_context()
        rows = transaction(joined, at.partition)
        topic = at.topic.removeprefix(task.prefix)
        done = job.take(topic, at.partition, value, headers or (), lambda key: rows.get_bytes(key, PREFIX))
        carry_out(done, rows)

    def follow(frame: StreamingDataFrame, name: str) -> StreamingDataFrame:
        def one(value: bytes, key: Any, _timestamp: int, headers: Any) -> None:
            at = message_context()
            done = job.follow(name, at.partition, Input(at.offset, key, value, headers or ()))
            carry_out(done, transaction(frame, at.partition))

        frame.register_store()
        return frame.update(one, metadata=True)

    frames = [app.dataframe(app.topic(task.prefix + topic.name, **RAW)) for topic in INPUTS]
    joined: StreamingDataFrame = reduce(StreamingDataFrame.concat, frames)
    joined.register_store()
    joined.update(take, metadata=True)
    for name in job.follows:
        follow(app.dataframe(app.topic(task.own + name, **RAW)), name)
    if task.variant != ALIGNED:
        app._dataframe_registry._requires_time_alignment = False
    app.run()


if __name__ == "__main__":
    tune_memory()
    run(Task.from_argv())
