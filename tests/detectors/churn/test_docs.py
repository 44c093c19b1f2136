"""docs/churn.md has the table of features as the code has it."""

from __future__ import annotations

from pathlib import Path

from detectors.churn.table import markdown

PAGE = Path(__file__).parents[3] / "docs" / "churn.md"


def test_the_page_lists_every_feature_as_the_code_does() -> None:
    assert markdown() in PAGE.read_text(), "docs/churn.md is old: paste `detectors.churn.table.markdown()`."
