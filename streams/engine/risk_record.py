"""What travels on `churn-risks`: the customers at risk of one day and one partition, and who came back."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from alerts.rules.churn import Reason, Risk
from streams.engine.days import LATEST
from streams.engine.intake import foreign
from streams.engine.records import Record

_EARLIEST = -62_135_596_800_000  # the year 1, ms: no calendar begins before

Moment = Annotated[int, Field(ge=0, le=LATEST)]
Since = Annotated[int, Field(ge=_EARLIEST, le=LATEST)]
Id = Annotated[str, Field(min_length=1, max_length=1_000)]
Short = Annotated[str, Field(max_length=200)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, le=1e30, allow_inf_nan=False)]


class _Reason(NamedTuple):
    family: Short
    log_odds: Number
    words: Short


class _Risk(NamedTuple):
    customer: Id
    silence: Since
    p: Annotated[float, Field(ge=0, le=1)]
    value: tuple[Money, Money, Money]
    currency: Short | None
    log_odds: Number
    base: Number
    reasons: Annotated[tuple[_Reason, ...], Field(max_length=3)]
    region: Annotated[str, Field(max_length=1_000)] | None
    synthetic: bool
    usual_gap: Money | None


class Back(NamedTuple):
    """A customer of whom a new order became known, and the time of the last one, ms."""

    customer: Id
    ordered: Since


class Risks(BaseModel):
    """One record.

    Attributes:
        at: the day's end, ms.
        model: version that scored.
        learnt: examples of the main horizon that it had learnt.
        days: the main horizon.
        risks: everybody whose probability is near the threshold or above.
        back: of whom a new order became known.
    """

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    at: Moment
    model: Short
    learnt: Annotated[int, Field(ge=0)]
    days: Annotated[int, Field(ge=1, le=3_650)]
    risks: tuple[_Risk, ...]
    back: tuple[Back, ...]


_RISK = TypeAdapter(_Risk)


def read(record: Record) -> tuple[int, Any]:
    """The day of a record, and what is held of it.

    Raises:
        Poison: Tocsin did not write it.
    """
    try:
        found = Risks.model_validate_json(record.value or b"")
    except ValidationError as error:
        raise foreign(_first(error)) from error
    return found.at, found.model_dump(mode="json")


def held(content: Any) -> Risks:
    """A record as it was held."""
    return Risks.model_validate(content, strict=False)


def risk(found: Any) -> Risk:
    """A customer at risk, of the list that travels or of one of `Risks.risks`.

    >>> travels = ["c", 5, 0.8, [9, 4, 20], "EUR", 1.4, 0.1, [["rhythm", 1.0, "silent"]], None, False, 9.0]
    >>> risk(travels).reasons[0].words, risk(travels).value
    ('silent', (9.0, 4.0, 20.0))
    """
    each = found if isinstance(found, _Risk) else _RISK.validate_python(found)
    return Risk(*each[:7], tuple(Reason(*reason) for reason in each.reasons), *each[8:])


def _first(error: ValidationError) -> str:
    wrong = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
