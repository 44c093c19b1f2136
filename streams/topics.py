"""Every topic: what it carries, how it is keyed, kept and limited. `tocsin topics` and the docs read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)
MIB = 1 << 20
COMPRESSION = "zstd"
"""Of what we write: rows shrink to a fifth. Publishers choose for themselves; every codec is read."""


@dataclass(frozen=True)
class Topic:
    """One topic's contract.

    Attributes:
        name: without the prefix.
        purpose: one sentence for people.
        key: what the record key is.
        keep: how long records stay; None for a compacted topic, which keeps the newest record of each key.
        max_bytes: largest record batch the broker takes. Inputs take more than an event may have, so that an
            oversized one arrives, is counted and becomes a dead letter instead of failing in its publisher.
        internal: written by Tocsin only, in transactions.
        partitions: how many; None for as many as every keyed topic has.
    """

    name: str
    purpose: str
    key: str
    keep: timedelta | None
    max_bytes: int = 2 * MIB
    internal: bool = False
    partitions: int | None = None

    @property
    def config(self) -> dict[str, str]:
        """The broker's settings for it."""
        config = {"max.message.bytes": str(self.max_bytes)}
        if self.keep is None:
            # A reader that was away must not miss a tombstone; a day covers any pause we allow.
            return {**config, "cleanup.policy": "compact", "delete.retention.ms": _ms(DAY)}
        return {**config, "cleanup.policy": "delete", "retention.ms": _ms(self.keep)}


def _ms(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))


INPUTS: tuple[Topic, ...] = (
    Topic(
        "orders",
        "orders placed, shipped, delivered, cancelled, returned, out of stock",
        "customer id",
        30 * DAY,
    ),
    Topic("tickets", "support tickets opened, replied, resolved, reopened", "customer id", 30 * DAY),
    Topic(
        "web-events",
        "page and product views, searches, carts, checkouts",
        "customer id, else session id",
        7 * DAY,
    ),
    Topic("contacts", "campaigns, coupons, mails: sent, opened, redeemed", "customer id", 30 * DAY),
    Topic("customers", "customer profiles", "customer id", 30 * DAY),
)
REROUTED = Topic(
    "rerouted",
    "events found in a partition that is not their key's, sent to the right one",
    "customer id",
    7 * DAY,
    internal=True,
)
PARTIALS = Topic(
    "partials",
    "what a product's stage needs to know of a customer's events",
    "product id",
    7 * DAY,
    internal=True,
)
DEAD_LETTERS = Topic(
    "dead-letters",
    "inputs that cannot be read, with the reason and the original bytes",
    "the input's key",
    30 * DAY,
    max_bytes=4 * MIB,
    internal=True,
)
ALERTS = Topic("alerts", "what rang and what recovered", "episode", 30 * DAY, internal=True)
CUSTOMER_ROWS = Topic(
    "customer-rows", "changelog of the customer stage", "customer id", None, max_bytes=8 * MIB, internal=True
)
PRODUCT_ROWS = Topic(
    "product-rows", "changelog of the product stage", "product id", None, max_bytes=8 * MIB, internal=True
)

CUSTOMER_SCORES = Topic(
    "customer-scores",
    "each customer's newest churn score, with its reasons and the value at stake",
    "customer id",
    None,
    internal=True,
)
CHURN_EXAMPLES = Topic(
    "churn-examples",
    "labelled examples whose horizon is over, for the trainer",
    "none",
    400 * DAY,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
CHURN_RISKS = Topic(
    "churn-risks",
    "each day's customers at risk, and who came back, for the choice of whom to tell",
    "none",
    7 * DAY,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
SERIES_PARTIALS = Topic(
    "series-partials",
    "what one partition adds to every series in a span of time that is over",
    "none",
    7 * DAY,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
BASKETS = Topic(
    "baskets",
    "what was bought together in one partition on a day that is over",
    "none",
    7 * DAY,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
WINDOWS = Topic(
    "windows",
    "every closed window: series beside what was expected of them, and the pairs of a window",
    "kind of window",
    30 * DAY,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
MODELS = Topic(
    "models",
    "every version of the churn model, and which one is pinned",
    "version",
    None,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
TRAINER_ROWS = Topic(
    "trainer-rows",
    "changelog of the trainer",
    "row",
    None,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
RISK_ROWS = Topic(
    "risk-rows",
    "changelog of the choice of whom to tell",
    "row",
    None,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
SERIES_ROWS = Topic(
    "series-rows",
    "changelog of the series",
    "row",
    None,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)
PAIR_ROWS = Topic(
    "pair-rows",
    "changelog of the pairs",
    "row",
    None,
    max_bytes=8 * MIB,
    internal=True,
    partitions=1,
)

TOPICS: tuple[Topic, ...] = (
    *INPUTS,
    REROUTED,
    PARTIALS,
    DEAD_LETTERS,
    ALERTS,
    CUSTOMER_SCORES,
    CHURN_EXAMPLES,
    CHURN_RISKS,
    SERIES_PARTIALS,
    BASKETS,
    WINDOWS,
    MODELS,
    CUSTOMER_ROWS,
    PRODUCT_ROWS,
    TRAINER_ROWS,
    RISK_ROWS,
    SERIES_ROWS,
    PAIR_ROWS,
)
