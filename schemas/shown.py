"""What an alert may show besides its words: a curve with the range that was expected, or a table."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_POINTS = 400
MOST_ROWS = 50
MOST_COLUMNS = 12

_YEAR_2200 = 7_258_118_400_000  # no shop's figures are later, and an axis of thousands of years has no ticks

Moment = Annotated[int, Field(ge=0, le=_YEAR_2200)]
# Larger ones are no figures of a shop, and no axis can be drawn for them.
Number = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
Values = Annotated[tuple[Number | None, ...], Field(max_length=MOST_POINTS)]
Short = Annotated[str, Field(max_length=200)]


class Chart(BaseModel):
    """A series over time: what came, what was expected, and the range that would have been usual.

    >>> Chart(title="Orders", times=(0, 3_600_000), actual=(4, 9)).expected
    ()
    >>> Chart(title="Orders", times=(0,), actual=(4, 9))
    Traceback (most recent call last):
    ...
    pydantic_core._pydantic_core.ValidationError: 1 validation error for Chart
      Value error, actual has 2 values for 1 times [type=value_error, ...
    """

    model_config = ConfigDict(frozen=True)
    title: Short = Field(description="what is counted, e.g. 'Orders, region West'")
    unit: Annotated[str, Field(max_length=40)] = Field(
        default="", description="of the values, e.g. 'orders an hour'"
    )
    times: Annotated[tuple[Moment, ...], Field(min_length=1, max_length=MOST_POINTS)] = Field(
        description="ms since 1970 UTC, ascending"
    )
    actual: Values = Field(description="what came at each time; null where nothing is known")
    expected: Values = Field(
        default=(), description="the middle of what was expected; null or absent: nothing was"
    )
    lower: Values = Field(default=(), description="lower end of the expected range")
    upper: Values = Field(default=(), description="upper end of the expected range")

    @model_validator(mode="after")
    def _in_step(self) -> Self:
        for name in ("actual", "expected", "lower", "upper"):
            values = getattr(self, name)
            if len(values) != len(self.times) and (values or name == "actual"):
                raise ValueError(f"{name} has {len(values)} values for {len(self.times)} times")
        if any(later <= earlier for earlier, later in pairwise(self.times)):
            raise ValueError("times must ascend")
        return self


class Table(BaseModel):
    """Rows of text under column names; what did not fit is counted.

    >>> Table(title="Pairs", columns=("a", "b"), rows=(("tea", "milk"),), left_out=3).left_out
    3
    """

    model_config = ConfigDict(frozen=True)
    title: Short = Field(description="what the rows are")
    columns: Annotated[tuple[Short, ...], Field(min_length=1, max_length=MOST_COLUMNS)] = Field(
        description="name of each column"
    )
    rows: Annotated[tuple[tuple[Short, ...], ...], Field(max_length=MOST_ROWS)] = Field(
        description="a cell for each column, fit to be shown as it is"
    )
    left_out: Annotated[int, Field(ge=0)] = Field(default=0, description="rows that did not fit")

    @model_validator(mode="after")
    def _square(self) -> Self:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells for {len(self.columns)} columns")
        return self
