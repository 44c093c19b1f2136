"""A standing question of `tocsin.yaml` has an answer; the words are those of `alerts.answers`."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from alerts.timeline import utc
from schemas.alert import Alert, Fact, Severity, State, episode_id
from schemas.shown import Chart, Table

NAME = "watch"
ENTITY = "question"


class Settings(BaseModel):
    """What a shop may turn; the questions themselves are the key `watch` of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether standing questions are asked at all")


def alert(
    state: State,
    question: str,
    start: int,
    *,
    since: int,
    at: int,
    severity: Severity,
    title: str,
    summary: str,
    facts: Sequence[Fact],
    labels: dict[str, str],
    chart: Chart | None = None,
    table: Table | None = None,
    synthetic: bool = False,
) -> Alert:
    """One message about one question.

    Args:
        state: ringing or recovered.
        question: its name.
        start: what began the episode: the end of a window, or the first bucket of a run, ms.
        since: when what is told began, ms.
        at: the close at which it was found, ms.
        severity: of the ringing.
        title: what was found, without the question's name.
        summary: the same in one or two sentences.
        facts: what a person wants to know.
        labels: for filters; `question` is added.
        chart: the series that was asked about.
        table: the pairs that were found.
        synthetic: whether a generated event is behind it.
    """
    return Alert(
        rule=NAME,
        state=state,
        entity_kind=ENTITY,
        entity=question,
        episode=episode_id(NAME, ENTITY, question, str(start)),
        since=utc(since),
        at=utc(at),
        severity=severity if state == "ringing" else "info",
        title=f"{question}: {title}",
        summary=summary,
        facts=tuple(facts),
        labels={**labels, "question": question},
        synthetic=synthetic,
        chart=chart,
        table=table,
    )
