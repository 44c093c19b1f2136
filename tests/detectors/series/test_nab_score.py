"""The scorer of the benchmark gives what NAB's own gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality import nab_data
from benchmarks.quality.nab_score import PROFILES, Labelled, at_threshold, corpus_score

NAB = Path(__file__).parents[4] / "shared" / "data" / "nab"
here = pytest.mark.skipif(not NAB.exists(), reason=f"NAB's files are not at {NAB}; see docs/series.md")


@here
@pytest.mark.parametrize("detector", ["relativeEntropy", "windowedGaussian"])
def test_published_results_score_as_published(detector: str) -> None:
    wanted = nab_data.reference(NAB)
    scores = nab_data.published(NAB, detector)
    rows = [
        row
        for recording in nab_data.load(NAB)
        for row in recording.labelled.weigh(scores[recording.labelled.name])
    ]
    for name, profile in PROFILES.items():
        score, threshold = corpus_score(rows, profile)
        assert round(score, 2) == wanted["scores"][detector][name]
        assert threshold == wanted["thresholds"][detector][name]


def test_early_is_worth_more_than_late_and_a_miss_costs() -> None:
    file, profile = Labelled("made.csv", 1000, [(500, 599)]), PROFILES["standard"]

    def score(*alerts: int) -> float:
        rows = file.weigh([float(row in alerts) for row in range(1000)])
        return at_threshold(rows, profile, 1.0)

    assert score() == -1
    assert score(500) > score(550) > score(599) > 0 > score()
    assert score(500, 501, 599) == score(500)
    assert score(500, 300) == pytest.approx(score(500) - 0.11)
    assert score(500, 605) > score(500, 900)
    assert score(100) == score()  # probation


def test_scores_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="has 3 rows, but 2 scores came"):
        Labelled("made.csv", 3, []).weigh([0.0, 1.0])
