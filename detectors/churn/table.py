"""The visible table of features: what each is, in which unit, and why it is there."""

from __future__ import annotations

from typing import NamedTuple


class Feature(NamedTuple):
    """One feature.

    Attributes:
        name: as in an example and a model.
        family: what it is shown under; members of a family say nearly the same.
        unit: of the number; `log1p` is log(1 + x).
        reason: why it is there, in plain words.
        learnt: whether the model reads it; the others are kept beside for people.
    """

    name: str
    family: str
    unit: str
    reason: str
    learnt: bool = True


FAMILIES = {
    "rhythm": "how long the silence is, beside the customer's own rhythm",
    "pace": "how much was ordered lately",
    "bond": "how long and how often the customer has bought",
    "spend": "what the orders were worth",
    "tickets": "trouble told to support",
    "web": "visits to the shop's pages",
    "contacts": "answers to what the shop sent",
}

FEATURES: tuple[Feature, ...] = (
    Feature("recency", "rhythm", "log1p days", "time since the last order"),
    Feature("overdue_mean", "rhythm", "log ratio", "the silence beside the mean time per order"),
    Feature(
        "overdue_usual", "rhythm", "log ratio", "the silence beside the usual (median) gap of the last 8"
    ),
    Feature("overdue_longest", "rhythm", "log ratio", "the silence beside the longest of the last 8 gaps"),
    Feature("orders", "bond", "log1p order days - 1", "how often the customer came back"),
    Feature("tenure", "bond", "log1p days", "time since the first order; 0 where the data begins later"),
    Feature("older_than_data", "bond", "0 or 1", "the customer was there before the data begins"),
    Feature("orders_14", "pace", "log1p order days", "orders of the last 14 days"),
    Feature("orders_30", "pace", "log1p order days", "orders of the last 30 days"),
    Feature("orders_90", "pace", "log1p order days", "orders of the last 90 days"),
    Feature("orders_180", "pace", "log1p order days", "orders of the last 180 days", learnt=False),
    Feature("pace_15", "pace", "log decayed order days", "pace with a half-life of 15 days"),
    Feature("pace_30", "pace", "log decayed order days", "pace with a half-life of 30 days"),
    Feature("pace_60", "pace", "log decayed order days", "pace with a half-life of 60 days"),
    Feature("pace_120", "pace", "log decayed order days", "pace with a half-life of 120 days"),
    Feature("spend_mean", "spend", "log1p money a day", "what an order day is worth"),
    Feature("spend_last", "spend", "log ratio", "the last order day beside the customer's usual one"),
    Feature("spend_30", "spend", "log1p money", "spent in the last 30 days", learnt=False),
    Feature("spend_90", "spend", "log1p money", "spent in the last 90 days", learnt=False),
    Feature("spend_180", "spend", "log1p money", "spent in the last 180 days", learnt=False),
    Feature("returned", "spend", "share of orders", "orders sent back"),
    Feature("tickets_90", "tickets", "log1p tickets", "tickets opened in the last 90 days"),
    Feature("tickets_unanswered", "tickets", "log1p tickets", "tickets whose last word is the customer's"),
    Feature("tickets_reopened", "tickets", "log1p times", "tickets reopened in the last 90 days"),
    Feature("tickets_negative", "tickets", "log1p tickets", "tickets closed with 1 or 2 of 5, last 90 days"),
    Feature("web_14", "web", "log1p events", "web events of the last 14 days"),
    Feature(
        "web_decline", "web", "log ratio", "the 14 days before beside the last 14: positive is a decline"
    ),
    Feature("contacts_90", "contacts", "log1p contacts", "what the shop sent in the last 90 days"),
    Feature(
        "contacts_response", "contacts", "share of contacts", "opened or redeemed, of those sent in 90 days"
    ),
)

PATTERN = "pattern"
"""The prior's log-odds: what buyers with this rhythm of purchases usually do. The model reads it, too."""
FAMILY = {feature.name: feature.family for feature in FEATURES} | {PATTERN: "rhythm"}
LEARNT = tuple(feature.name for feature in FEATURES if feature.learnt)


def markdown() -> str:
    """The table as Markdown, for docs/churn.md.

    >>> print(markdown().splitlines()[2])
    | `recency` | rhythm | log1p days | time since the last order | yes |
    """
    lines = ["| feature | family | unit | why | in the model |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| `{each.name}` | {each.family} | {each.unit} | {each.reason} | {'yes' if each.learnt else 'no'} |"
        for each in FEATURES
    ]
    return "\n".join(lines)
