"""From what the detectors answer to the alert that tells it."""

from __future__ import annotations

from datetime import tzinfo

from alerts.answers import pairs
from detectors.pairs.question import Answer, PairQuestion
from schemas.alert import Alert


def pairs_answer(
    question: PairQuestion,
    found: Answer,
    *,
    begin: int,
    end: int,
    zone: tzinfo,
    possible: int,
    synthetic: bool,
) -> Alert | None:
    """The alert of a question about pairs whose window closed; None where the answer is no.

    Args:
        question: that was asked.
        found: what `detectors.pairs.question.stands` said.
        begin: the window's first moment, ms.
        end: the first one after it, ms.
        zone: whose days they are.
        possible: `Counts.possible` of the window.
        synthetic: whether a generated order is among its baskets.
    """
    if not found.yes:
        return None
    met = [
        pairs.Met(
            each.product_a,
            each.product_b,
            each.count,
            each.support_a,
            each.support_b,
            each.lift,
            each.p,
            each.q,
        )
        for each in found.pairs
    ]
    sought = pairs.Sought(
        question.product,
        question.partner,
        question.department,
        question.min_lift,
        question.fdr,
        question.method,
        question.sized,
    )
    window = pairs.Window(begin, end, zone, question.level, question.region, found.pairs[0].baskets, possible)
    return pairs.answer(question.name, sought, window, met, synthetic=synthetic)
