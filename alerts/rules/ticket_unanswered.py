"""A ticket has been waiting for an answer longer than its priority allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.timeline import Episode, Known, fact, happened, known_at, moment_words, span_words, utc
from schemas.alert import Alert, Fact, State, episode_id
from schemas.duration import Duration

NAME = "ticket_unanswered"
ENTITY = "ticket"
Priority = Literal["low", "normal", "high", "urgent"]

_OVER = "over"  # marks the start of a wait that was answered, and that is remembered for what it tells
_REMEMBERED = ("category", "priority", "region", "order_id", "text", "synthetic")


class Limits(BaseModel):
    """How long a customer may wait, by priority."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    urgent: Duration = timedelta(hours=1)
    high: Duration = timedelta(hours=4)
    normal: Duration = timedelta(hours=24)
    low: Duration = timedelta(hours=72)

    def ms(self, priority: str) -> int:
        """The limit of a priority, in milliseconds."""
        span: timedelta = getattr(self, priority)
        return span // timedelta(milliseconds=1)


class Settings(BaseModel):
    """What a shop may turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether the rule rings at all")
    limits: Limits = Field(default=Limits(), description="how long a customer may wait, by priority")


def episodes(events: Sequence[Known], settings: Settings) -> list[Episode]:
    """One episode for each wait: from its start until somebody of the shop answers.

    A wait begins when the ticket is opened or reopened, or the customer writes while nobody owes an answer;
    an agent's reply or a resolution ends it. Without the opened event the priority is unknown: quiet.

    >>> hour = 3_600_000
    >>> opened = Known(0, 0, "a", "opened", {"priority": "urgent"})
    >>> episodes([opened], Settings())
    [Episode(start='0', since=0, at=3600000, rings=True, recovered=None)]
    >>> answered = Known(2 * hour, 2 * hour, "b", "replied", {"by": "agent"})
    >>> episodes([opened, answered], Settings())[0].recovered == 2 * hour
    True
    """
    openings = sorted((event for event in events if event.kind == "opened"), key=happened)
    limits = sorted({settings.limits.ms(each.facts["priority"]) for each in openings})
    found: dict[str, Episode] = {}
    for start in events if openings else ():
        # Two starts in one millisecond are one wait.
        if _starts(start) and not (str(start.time) in found and found[str(start.time)].rings):
            found[str(start.time)] = _judged(events, start, limits, settings)
    return list(found.values())


def _judged(events: Sequence[Known], start: Known, limits: Sequence[int], settings: Settings) -> Episode:
    """The wait that begins with `start`. The priority is that of the first opening known at the moment."""
    name = str(start.time)
    for limit in limits:
        at = start.time + limit
        known = known_at(events, at)
        opening = next((event for event in known if event.kind == "opened"), None)
        if (
            opening is not None
            and settings.limits.ms(opening.facts["priority"]) == limit
            and waiting(known) == start
        ):
            return Episode(name, start.time, at, rings=True, recovered=_ended(events, start, at))
    # Had it rung before the answer was known, as can be after a pause of the whole stream: it is over.
    at = start.time + limits[0]
    return Episode(name, start.time, at, rings=False, recovered=at)


def settled(events: Sequence[Known]) -> list[Known]:
    """What must be remembered while nobody waits: the opening, the last answer, and each fact's newest event.

    None of them begins a wait any more: with the answers between them forgotten they would look unanswered.

    >>> opened = Known(0, 0, "a", "opened", {"priority": "urgent"})
    >>> asked, answered = Known(1, 1, "b", "replied", {"by": "customer"}), Known(2, 2, "c", "resolved", {})
    >>> [(event.id, event.facts.get("over")) for event in settled([opened, asked, answered])]
    [('a', True), ('c', None)]
    >>> len(settled([opened, asked]))
    2
    """
    ordered = sorted(events, key=happened)
    opening = next((event for event in ordered if event.kind == "opened"), None)
    if opening is None or waiting(ordered) is not None:
        return list(events)
    newest = {name: event for event in ordered for name in _REMEMBERED if event.facts.get(name) is not None}
    kept = [event for event in ordered if event in (opening, ordered[-1], *newest.values())]
    return [event._replace(facts={**event.facts, _OVER: True}) if _starts(event) else event for event in kept]


def _starts(event: Known) -> bool:
    if event.facts.get(_OVER):
        return False
    return event.kind in ("opened", "reopened") or (
        event.kind == "replied" and event.facts.get("by") == "customer"
    )


def waiting(ordered: Iterable[Known]) -> Known | None:
    """The event since which the customer waits, after all of `ordered`; None if nobody waits."""
    since = None
    for event in ordered:
        if not _starts(event):
            if not event.facts.get(_OVER):
                since = None
        elif since is None:
            since = event
    return since


def _ended(events: Sequence[Known], start: Known, at: int) -> int | None:
    """When it became known, after `at`, that nobody waits since `start` any more."""
    for when in sorted({event.eff for event in events if event.eff > at}):
        since = waiting(known_at(events, when))
        if since is None or happened(since) > happened(start):
            return when
    return None


def alert(state: State, ticket: str, customer_id: str, events: Sequence[Known], episode: Episode) -> Alert:
    """Put an episode into words, from what was known at its moment alone."""
    moment = episode.at if state == "ringing" or episode.recovered is None else episode.recovered
    known = known_at(events, moment)
    labels = {
        name: str(value)
        for name in ("category", "priority", "region")
        if (value := fact(known, name)) is not None
    }
    priority = labels.get("priority", "normal")
    category = labels.get("category", "support")
    facts = [Fact(label="Ticket", value=ticket), Fact(label="Customer", value=customer_id)]
    facts += [Fact(label=name.capitalize(), value=value) for name, value in labels.items()]
    if (order := fact(known, "order_id")) is not None:
        facts.append(Fact(label="Order", value=str(order)))
    facts.append(Fact(label="Waiting since", value=moment_words(episode.since)))
    if (text := fact(known, "text")) is not None:
        facts.append(Fact(label="Last words", value=str(text)))
    waited = span_words(moment - episode.since)
    if state == "ringing":
        title = f"Ticket {ticket} ({priority}, {category}) is unanswered"
        article = "an" if priority == "urgent" else "a"
        summary = (
            f"Customer {customer_id} has been waiting {waited} for an answer to {article} {priority} ticket."
        )
        suggestion = "Answer it now, or hand it to somebody who can."
    else:
        title = f"Ticket {ticket} ({priority}, {category}) is answered"
        summary = f"Customer {customer_id} had an answer after {waited}."
        suggestion = ""
    loud = priority in ("urgent", "high")
    return Alert(
        rule=NAME,
        state=state,
        entity_kind=ENTITY,
        entity=ticket,
        episode=episode_id(NAME, ENTITY, ticket, episode.start),
        since=utc(episode.since),
        at=utc(moment),
        severity="info" if state == "recovered" else "critical" if loud else "warning",
        title=title,
        summary=summary,
        suggestion=suggestion,
        customer_id=customer_id,
        facts=tuple(facts),
        labels=labels,
        synthetic=any(event.facts.get("synthetic") for event in known),
    )
