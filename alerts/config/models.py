"""What `tocsin.yaml` holds: who reads alerts, and which."""

from __future__ import annotations

import re
import unicodedata
from datetime import tzinfo
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt
from pydantic_core import PydanticCustomError

from alerts.config.choice import Choice, mapping
from alerts.config.problems import did_you_mean
from alerts.config.schedule import Schedule, schedule
from schemas.alert import Severity

LABELS = (
    "carrier",
    "category",
    "channel",
    "choice",
    "department",
    "measure",
    "priority",
    "product",
    "region",
    "route",
)

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                     r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")  # fmt: skip
_LONGEST_LOCAL = 64


def _refuse(message: str) -> PydanticCustomError:
    return PydanticCustomError("tocsin", "{message}", {"message": message})


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
        raise _refuse(f"wanted an IANA time zone; {advice}") from error


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
        raise _refuse("wanted the bare address, such as ana@example.com; the display name goes into `name`")
    if not raw.isascii():
        raise _refuse("wanted an address in ASCII, such as ana@example.com; write the domain as xn--...")
    if not at or len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise _refuse("wanted one mail address, such as ana@example.com")
    return raw


def _display_name(raw: str) -> str:
    if any(unicodedata.category(char)[0] == "C" for char in raw):
        raise _refuse("wanted a name without line breaks, control or direction characters")
    return raw.strip()


def _label_value(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    raise _refuse("wanted text; put it in quotes")


def _one_or_more(raw: object) -> object:
    """A single value stands for a list of one."""
    return raw if isinstance(raw, list | tuple) else [raw]


def _label_name(raw: str) -> str:
    if raw not in LABELS:
        raise _refuse(f"unknown label; {did_you_mean(raw, LABELS)}")
    return raw


Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_display_name)]
Address = Annotated[str, AfterValidator(mail_address)]
Zone = Annotated[str, AfterValidator(_zone_name)]
LabelName = Annotated[str, AfterValidator(_label_name)]
LabelValues = Annotated[
    tuple[Annotated[str, BeforeValidator(_label_value), Field(min_length=1, max_length=200)], ...],
    BeforeValidator(_one_or_more),
    Field(min_length=1),
]


def either(values: tuple[str, ...]) -> str:
    """Alternatives in words."""
    return " or ".join(values)


class Model(BaseModel):
    """Frozen, and a stranger to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Subscription(Model):
    """A filter: an alert passes if it passes every part of it. An empty one takes everything."""

    rules: Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)] | None = Field(
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
    analysts: tuple[Analyst, ...] = ()

    def rule(self, name: str) -> BaseModel:
        """The settings of one rule: an object of the rule's own `Settings` class."""
        return cast("BaseModel", self.rules[name])
