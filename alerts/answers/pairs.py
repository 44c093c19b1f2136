"""A window closed, and a question about pairs has the answer yes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from shlex import quote
from typing import NamedTuple

from alerts.localtime import date_words, local
from alerts.rules import watch
from alerts.timeline import utc
from schemas.alert import Alert, Fact
from schemas.shown import Table

MOST_PAIRS = 20
_CELL = 200
_DAY = 86_400_000


class Met(NamedTuple):
    """A pair: its two, the baskets with both and with each, and how sure it is; see `detectors.pairs`."""

    a: str
    b: str
    both: int
    support_a: int
    support_b: int
    lift: float
    p: float
    q: float


class Sought(NamedTuple):
    """What is asked for; None: any. See `detectors.pairs.question.PairQuestion`."""

    product: str | None
    partner: str | None
    department: str | None
    min_lift: float
    fdr: float
    method: str
    sized: bool


class Window(NamedTuple):
    """The window that closed.

    Attributes:
        begin, end: its first moment and the first one after it, ms.
        zone: whose days they are.
        level: `product` or `category`.
        region: of the baskets; None: all.
        baskets: that were counted.
        possible: pairs that could have been seen, over which `q` is corrected.
    """

    begin: int
    end: int
    zone: tzinfo
    level: str
    region: str | None
    baskets: int
    possible: int

    @property
    def words(self) -> str:
        """From its first to its last day.

        >>> from datetime import UTC
        >>> Window(1_483_315_200_000, 1_483_920_000_000, UTC, "product", None, 9, 3).words
        'the 7 days from Mon 2 Jan 2017 to Sun 8 Jan 2017'
        """
        first, last = (date_words(utc(each), self.zone) for each in (self.begin, self.end - 1))
        days = round((self.end - self.begin) / _DAY)  # two of a year are an hour longer or shorter
        return f"the {days} days from {first} to {last}" if days > 1 else f"the day {first}"


def answer(name: str, sought: Sought, window: Window, pairs: Sequence[Met], *, synthetic: bool) -> Alert:
    """Tell what was found. It is a fact, and has no end.

    Args:
        name: of the question.
        sought: what it asks for.
        window: that closed.
        pairs: that are relevant, the surest first, at least one.
        synthetic: whether a generated order is among the baskets.
    """
    where = f" of region {window.region}" if window.region is not None else ""
    baskets, first = f"{window.baskets:,} baskets{where}", pairs[0]
    strong = f"{first.lift:.1f} times as often as by chance"
    if len(pairs) == 1:
        chance = first.support_a * first.support_b / window.baskets
        title = f"{first.a} and {first.b} are bought together {strong}"
        summary = (
            f"In {window.words}, {first.both:,} of {baskets} hold both; by chance about {chance:,.1f} would."
        )
    else:
        title = f"{len(pairs):,} pairs are bought together more often than by chance"
        summary = (
            f"In {window.words}, among {baskets}; the surest are {first.a} and {first.b}, bought together "
            f"{strong}."
        )
    labels = {"region": window.region, "department": sought.department, "product": sought.product}
    return watch.alert(
        "ringing",
        name,
        window.end,
        since=window.begin,
        at=window.end,
        severity="info",
        title=title,
        summary=summary,
        facts=list(_facts(sought, window, pairs)),
        labels={label: value for label, value in labels.items() if value is not None},
        table=_table(name, window, pairs),
        synthetic=synthetic,
    )


def _facts(sought: Sought, window: Window, pairs: Sequence[Met]) -> Iterator[Fact]:
    yield Fact(label="Window", value=window.words)
    if window.region is not None:
        yield Fact(label="Region", value=window.region)
    if sought.department is not None:
        yield Fact(label="Department", value=sought.department)
    first, of = pairs[0], f"of {window.baskets:,} baskets"
    if len(pairs) == 1:
        yield Fact(label="Baskets with both", value=f"{first.both:,} of {window.baskets:,}")
        yield Fact(label=f"With {first.a}", value=f"{first.support_a:,}")
        yield Fact(label=f"With {first.b}", value=f"{first.support_b:,}")
        yield Fact(label="Lift", value=f"{first.lift:.2f}")
        yield Fact(label="p, if it was the only question", value=f"{first.p:.2g}")
        yield Fact(label=f"q, over {window.possible:,} possible pairs", value=f"{first.q:.2g}")
    for each in pairs[:3] if len(pairs) > 1 else ():
        value = f"{each.both:,} {of}, lift {each.lift:.2f}, q {each.q:.2g}"
        yield Fact(label=f"{each.a} and {each.b}", value=value)
    if len(pairs) > 3:  # noqa: PLR2004 - those that were shown
        yield Fact(label="And", value=f"{len(pairs) - 3:,} more")
    if len(pairs) > 1:
        yield Fact(label="q is over", value=f"{window.possible:,} possible pairs")
    yield Fact(label="By hand", value=by_hand(sought, window))


def by_hand(sought: Sought, window: Window) -> str:
    """The command that asks the same of the archive, and finds the same.

    >>> from zoneinfo import ZoneInfo
    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> week = Window(1_483_311_600_000, 1_483_916_400_000, berlin, "product", "East", 9, 3)
    >>> by_hand(Sought("tea", "oat milk", None, 1.2, 0.05, "bh", True), week)
    "tocsin pairs var/archive --from 2017-01-02 --to 2017-01-08 --zone Europe/Berlin --level product \
--region East --product tea --with 'oat milk' --min-lift 1.2 --fdr 0.05 --method bh --sized"
    """
    begin, end = (local(utc(each), window.zone).date() for each in (window.begin, window.end - 1))
    asked = {"--region": window.region, "--product": sought.product, "--with": sought.partner,
             "--within": sought.department}  # fmt: skip
    words = [
        f"tocsin pairs var/archive --from {begin} --to {end} --zone {window.zone} --level {window.level}"
    ]
    words += [f"{option} {quote(value)}" for option, value in asked.items() if value is not None]
    words.append(f"--min-lift {sought.min_lift:g} --fdr {sought.fdr:g} --method {sought.method}")
    return " ".join([*words, *(["--sized"] if sought.sized else [])])


def _table(name: str, window: Window, pairs: Sequence[Met]) -> Table:
    shown = pairs[:MOST_PAIRS]
    return Table(
        title=f"{name}: {window.words}"[:_CELL],
        columns=(window.level.capitalize(), "With", "Baskets", "Lift", "q"),
        rows=tuple(
            (pair.a[:_CELL], pair.b[:_CELL], f"{pair.both:,} of {window.baskets:,}", f"{pair.lift:.2f}",
             f"{pair.q:.2g}")
            for pair in shown
        ),
        left_out=len(pairs) - len(shown),
    )  # fmt: skip
