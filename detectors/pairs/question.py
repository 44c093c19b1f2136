"""A question about pairs, standing in a configuration or asked by hand, and its answer by the same code.

The correction is always over all possible pairs of the window, also where one pair is asked about: nobody can
tell whether it was named before or after a look at the data, or is the fiftieth of an afternoon. Where it was
fixed beforehand, and alone, its `p` is the whole answer, and stands beside `q` in the same line.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from detectors.pairs.relevant import Judged, Pair, one, relevant


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
