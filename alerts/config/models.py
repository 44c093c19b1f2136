"""What `tocsin.yaml` holds: who reads alerts, and which."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StrictInt

from alerts.config.choice import Choice, mapping
from alerts.config.fields import Model, Name, Text, one_or_more
from alerts.config.pairs import Pairs
from alerts.config.problems import did_you_mean, refuse
from alerts.config.schedule import Schedule, schedule
from alerts.config.series import Series
from alerts.config.watch import Question
from schemas.alert import Severity

LABELS = (
    "bucket",
    "carrier",
    "category",
    "change",
    "channel",
    "choice",
    "currency",
    "department",
    "direction",
    "field",
    "measure",
    "priority",
    "product",
    "question",
    "region",
    "route",
    "source",
    "topic",
)

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                     r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")  # fmt: skip
_LONGEST_LOCAL = 64


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        PydanticCustomError: (a `ValueError`) there is none of that name.
    """
    try:
        return ZoneInfo(name)
    # Names that are folders or odd paths raise as the file system does.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        advice = did_you_mean(name, {each for each in available_timezones() if "/" in each} | {"UTC"})
        advice = advice if advice.startswith("did") else "such as Europe/Berlin or UTC"
        raise refuse(f"wanted an IANA time zone; {advice}") from error


def _zone_name(name: str) -> str:
    zone(name)
    return name


def mail_address(raw: str) -> str:
    """One bare address in ASCII, fit for a header and an envelope.

    Raises:
        PydanticCustomError: (a `ValueError`) it is not; the message says what to write.
    """
    local, at, domain = raw.rpartition("@")
    if "<" in raw:
        raise refuse("wanted the bare address, such as ana@example.com; the display name goes into `name`")
    if not raw.isascii():
        raise refuse("wanted an address in ASCII, such as ana@example.com; write the domain as xn--...")
    if not at or len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise refuse("wanted one mail address, such as ana@example.com")
    return raw


def _label_name(raw: str) -> str:
    if raw not in LABELS:
        raise refuse(f"unknown label; {did_you_mean(raw, LABELS)}")
    return raw


Address = Annotated[str, AfterValidator(mail_address)]
Zone = Annotated[str, AfterValidator(_zone_name)]
LabelName = Annotated[str, AfterValidator(_label_name)]
LabelValues = Annotated[
    tuple[Text, ...],
    BeforeValidator(one_or_more),
    Field(min_length=1),
]


def either(values: tuple[str, ...]) -> str:
    """Alternatives in words."""
    return " or ".join(values)


class Subscription(Model):
    """A filter: an alert passes if it passes every part of it. An empty one takes everything."""

    rules: Annotated[tuple[str, ...], BeforeValidator(one_or_more), Field(min_length=1)] | None = Field(
        default=None, description="names of rules; absent: every rule"
    )
    min_severity: Severity = Field(default="info", description="info, warning or critical")
    labels: dict[LabelName, LabelValues] = Field(
        default_factory=dict, description="each named label must have one of its values"
    )
    recovered: bool = Field(default=True, description="whether a mail says that the trouble is over")
    churn: Annotated[Choice | None, BeforeValidator(mapping)] = Field(
        default=None, description="which customers at risk are told: by a budget a day, or by cost"
    )
    digest: Annotated[Schedule | None, BeforeValidator(schedule)] = Field(
        default=None, description="when a digest brings what passes; absent: each alert is a mail at once"
    )

    @property
    def choice(self) -> Choice:
        """Which customers at risk it is told of."""
        return self.churn or Choice()

    def words(self) -> str:
        """What it asks for, in words.

        >>> Subscription(rules=("order_late",), labels={"region": ("North", "East")}).words()
        'alerts of order_late with region North or East'
        """
        words = "every alert" if self.rules is None else f"alerts of {either(self.rules)}"
        labels = [f"{label} {either(values)}" for label, values in self.labels.items()]
        words += f" with {', '.join(labels)}" if labels else ""
        words += f", customers at risk by '{self.choice.key}'" if self.churn else ""
        words += "" if self.min_severity == "info" else f" from {self.min_severity} on"
        return f"{words}, in a digest {self.digest.words()}" if self.digest else words


class Analyst(Model):
    """A person who gets mails.

    Attributes:
        timezone: IANA name; the file's own where the analyst gives none.
    """

    name: Name
    mail: Address
    timezone: Zone | None = None
    receives: Annotated[tuple[Subscription, ...], Field(min_length=1)]
    at_most_per_day: Annotated[StrictInt, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="new alerts a day, in the analyst's zone; a 'recovered' mail does not count"
    )

    @property
    def zone(self) -> tzinfo:
        """The zone in which this analyst's days begin."""
        return zone(self.timezone or "UTC")


class Config(Model):
    """The whole file, checked."""

    timezone: Zone = "UTC"
    rules: dict[str, Any] = Field(
        default_factory=dict, description="settings of every known rule, defaults filled in"
    )
    series: Series | None = Field(default=Series(), description="how series are watched; None: not at all")
    pairs: Pairs | None = Field(default=Pairs(), description="how pairs are looked at; None: not at all")
    watch: tuple[Question, ...] = Field(default=(), description="standing questions")
    analysts: tuple[Analyst, ...] = ()

    def rule(self, name: str) -> BaseModel:
        """The settings of one rule: an object of the rule's own `Settings` class."""
        return cast("BaseModel", self.rules[name])
