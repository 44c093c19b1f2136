"""Nothing of the future is in a score."""

from __future__ import annotations

from support.churn_world import HORIZON, auc, orders, scores

from detectors.churn.signals import DAY

DAYS = 14 * HORIZON


def judged(shift: int) -> list[tuple[float, bool]]:
    given = scores(orders(), DAYS, shift)
    return [
        (p, silent) for (_, at), (p, silent) in given.items() if silent is not None and at > DAYS * DAY // 3
    ]


def test_what_the_past_gives_away_is_learnt() -> None:
    assert auc(judged(0)) > 0.7


def test_labels_shifted_by_a_horizon_leave_no_skill() -> None:
    """The coins of the horizon after the next are not thrown yet: skill there would be a leak."""
    assert abs(auc(judged(HORIZON)) - 0.5) < 0.06


def test_a_stream_cut_anywhere_gives_the_same_scores_before_the_cut() -> None:
    whole = scores(orders(), DAYS)
    for day in (40, 77, 131):
        cut = scores([order for order in orders() if order[0] < day * DAY], day)
        assert cut
        assert {key: p for key, (p, _) in cut.items()} == {key: whole[key][0] for key in cut}
