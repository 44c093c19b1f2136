"""A product is out of stock on orders again and again."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from alerts.timeline import moment_words, span_words, utc
from schemas.alert import Alert, Fact, State, episode_id
from schemas.duration import Duration

NAME = "out_of_stock"
ENTITY = "product"


class Settings(BaseModel):
    """What a shop may turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether the rule rings at all")
    orders: int = Field(default=5, ge=1, le=1000, description="distinct orders that missed the product")
    within: Duration = Field(default=timedelta(hours=24), description="within this long")
    quiet: Duration = Field(default=timedelta(hours=48), description="over when no order missed it this long")


def alert(
    state: State,
    product: str,
    *,
    start: str,
    since: int,
    at: int,
    orders: int,
    labels: dict[str, str],
    synthetic: bool,
) -> Alert:
    """Put an episode into words.

    Args:
        state: ringing or recovered.
        product: the product's id.
        start: the event that made the episode ring.
        since: effective time of the episode's first report, ms.
        at: the moment of this message, ms.
        orders: distinct orders that missed the product so far.
        labels: department and region, where every report agrees.
        synthetic: whether a report was generated.
    """
    where = f" in {labels['region']}" if "region" in labels else ""
    facts = [Fact(label="Product", value=product)]
    facts += [Fact(label=name.capitalize(), value=value) for name, value in labels.items()]
    facts += [
        Fact(label="Orders without it", value=str(orders)),
        Fact(label="Since", value=moment_words(since)),
    ]
    if state == "ringing":
        title = f"Product {product} is out of stock on {orders} orders"
        summary = (
            f"{orders} orders went without product {product}{where} within {span_words(at - since)}, "
            f"the first at {moment_words(since)}."
        )
        suggestion = "Check the stock and the supplier, and take it off the shop or offer a substitute."
    else:
        title = f"Product {product} is no longer missed"
        summary = f"No order went without product {product}{where} any more; {orders} had."
        suggestion = ""
    return Alert(
        rule=NAME,
        state=state,
        entity_kind=ENTITY,
        entity=product,
        episode=episode_id(NAME, ENTITY, product, start),
        since=utc(since),
        at=utc(at),
        severity="warning" if state == "ringing" else "info",
        title=title,
        summary=summary,
        suggestion=suggestion,
        facts=tuple(facts),
        labels={"product": product, **labels},
        synthetic=synthetic,
    )
