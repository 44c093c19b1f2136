"""The trainer: learns labelled examples in one order, in whatever order they come, and publishes models."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.rules import churn_drift
from alerts.timeline import utc
from detectors.churn import chunk, codec
from detectors.churn.chunk import Labelled
from detectors.churn.codec import UnreadableModel
from detectors.churn.watch import Drift
from schemas.alert import Alert
from streams.engine import days, models
from streams.engine.intake import Intake, foreign
from streams.engine.models import MODELS, Adopted, untaught
from streams.engine.options import ChurnOptions, Options
from streams.engine.partition_row import KEY
from streams.engine.records import Batch, Record, Send
from streams.engine.ringing import send_alert
from streams.engine.state import Outcome, State
from streams.engine.taught import METRIC_DAYS, VERSIONS, Day, Progress, learn
from streams.engine.watermark import Quiet

EXAMPLES = "churn-examples"
_MODEL, _PROGRESS = b"model", b"progress"

Whole = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(max_length=1_000)]


class _Labels(BaseModel):
    """A record of `churn-examples`; `chunk.fits` looks at the numbers."""

    model_config = ConfigDict(strict=True, extra="ignore")

    label_at: Annotated[int, Field(ge=0, le=days.LATEST)]
    at: int
    days: Annotated[int, Field(ge=1, le=3_650)]
    names: Text
    who: list[Text]
    x: str
    p: str
    silent: list[Literal[0, 1]]
    orders: list[Whole]
    spend: list[Annotated[float, Field(ge=0, allow_inf_nan=False)]]


class TrainerStage:
    """One atomic step at a time over `churn-examples`; it has one partition.

    Labels are held until every source has told of their day, then learnt in the order (label time, customer,
    moment, horizon), a slice at a time. So the models are a function of the log, whatever the batches and
    however often the process was ended. Its rows: held records (`days`), `model` and `progress` (`taught`).

    Args:
        options: see there; `options.churn` says what is asked for.

    Attributes:
        said: sentences for the log of the process; the shell takes them out.
    """

    name = "trainer"
    changelog = "trainer-rows"
    inputs = (EXAMPLES,)

    def __init__(self, options: Options) -> None:
        self.options = options
        self.churn = options.churn or ChurnOptions()
        drift = options.rules.get(churn_drift.NAME)
        self._rings = not isinstance(drift, churn_drift.Settings) or drift.enabled
        self.said: list[str] = []
        self._said_left_out = False
        # Both are functions of rows, kept to spare the reading; the rows they are of stand beside them.
        self._models: tuple[bytes, Adopted] | None = None
        self._sorted: tuple[list[bytes], list[Labelled]] | None = None

    def quiet(self) -> Quiet:
        """What the recipe asks for; this stage waits for every source, however quiet."""
        return Quiet(self.options.idle_after)

    def opened(self, state: State) -> Outcome | None:
        """Begin again if the models that were saved cannot be read, or answer other questions.

        The topic of examples is read from its beginning. Until the last day that had been learnt, nothing is
        published or told: workers keep the last good version meanwhile.
        """
        raw = state.rows.get(_MODEL)
        if raw is None:
            return None
        try:
            saved = models.read(orjson.loads(raw))
            asked, had = self.churn, saved.churn
            if (tuple(had.horizons), had.main) == (asked.horizons, asked.main):
                return None
            why = (
                f"it tells of {list(had.horizons)} days and {had.main}, asked for are {list(asked.horizons)} "
            )
            why += f"and {asked.main}"
        except (UnreadableModel, orjson.JSONDecodeError) as wrong:
            why = str(wrong)
        self.said.append(
            f"the models that the trainer saved cannot be used: {why.rstrip('.')}. It learns them again from "
            "the beginning of churn-examples; workers keep the last good version until that is done."
        )
        row = state.row.copy()
        row.offsets, row.announced, row.watermark = {}, {}, None
        rows: dict[bytes, bytes | None] = {
            key: None for key in state.rows if key == _MODEL or key.startswith(days.HELD)
        }
        rows |= {_PROGRESS: Progress(_loads(state.rows.get(_PROGRESS))).again().dumps(), KEY: row.dumps()}
        return Outcome(row, rows=rows, dues=dict.fromkeys(rows), commit=True)

    def step(
        self,
        state: State,
        batches: Sequence[Batch],
        now: int,
        drained: Collection[str],  # noqa: ARG002 - no source is passed over for being quiet
        quiet: Quiet,  # noqa: ARG002 - the same
    ) -> Outcome:
        """What these batches change, and a slice of what was closed before them."""
        row = state.row.copy()
        intake = Intake(state.partition, row, now, self.options)
        outcome = Outcome(row, sends=intake.sends)
        days.take_in(outcome, intake, batches, _read)
        mark = days.closed(state.row, self.options.partitions)
        first = [] if mark is None else state.timers.passed(mark + 1, 1)
        if first:
            self._learn(state, outcome, days.day_of(first[0]))
        outcome.more = bool(first) or row.watermark != state.row.watermark
        outcome.commit = bool(first) or outcome.commit
        outcome.close(wall=self.options.wall)
        return outcome

    def _learn(self, state: State, outcome: Outcome, day: int) -> None:
        """A slice of a day's labels, and the close of the day after its last one."""
        keys = state.timers.passed(day + 1, len(state.rows))
        held = {key: state.rows[key] for key in keys}
        progress = Progress(_loads(state.rows.get(_PROGRESS)))
        if progress.at != day:
            progress.at, progress.done, progress.learnt = day, 0, 0
        labels = self._in_order(list(held.values()))
        taught = self._take(state)
        end = progress.done + self.churn.labels
        for drift in learn(taught, progress, labels[progress.done : end]):
            if self._rings and (progress.told is None or day > progress.told):
                outcome.sends.append(send_alert(outcome.row, _alert(drift, self.churn.main), self.name))
        if progress.done >= len(labels):
            self._close(outcome, held, labels, taught, progress)
        raw = orjson.dumps(models.document(taught))  # of version `trainer`: it is nobody's to score with
        self._models = (raw, taught)
        outcome.rows |= {_MODEL: raw, _PROGRESS: progress.dumps()}

    def _close(
        self,
        outcome: Outcome,
        held: dict[bytes, bytes],
        labels: list[Labelled],
        taught: Adopted,
        progress: Progress,
    ) -> None:
        """After a day's last label: its figures, and the version that it made."""
        day = days.day_of(next(iter(held)))
        outcome.rows |= dict.fromkeys(held)
        outcome.dues |= dict.fromkeys(held)
        self._leave_out(held, progress)
        judged = [each for each in labels if each.days == self.churn.main]
        if judged:
            progress.days = [*progress.days, Day.of(day, judged)][-METRIC_DAYS:]
        progress.at, progress.last = None, day
        if progress.learnt:
            progress.offset = max(map(days.offset_of, held)) + 1
            if progress.told is None or day >= progress.told:
                _publish(outcome, day, taught, progress)

    def _leave_out(self, held: dict[bytes, bytes], progress: Progress) -> None:
        """Count the examples that this program cannot learn, and say so once."""
        strange = [each for each in map(_held, held.values()) if each["names"] != chunk.FINGERPRINT]
        left = sum(len(each["who"]) for each in strange)
        if left and not self._said_left_out:
            self._said_left_out = True
            self.said.append(
                f"{left} examples of a day were taken with other features than this program's, and cannot be "
                "learnt: an older or newer worker took them. It is over when their horizons are."
            )
        progress.left_out += left

    def _in_order(self, rows: list[bytes]) -> list[Labelled]:
        if self._sorted is None or self._sorted[0] != rows:
            self._sorted = (rows, chunk.examples(map(_held, rows)))
        return self._sorted[1]

    def _take(self, state: State) -> Adopted:
        """The models of the row, to be changed: who takes them writes them."""
        kept, self._models = self._models, None
        raw = state.rows.get(_MODEL)
        if raw is None:
            return untaught(self.churn.horizons, self.churn.main)
        return kept[1] if kept is not None and kept[0] == raw else models.read(orjson.loads(raw))


