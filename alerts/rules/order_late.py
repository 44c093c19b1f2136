"""An order is past its promised date and not delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from alerts.timeline import Episode, Known, fact, happened, known_at, moment_words, span_words, utc
from schemas.alert import Alert, Fact, State, episode_id
from schemas.duration import Duration

NAME = "order_late"
ENTITY = "order"
CLOSERS = frozenset({"delivered", "cancelled", "returned"})


class Settings(BaseModel):
    """What a shop may turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether the rule rings at all")
    grace: Duration = Field(default=timedelta(0), description="how long after the promised date it rings")


def episodes(events: Sequence[Known], settings: Settings) -> list[Episode]:
    """One episode for each promised date that was in force when it passed.

    A promise is made by a placed or shipped event; of those known at a moment, the one that happened last
    is in force. Nothing rings for an order that became known only after its promised date.

    >>> placed = Known(0, 0, "a", "placed", {"promised": 100})
    >>> episodes([placed], Settings())
    [Episode(start='100', since=100, at=100, rings=True, recovered=None)]
    >>> episodes([placed, Known(90, 120, "b", "delivered", {})], Settings())  # known too late to keep quiet
    [Episode(start='100', since=100, at=100, rings=True, recovered=120)]
    >>> episodes([placed, Known(90, 90, "b", "delivered", {})], Settings())[0].rings
    False
    """
    grace = settings.grace // timedelta(milliseconds=1)
    promises = [event for event in events if event.facts.get("promised") is not None]
    if not promises:
        return []
    promises.sort(key=happened)
    placed = min((event.eff for event in events if event.kind == "placed"), default=None)
    closed = min((event.eff for event in events if event.kind in CLOSERS), default=None)
    found = []
    for promised in sorted({event.facts["promised"] for event in promises}):
        at = promised + grace
        in_force = [event for event in promises if event.eff <= at]
        rings = (
            placed is not None
            and placed <= at
            and (closed is None or closed > at)
            and bool(in_force)
            and in_force[-1].facts["promised"] == promised
        )
        over = [when for when in (closed, _revised(promises, at)) if when is not None]
        # Had it rung before that was known, as can be after a pause of the whole stream: it is over.
        recovered = min(over, default=None) if rings else at
        found.append(Episode(str(promised), promised, at, rings, recovered))
    return found


def settled(events: Sequence[Known]) -> list[Known]:
    """What must be remembered once all is over and known: that it is closed, and since when.

    >>> placed = Known(0, 0, "a", "placed", {"promised": 100})
    >>> delivered = Known(90, 90, "b", "delivered", {})
    >>> settled([placed, delivered]) == [delivered], settled([placed]) == [placed]
    (True, True)
    """
    closers = [event for event in events if event.kind in CLOSERS]
    return [min(closers, key=lambda each: (each.eff, *happened(each)))] if closers else list(events)


def _revised(promises: Sequence[Known], at: int) -> int | None:
    """When it became known, after `at`, that a later date is promised."""
    for event in sorted(promises, key=lambda each: (each.eff, *happened(each))):
        if event.eff <= at or event.facts["promised"] <= at:
            continue
        known = [other for other in promises if other.eff <= event.eff]
        if known[-1] == event:
            return event.eff
    return None


def alert(state: State, order: str, customer_id: str, events: Sequence[Known], episode: Episode) -> Alert:
    """Put an episode into words, from what was known at its moment alone."""
    moment = episode.at if state == "ringing" or episode.recovered is None else episode.recovered
    known = known_at(events, moment)
    labels = {
        name: str(value)
        for name in ("carrier", "route", "region", "channel")
        if (value := fact(known, name)) is not None
    }
    by = f" by {labels['carrier']}" if "carrier" in labels else ""
    on = f" on route {labels['route']}" if "route" in labels else ""
    facts = [Fact(label="Order", value=order), Fact(label="Customer", value=customer_id)]
    facts += [Fact(label=name.capitalize(), value=value) for name, value in labels.items()]
    if (total := fact(known, "total")) is not None:
        facts.append(Fact(label="Value", value=str(total)))
    facts.append(Fact(label="Promised", value=moment_words(episode.since)))
    if state == "ringing":
        shipped = next((event for event in known if event.kind == "shipped"), None)
        status = f"shipped {moment_words(shipped.time)}" if shipped else "not shipped"
        facts.append(Fact(label="Status", value=f"{status}, not delivered"))
        title = f"Order {order} is late"
        summary = (
            f"Order {order} of customer {customer_id} was promised for {moment_words(episode.since)} "
            f"and has not been delivered{by}{on}."
        )
        suggestion = (
            f"Ask {labels.get('carrier', 'the carrier')} where it is, and tell the customer before they ask."
        )
    else:
        closer = next((event for event in reversed(known) if event.kind in CLOSERS), None)
        end = closer.kind if closer else "promised anew"
        late = (closer.time if closer else moment) - episode.since
        facts.append(Fact(label="Now", value=f"{end} {moment_words(closer.time if closer else moment)}"))
        # A delivery that was on time but became known late was never late for the customer.
        how = f"{span_words(late)} after its promised date" if late > 0 else "on time, as is known now"
        title = f"Order {order} is {end}"
        if closer is None:
            end = f"promised anew for {moment_words(fact(known, 'promised'))}"
        elif closer.kind == "delivered":
            end = f"delivered{by}{on}"
        summary = f"Order {order} of customer {customer_id} is {end}, {how}."
        suggestion = ""
    return Alert(
        rule=NAME,
        state=state,
        entity_kind=ENTITY,
        entity=order,
        episode=episode_id(NAME, ENTITY, order, episode.start),
        since=utc(episode.since),
        at=utc(moment),
        severity="warning" if state == "ringing" else "info",
        title=title,
        summary=summary,
        suggestion=suggestion,
        customer_id=customer_id,
        facts=tuple(facts),
        labels=labels,
        synthetic=any(event.facts.get("synthetic") for event in known),
    )
