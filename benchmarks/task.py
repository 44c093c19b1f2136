"""What a reference's process is told, and what it tells in the end."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from benchmarks.everything import Everything
from benchmarks.job import Done, Job
from streams.clock import now_ms
from streams.kafka import clients, reading
from streams.settings import Settings
from streams.topics import INPUTS

BASE, EVERYTHING = "the base job", "everything"


@dataclass(frozen=True)
class Task:
    """One run of one reference.

    Attributes:
        broker: host:port.
        prefix: of the input topics.
        run: a name that no other run has; its group and its own topics are called by it.
        events: how many records there are.
        job: `BASE` or `EVERYTHING`.
        variant: which form of the reference.
        folder: for state and the report.
    """

    broker: str
    prefix: str
    run: str
    events: int
    job: str
    variant: str
    folder: str

    @property
    def own(self) -> str:
        """What the names of the run's own topics begin with."""
        return f"{self.prefix}{self.run}."

    @property
    def report(self) -> Path:
        """Where the process says what it did."""
        return Path(self.folder) / "report.json"

    def dumps(self) -> str:
        """For the command line."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_argv(cls) -> Task:
        """From the command line."""
        return cls(**orjson.loads(sys.argv[1]))


def job_of(task: Task) -> Job:
    """The job itself. How long the inputs are is found out before the clock starts, for nothing."""
    if task.job == BASE:
        return Job()
    settings = Settings(broker=task.broker, topic_prefix=task.prefix)
    with clients.reader(settings) as consumer:
        places = [
            each for topic in INPUTS for each in reading.partitions(consumer, settings.topic(topic.name))
        ]
        spans = reading.spans(consumer, places)
    return Everything(
        {(each.topic.removeprefix(task.prefix), each.partition): end for each, (_, end) in spans.items()}
    )


class Progress:
    """Counts records in a reference's process, and reports when all are done."""

    def __init__(self, task: Task, job: Job) -> None:
        self._task, self._job = task, job
        self._handled = self._sent = 0
        self._began: int | None = None

    def begin(self) -> None:
        """An event has come; the first one starts the clock."""
        if self._began is None:
            self._began = now_ms()

    def sending(self, done: Done) -> None:
        """A record has been worked on; what it sends to the run itself will come back."""
        self._sent += sum(send.topic in self._job.follows for send in done.sends)

    def handled(self) -> bool:
        """One more is done, of the inputs or of what was sent; True for the last."""
        self._handled += 1
        return self._handled == self._task.events + self._sent

    def report(self) -> None:
        """Everything is done, and durable as far as this variant makes it so."""
        counts = self._job.counts
        said = {
            "began": self._began,
            "ended": now_ms(),
            "ledger": {
                "processed": counts.processed,
                "duplicates": counts.duplicates,
                "too_late": counts.too_late,
                "dead_letters": sum(counts.dead_letters.values()),
            },
            "alerts": sum(self._job.row.alerts.values()),
        }
        draft = self._task.report.with_suffix(".draft")
        draft.write_bytes(orjson.dumps(said))
        draft.rename(self._task.report)