def _publish(outcome: Outcome, day: int, taught: Adopted, progress: Progress) -> None:
    """Send the models as a version, and drop the oldest one."""
    version = f"{utc(day):%Y-%m-%d}-{codec.to_json(taught.churn)['checksum'][:8]}"
    document = models.document(
        Adopted(version, taught.churn, taught.value),
        label_time=utc(day).isoformat().replace("+00:00", "Z"),
        learnt={str(horizon): each.learnt for horizon, each in taught.churn.horizons.items()},
        metrics=progress.metrics(),
        offsets={EXAMPLES: progress.offset},
        left_out=progress.left_out,
    )
    known = [each for each in progress.versions if each != version] + [version]
    progress.versions = known[-VERSIONS:]
    outcome.sends.append(Send(MODELS, 0, version.encode(), orjson.dumps(document)))
    outcome.sends += [Send(MODELS, 0, old.encode(), None) for old in known[:-VERSIONS]]


def _read(record: Record) -> tuple[int, Any]:
    """The day of labels, and what is held of them.

    Raises:
        Poison: Tocsin did not write them.
    """
    try:
        labels = _Labels.model_validate_json(record.value or b"")
    except ValidationError as error:
        raise foreign(error.errors(include_url=False, include_input=False)[0]["loc"]) from error
    content = labels.model_dump()
    if labels.names == chunk.FINGERPRINT and not chunk.fits(content):
        raise foreign("numbers that are not whole or not finite")
    return labels.label_at, content


def _held(raw: bytes) -> Any:
    return orjson.loads(raw)["held"]


def _loads(raw: bytes | None) -> Any:
    return None if raw is None else orjson.loads(raw)


def _alert(drift: Drift, horizon: int) -> Alert:
    return churn_drift.alert(drift.measure, at=drift.at, before=drift.before, after=drift.after, days=horizon)
