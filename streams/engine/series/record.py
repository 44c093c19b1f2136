"""What travels on `series-partials`, as the stage of the series reads it; `telling` writes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detectors.series.series import LATEST_MS
from schemas.measures import DIMENSIONS, MEASURES, OVERALL
from streams.engine.intake import foreign
from streams.engine.records import Record
from streams.engine.series.options import DAY

_MOST = 1 << 62

Moment = Annotated[int, Field(ge=0, lt=LATEST_MS)]
Name = Annotated[str, Field(max_length=200)]
Value = Annotated[str, Field(max_length=1_000)]
Whole = Annotated[int, Field(ge=-_MOST, le=_MOST)]
Count = Annotated[int, Field(ge=0, le=_MOST)]


class _Value(NamedTuple):
    measure: Name
    dimension: Name
    value: Value
    num: Whole
    den: Whole
    generated: Literal[0, 1]


class _Quality(NamedTuple):
    source: Value
    kind: Name
    field: Name
    empty: Count
    events: Count


class _Label(NamedTuple):
    source: Value
    field: Name
    value: Value
    events: Count


class Partial(BaseModel):
    """One record: what one partition adds in one base bucket."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    begin: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    values: tuple[_Value, ...]
    quality: tuple[_Quality, ...]
    labels: tuple[_Label, ...]


def read(record: Record) -> tuple[int, Any]:
    """The end of a record's bucket, ms, and what is held of it; what this version does not measure is not.

    Raises:
        Poison: Tocsin did not write it.
    """
    try:
        found = Partial.model_validate_json(record.value or b"")
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        raise foreign(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from error
    if not found.begin < found.end <= found.begin + 2 * DAY:  # a local day may be longer than 24 hours
        raise foreign(f"from {found.begin} to {found.end}")
    return found.end, {
        "values": [list(each) for each in found.values if _measured(each)],
        "quality": [list(each) for each in found.quality],
        "labels": [list(each) for each in found.labels],
    }


def _measured(each: _Value) -> bool:
    """Whether there is such a series; an overall one has no value, a slice has one."""
    if each.measure not in MEASURES or (each.dimension == OVERALL) != (each.value == ""):
        return False
    return each.dimension == OVERALL or each.dimension in DIMENSIONS
