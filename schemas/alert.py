"""The alert: what a rule says about one episode, and the CloudEvent that carries it."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.shown import Chart, Table

State = Literal["ringing", "recovered"]
Severity = Literal["info", "warning", "critical"]

RINGING = "tocsin.alert.ringing.v1"
RECOVERED = "tocsin.alert.recovered.v1"
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")


class Fact(BaseModel):
    """One line of an alert's table, in words: `Fact(label="Promised", value="Tue 3 Jan, 18:00")`."""

    model_config = ConfigDict(frozen=True)
    label: str = Field(description="what it is")
    value: str = Field(description="in words or figures, fit to be shown as it is")


class Alert(BaseModel):
    """What a person is told about one episode.

    An episode is one stretch of trouble of one entity: this order late, this ticket waiting since then.
    It rings once and recovers once at most; both carry the same `episode`, which threads their mails.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    rule: str = Field(description="name of the rule, e.g. order_late")
    state: State = Field(description="ringing when it begins, recovered when it is over")
    entity_kind: str = Field(description="order, ticket, product, customer, model, series")
    entity: str = Field(description="the entity's id as publishers send it")
    episode: str = Field(description="32 hex digits, the same for ringing and recovered")
    since: AwareDatetime = Field(description="when the trouble began, in event time")
    at: AwareDatetime = Field(description="the moment of this message, in event time")
    severity: Severity = Field(description="how much it matters")
    title: str = Field(description="one line, fit for a mail's subject")
    summary: str = Field(description="one or two sentences: what is wrong, since when, how bad")
    suggestion: str = Field(default="", description="the one next step a good colleague would name")
    customer_id: str | None = Field(default=None, description="the customer, if it is about one")
    facts: tuple[Fact, ...] = Field(default=(), description="what a person wants to know, in this order")
    labels: dict[str, str] = Field(
        default_factory=dict,
        description="for filters: region, carrier, route, priority, category, product, department; "
        "of customers at risk the choice, of a drift the measure",
    )
    synthetic: bool = Field(default=False, description="true if an event behind it was generated")
    chart: Chart | None = Field(default=None, description="the series that it is about, as digests draw it")
    table: Table | None = Field(default=None, description="rows that it is about, as digests show them")

    @property
    def alert_id(self) -> str:
        """Deterministic id of this message."""
        return digest(self.rule, self.entity_kind, self.entity, self.episode, self.state)


class AlertEvent(BaseModel):
    """The CloudEvents 1.0 envelope in which an alert travels on the topic `alerts`, keyed by its episode."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = Field(default="1.0", description="version of CloudEvents")
    id: str = Field(description="32 hex digits, the same whenever this message is sent again")
    source: str = Field(description="the Tocsin that rang")
    type: Literal["tocsin.alert.ringing.v1", "tocsin.alert.recovered.v1"]
    time: AwareDatetime = Field(description="the moment of this message, in event time; as data.at")
    datacontenttype: Literal["application/json"] = Field(
        default="application/json", description="always application/json"
    )
    data: Alert

    @classmethod
    def of(cls, alert: Alert, source: str) -> AlertEvent:
        """Wrap an alert; the envelope's id is the alert's, its time the alert's moment."""
        kind = RINGING if alert.state == "ringing" else RECOVERED
        return cls.model_validate(
            {"id": alert.alert_id, "source": source, "type": kind, "time": alert.at, "data": alert}
        )


def digest(*parts: str) -> str:
    """32 hex digits that stand for `parts`, and for no other list of parts.

    >>> digest("a", "bc") == digest("ab", "c")
    False
    >>> len(digest("order_late", "order", "o-1"))
    32
    """
    joined = b"".join(b"%d:%b" % (len(raw), raw) for raw in (part.encode() for part in parts))
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def episode_id(rule: str, entity_kind: str, entity: str, start: str) -> str:
    """The id of an episode: the rule, the entity, and what began it (a moment, or an event's id)."""
    return digest("episode", rule, entity_kind, entity, start)
