"""Which customers at risk a subscription is told of: so many a day, or those who are worth a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from alerts.config.problems import refuse
from alerts.rules import churn
from schemas.alert import SEVERITIES

if TYPE_CHECKING:
    from alerts.config.models import Config, Subscription

PER_DAY = 20
SAVED = 0.1


class Choice(BaseModel):
    """How customers at risk are chosen: by a budget of `per_day`, or by what a contact costs and saves.

    >>> Choice().key, Choice(contact_cost=4.50).key
    ('20 a day', 'cost 4.5 saved 0.1')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_day: Annotated[StrictInt, Field(ge=1, le=1_000)] | None = Field(
        default=None, description="the customers with most money at risk, so many new ones a day"
    )
    contact_cost: Annotated[float, Field(strict=True, gt=0, le=1e9, allow_inf_nan=False)] | None = Field(
        default=None, description="what one contact costs, in the shop's currency: whoever is worth it"
    )
    saved: Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)] | None = Field(
        default=None, description="share of leaving customers whom a contact keeps"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Choice:
        if self.contact_cost is not None and self.per_day is not None:
            raise refuse("wanted either per_day, or contact_cost and saved")
        if self.contact_cost is None and self.saved is not None:
            raise refuse("wanted contact_cost beside saved, such as {contact_cost: 4.50, saved: 0.1}")
        return self

    @property
    def budget(self) -> int:
        """New ones a day, where no contact's cost is named."""
        return self.per_day or PER_DAY

    @property
    def share(self) -> float:
        """Share of leaving customers whom a contact keeps."""
        return SAVED if self.saved is None else self.saved

    @property
    def key(self) -> str:
        """The value of the alert's label `choice`; equal choices have equal keys."""
        if self.contact_cost is None:
            return f"{self.budget} a day"
        return f"cost {self.contact_cost:.12g} saved {self.share:.12g}"


def mapping(raw: object) -> object:
    """Only keys and values can say how customers are chosen."""
    if raw is None or isinstance(raw, dict | Choice):
        return raw
    raise refuse("wanted {per_day: 20}, or {contact_cost: 4.50, saved: 0.1}")


def choices(config: Config) -> tuple[Choice, ...]:
    """Every distinct choice of the subscriptions that an alert of the rule `churn` can reach.

    >>> from alerts.config.load import load
    >>> text = '''analysts: [{name: Ana, mail: ana@example.com, receives: [
    ...     {rules: churn}, {churn: {per_day: 20}}, {churn: {per_day: 5}}, {rules: order_late}]}]'''
    >>> [choice.key for choice in choices(load(text, "tocsin.yaml"))]
    ['20 a day', '5 a day']
    """
    settings = config.rules.get(churn.NAME)
    if not getattr(settings, "enabled", False):
        return ()
    found = {
        each.choice.key: each.choice
        for analyst in config.analysts
        for each in analyst.receives
        if _reachable(each)
    }
    return tuple(found[key] for key in sorted(found))


def _reachable(subscription: Subscription) -> bool:
    labels = subscription.labels
    return (
        (subscription.rules is None or churn.NAME in subscription.rules)
        and SEVERITIES.index(subscription.min_severity) <= SEVERITIES.index(churn.SEVERITY)
        and labels.keys() <= churn.LABELS
        and subscription.choice.key in labels.get("choice", (subscription.choice.key,))
    )
