"""A question about pairs, standing in a configuration or asked by hand, and its answer by the same code.

The correction is always over all possible pairs of the window, also where one pair is asked about: nobody can
tell whether it was named before or after a look at the data, or is the fiftieth of an afternoon. Where it was
fixed beforehand, and alone, its `p` is the whole answer, and stands beside `q` in the same line.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from detectors.pairs.baskets import Level
from detectors.pairs.correction import Method
from detectors.pairs.relevant import Judged, Pair, Rule, one, relevant, ruled


class Question(NamedTuple):
    """What is asked of a window.

    Attributes:
        product: only pairs with it; None: any.
        partner: with `product`: this one pair, which is answered whether or not it is relevant.
        among: only pairs of which both are in here, e.g. the products of a department; None: any.
    """

    product: str | None = None
    partner: str | None = None
    among: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class PairQuestion:
    """What is asked at each close of a window.

    Attributes:
        name: as its owner calls it; the alert's entity.
        level: what pairs are made of.
        region: only baskets of it; None: all.
        days: length of the window.
        product: only pairs with it (a category, at that level); None: any.
        partner: with `product`: this one pair.
        department: only pairs inside it; None: any.
        min_lift, fdr, method, sized: when a pair is relevant; see `Rule`. It rings by itself, so it leaves
            out what large baskets bring together, unless it is told otherwise.
    """

    name: str
    level: Level
    region: str | None
    days: int
    product: str | None = None
    partner: str | None = None
    department: str | None = None
    min_lift: float = 1.2
    fdr: float = 0.05
    method: Method = "bh"
    sized: bool = True

    @property
    def rule(self) -> Rule:
        """When a pair is relevant."""
        return Rule(self.fdr, self.method, self.min_lift, self.sized)


class Answer(NamedTuple):
    """What the window says.

    Attributes:
        pairs: relevant ones, the surest first; or the one that was asked about.
        yes: whether any of them is relevant: what a standing question rings for.
        unsold: what was asked about and is in no basket.
    """

    pairs: list[Pair]
    yes: bool
    unsold: tuple[str, ...]


def answer(judged: Judged, question: Question) -> Answer:
    """Answer from a judged window.

    Raises:
        ValueError: a partner without a product, or a product with itself.
    """
    names = tuple(name for name in (question.product, question.partner) if name is not None)
    if question.partner is not None and len(set(names)) != 2:  # noqa: PLR2004 - a pair
        raise ValueError("a pair is two different products; name the one, and the other as its partner.")
    sold = set(judged.counts.names)
    unsold = tuple(name for name in names if name not in sold)
    told = relevant(judged, names=names, among=question.among)
    if question.partner is not None and question.product is not None:
        asked = one(judged, question.product, question.partner)
        return Answer([asked] if asked else [], bool(told), unsold)
    return Answer(told, bool(told), unsold)


def stands(judged: Judged, question: PairQuestion, members: Collection[str] | None) -> Answer:
    """Answer a standing question as its window closes: the same as by hand, of the same baskets.

    Args:
        judged: the window of the question's region, level and length, by whatever rule.
        question: what is asked.
        members: what was sold in the question's department in that window; None where it names none.
    """
    asked = Question(question.product, question.partner, members)
    return answer(ruled(judged, question.rule), asked)
