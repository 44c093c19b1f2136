"""Whoever can write a key of tocsin.yaml can read what it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerts.config.models import LABELS, Analyst, Config, Subscription
from alerts.policy import STAGES
from alerts.rules import churn
from streams.notifier.tables import metadata
from streams.sink import FAULTS

DOCS = Path(__file__).parents[3] / "docs"
MAILS, CHURN = ((DOCS / f"{page}.md").read_text() for page in ("mails", "churn"))
KEYS = (
    list(Config.model_fields)
    + [f"analysts[].{name}" for name in Analyst.model_fields]
    + [f"receives[].{name}" for name in Subscription.model_fields]
)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_documented(key: str) -> None:
    assert f"\n| `{key}` |" in MAILS


@pytest.mark.parametrize("name", [*LABELS, *FAULTS, *metadata.tables, *(stage.__name__ for stage in STAGES)])
def test_every_name_that_a_person_meets_is_documented(name: str) -> None:
    assert re.search(rf"`{name}`", MAILS)


@pytest.mark.parametrize("key", churn.Settings.model_fields)
def test_every_setting_of_churn_is_documented(key: str) -> None:
    assert f"\n| `{key}` |" in CHURN
