"""Pairs have changed beside how their two products sell: they emerge, grow, fade or break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from alerts.answers.pairs import Window
from alerts.timeline import utc
from schemas.alert import Alert, Fact, episode_id
from schemas.shown import MOST_ROWS, Table

NAME = "pairs"
ENTITY = "pairs"

_CELL = 200
_SHOWN = 3


class Settings(BaseModel):
    """What a shop may turn; what is counted is the key `pairs` of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether the rule rings at all")


class Changed(NamedTuple):
    """A pair that changed: the baskets with both now, before, and had nothing changed but their sales."""

    a: str
    b: str
    both: int
    before: int
    expected: float
    lift: float
    lift_before: float
    q: float


class _Words(NamedTuple):
    title: str  # what two products, or so many pairs, do
    meaning: str
    suggestion: str


_WORDS = {
    "emerging": _Words(
        "have come to be bought together",
        "They were not before, beyond chance.",
        "See what brought them together: a recipe, a promotion, a place in the shop. If it is good, keep it.",
    ),
    "growing": _Words(
        "are bought together more often",
        "They were before, too, but less.",
        "See what brought them closer, and whether both are in stock.",
    ),
    "fading": _Words(
        "are bought together less often",
        "They still are more often than by chance.",
        "See whether one of them is out of stock, has become dearer, or has a rival.",
    ),
    "broken": _Words(
        "are no longer bought together",
        "They were before; now it is not beyond chance.",
        "See whether one of them is out of stock, has become dearer, or has a rival.",
    ),
}


def alert(kind: str, window: Window, pairs: Sequence[Changed], *, more: int, synthetic: bool) -> Alert:
    """Tell of the changes of one kind in a window. It is a fact, and has no end.

    Args:
        kind: emerging, growing, fading or broken.
        window: that closed.
        pairs: that changed, the surest first, at least one.
        more: changes of any kind that are not told, being less sure.
        synthetic: whether a generated order is among the baskets.
    """
    words, first = _WORDS[kind], pairs[0]
    where = f" in region {window.region}" if window.region is not None else ""
    one = len(pairs) == 1
    who = f"{first.a} and {first.b}" if one else f"{len(pairs):,} pairs"
    surest = "" if one else f"The surest are {first.a} and {first.b}: "
    held = f"{first.both:,} of {window.baskets:,} baskets{where} hold both"
    summary = (
        f"{surest}{'In' if one else 'in'} {window.words}, {held}; as they sell, {first.expected:,.1f} would "
        f"if they went together as in the days before. {words.meaning}"
    )
    start = f"{kind}/{window.level}/{window.region}/{window.begin}/{window.end}"
    labels = {"change": kind} | ({} if window.region is None else {"region": window.region})
    return Alert(
        rule=NAME,
        state="ringing",
        entity_kind=ENTITY,
        entity=f"{first.a} + {first.b}" + ("" if one else f" and {len(pairs) - 1} more"),
        episode=episode_id(NAME, ENTITY, kind, start),
        since=utc(window.begin),
        at=utc(window.end),
        severity="info",
        title=f"{who} {words.title}{where}",
        summary=summary,
        suggestion=words.suggestion,
        facts=tuple(_facts(window, pairs, more)),
        labels=labels,
        synthetic=synthetic,
        table=_table(f"Pairs that {words.title}, {window.words}"[:_CELL], window, pairs),
    )


def _facts(window: Window, pairs: Sequence[Changed], more: int) -> Iterator[Fact]:
    yield Fact(label="Window", value=window.words)
    if window.region is not None:
        yield Fact(label="Region", value=window.region)
    first = pairs[0]
    if len(pairs) == 1:
        yield Fact(label="Baskets with both", value=f"{first.both:,} of {window.baskets:,}")
        yield Fact(label="Had nothing changed", value=f"{first.expected:,.1f}")
        yield Fact(label="Lift", value=f"{first.lift:.2f}, was {first.lift_before:.2f}")
        yield Fact(label="q", value=f"{first.q:.2g}")
    for each in pairs[:_SHOWN] if len(pairs) > 1 else ():
        value = f"{each.both:,} baskets, {each.expected:,.1f} had nothing changed; lift {each.lift:.2f}, "
        yield Fact(label=f"{each.a} and {each.b}", value=f"{value}was {each.lift_before:.2f}")
    if len(pairs) > _SHOWN:
        yield Fact(label="And", value=f"{len(pairs) - _SHOWN:,} more, in the table")
    if more:
        less = "1 change, of any kind, that is" if more == 1 else f"{more:,} changes, of any kind, that are"
        yield Fact(label="Not told", value=f"{less} less sure")


def _table(title: str, window: Window, pairs: Sequence[Changed]) -> Table:
    return Table(
        title=title,
        columns=(window.level.capitalize(), "With", "Baskets", "Unchanged", "Lift", "Was", "q"),
        rows=tuple(
            (
                each.a[:_CELL],
                each.b[:_CELL],
                f"{each.both:,}",
                f"{each.expected:,.1f}",
                f"{each.lift:.2f}",
                f"{each.lift_before:.2f}",
                f"{each.q:.2g}",
            )
            for each in pairs[:MOST_ROWS]
        ),
        left_out=max(len(pairs) - MOST_ROWS, 0),
    )
