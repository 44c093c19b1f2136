"""The key `watch` of `tocsin.yaml`: standing questions about pairs and series."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import BeforeValidator, Field, StrictInt, model_validator

from alerts.config.fields import DAY, Bucket, MeasureName, Model, Name, Text, span
from alerts.config.pairs import Level, Lift, Method, Rate, Window
from alerts.config.problems import refuse
from schemas.measures import DIMENSIONS

_WEEK = timedelta(days=7)
ConditionName = Literal[
    "below forecast",
    "above forecast",
    "below range",
    "above range",
    "outside range",
    "below",
    "above",
    "silent",
]
_ALONE: dict[str, ConditionName] = {
    name: name for name in get_args(ConditionName) if name not in ("below", "above")
}
_BESIDE: dict[str, ConditionName] = {"below": "below", "above": "above"}
_NUMBER = r"(-?\d{1,15}(?:\.\d{1,9})?)\s*(%?)"
_BY = re.compile(rf"(below forecast|above forecast) by {_NUMBER}", re.ASCII)
_THAN = re.compile(rf"(above|below) {_NUMBER}", re.ASCII)


class Condition(NamedTuple):
    """What has to hold of a bucket; see `detectors.series.question.SeriesQuestion`."""

    name: ConditionName
    threshold: float | None


def read_condition(raw: object) -> Condition:
    """Read a condition.

    Raises:
        PydanticCustomError: (a `ValueError`) it is none; the message says which there are.

    >>> read_condition("below  Forecast by 10%"), read_condition("above 500")
    (Condition(name='below forecast', threshold=0.1), Condition(name='above', threshold=500.0))
    """
    if isinstance(raw, Condition):
        return raw
    words = " ".join(raw.lower().split()) if isinstance(raw, str) else ""
    if words in _ALONE:
        return Condition(_ALONE[words], None)
    if (found := _THAN.fullmatch(words)) is not None:
        return Condition(_BESIDE[found[1]], float(found[2]) / (100 if found[3] else 1))
    if (found := _BY.fullmatch(words)) is not None and found[3] and float(found[2]) >= 0:
        return Condition(_ALONE[found[1]], float(found[2]) / 100)
    raise refuse(
        "wanted below forecast, above forecast (both also: by 10%), below range, above range, outside range, "
        "above 500, below 20, or silent"
    )


class PairsAsked(Model):
    """A question about what is bought together."""

    product: Text | None = Field(default=None, description="only pairs with it, or with this category")
    partner: Text | None = Field(default=None, alias="with", description="beside `product`: this one pair")
    department: Text | None = Field(default=None, description="only pairs of products within it")
    region: Text | None = Field(default=None, description="only orders of it; absent: all")
    window: Window = Field(
        default=_WEEK, description="whole days from `7d` to `365d`; it closes at the end of each Sunday"
    )
    level: Level = Field(default="product", description="`product` or `category`")
    min_lift: Lift = Field(default=1.2, description="times as often as by chance, at least")
    fdr: Rate = Field(default=0.05, description="share of mere chance among what is told")
    method: Method = Field(default="bh", description="`bh` or `by`")
    sized: bool = Field(
        default=True, description="whether to leave out what large baskets bring together by themselves"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> PairsAsked:
        if self.partner is not None and self.product is None:
            raise refuse("wanted product beside with, such as {product: tea, with: milk}")
        if self.partner is not None and self.partner == self.product:
            raise refuse("wanted two different products: product and with are the same")
        if self.department is not None and self.level == "category":
            raise refuse("a department is a category itself; take out `level: category`, or department")
        return self

    def words(self) -> str:
        """What is asked, in words.

        >>> PairsAsked(product="tea", region="East", min_lift=2.0).words()
        'pairs of products with tea, of region East, in the last 7d, with q up to 0.05 and lift from 2'
        """
        what = "pairs of products" if self.level == "product" else "pairs of categories"
        if self.product is not None:
            what = f"{self.product} and {self.partner}" if self.partner else f"{what} with {self.product}"
        inside = f" within {self.department}" if self.department is not None else ""
        where = f", of region {self.region}" if self.region is not None else ""
        rule = f"with q up to {self.fdr:g} and lift from {self.min_lift:g}"
        return f"{what}{inside}{where}, in the last {span(self.window)}, {rule}"


class SeriesAsked(Model):
    """A question about a measure, overall or of one slice."""

    measure: MeasureName = Field(description="what is measured")
    region: Text | None = Field(default=None, description="only of it")
    department: Text | None = Field(default=None, description="only of it")
    carrier: Text | None = Field(default=None, description="only of it")
    route: Text | None = Field(default=None, description="only of it, as `carrier / route`")
    channel: Text | None = Field(default=None, description="only of it")
    category: Text | None = Field(default=None, description="only of it")
    currency: Text | None = Field(default=None, description="only of it")
    source: Text | None = Field(default=None, description="only of it")
    topic: Text | None = Field(default=None, description="only of it")
    bucket: Bucket = Field(default=DAY, description="from `1m` to `1d`, dividing a day")
    condition: Annotated[Condition, BeforeValidator(read_condition)] = Field(
        alias="is",
        description="`below forecast`, `above forecast` (both also `by 10%`), `below range`, `above range`, "
        "`outside range`, `above 500`, `below 20` or `silent`",
    )
    runs: Annotated[StrictInt, Field(ge=1, le=1_000)] = Field(
        default=1, alias="for", description="so many buckets running"
    )

    @model_validator(mode="after")
    def _one_slice(self) -> SeriesAsked:
        named = [name for name in DIMENSIONS if getattr(self, name) is not None]
        if len(named) > 1:
            raise refuse(f"wanted one of {', '.join(named)}: a series is cut by one of them at a time")
        return self

    @property
    def slice(self) -> tuple[str, str]:
        """Dimension and value; both empty for the overall series."""
        return next(
            ((name, value) for name in DIMENSIONS if (value := getattr(self, name)) is not None), ("", "")
        )

    def words(self) -> str:
        """What is asked, in words.

        >>> SeriesAsked(**{"measure": "orders", "region": "West", "is": "below 20", "for": 3}).words()
        'orders of region West, below 20 in 3 buckets of 1d running'
        """
        dimension, value = self.slice
        name, threshold = self.condition
        by = "" if threshold is None else f" {threshold:g}"
        if threshold is not None and name not in _BESIDE:
            by = f" by {100 * threshold:.4g}%"
        subject = f"{self.measure} of {dimension} {value}" if dimension else self.measure
        buckets = f"bucket{'s' if self.runs > 1 else ''} of {span(self.bucket)}"
        return f"{subject}, {name}{by} in {self.runs} {buckets}{' running' if self.runs > 1 else ''}"


class Question(Model):
    """One standing question."""

    name: Name = Field(description="what the alert is called; no two questions have the same")
    pairs: PairsAsked | None = Field(default=None, description="a question about pairs")
    series: SeriesAsked | None = Field(default=None, description="a question about a series")

    @model_validator(mode="after")
    def _about_one(self) -> Question:
        if (self.pairs is None) == (self.series is None):
            raise refuse("wanted either pairs or series")
        return self

    def words(self) -> str:
        """What is asked, in words."""
        asked = self.pairs or self.series
        return asked.words() if asked is not None else ""
