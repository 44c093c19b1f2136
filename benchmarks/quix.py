"""The job in Quix Streams: one streaming dataframe over the five topics, state in RocksDB with its changelog.

Its default guarantee is at-least-once: every 5 s a checkpoint flushes the producer, commits the offsets and
the state. `exactly-once` does the same in a transaction. Over several topics it merges the records of a
partition by their broker's time, and waits where a topic has nothing; Tocsin needs no such order, so this is
switched off, in Quix's favour, except in the variant `aligned`.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from quixstreams import Application, State, message_context
from quixstreams.dataframe import StreamingDataFrame

from benchmarks.job import Job
from benchmarks.task import Progress, Task
from streams.memory import tune_memory
from streams.topics import INPUTS

ROW = "row"
ALIGNED = "aligned"


def run(task: Task) -> None:
    """Until every event is done and the last checkpoint is committed."""
    job = Job()
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

    def take(value: bytes, _key: Any, _timestamp: int, headers: Any, state: State) -> list[bytes | None]:
        progress.begin()
        context = message_context()
        topic = context.topic.removeprefix(task.prefix)
        # The state is the message key's own: a row has one name in it.
        done = job.take(topic, context.partition, value, headers or (), lambda _: state.get_bytes(ROW))
        if done.changed and done.row is not None:
            state.set_bytes(ROW, done.row)
        elif done.changed:
            state.delete(ROW)
        return [send.value for send in done.sends]

    raw = {"key_deserializer": "bytes", "value_deserializer": "bytes"}
    frames = [app.dataframe(app.topic(task.prefix + topic.name, **raw)) for topic in INPUTS]
    joined: StreamingDataFrame = reduce(StreamingDataFrame.concat, frames)
    out = app.topic(f"{task.prefix}{task.run}-out", key_serializer="bytes", value_serializer="bytes")
    joined.apply(take, stateful=True, metadata=True, expand=True).to_topic(out)
    if task.variant != ALIGNED:
        app._dataframe_registry._requires_time_alignment = False
    app.run()


if __name__ == "__main__":
    tune_memory()
    run(Task.from_argv())
