"""Versions of the models for tests: taught in a moment, published as the trainer does."""

from __future__ import annotations

from typing import Any

import orjson
from support.publish import in_transaction, transactional

from detectors.churn.features import features
from detectors.churn.history import empty, placed
from detectors.churn.signals import DAY
from streams.engine import models
from streams.engine.models import Adopted
from streams.settings import Settings

HORIZONS = (30, 60, 90)


def taught(name: str, examples: int, *, horizons: tuple[int, ...] = HORIZONS, main: int = 30) -> Adopted:
    """Models that have learnt so many examples of the main horizon, half of them silent."""
    made = models.untaught(horizons, main)
    for number in range(examples):
        history = empty()
        for day in range(0, 60, 5 + number % 7):
            placed(history, f"o-{day}", day * DAY, 20.0 + number, "EUR")
        row, known = features(history, (61 + number % 11) * DAY)
        made.churn.learn_one(main, row, known, silent=number % 2 == 0)
    return Adopted(name, made.churn, made.value)


def document(name: str, examples: int, **more: Any) -> bytes:
    """A version as it travels."""
    day = name[:10]
    said = {
        "label_time": f"{day}T00:00:00Z",
        "learnt": {"30": examples, "60": 0, "90": 0},
        "metrics": {"brier": 0.1234567, "auc_day": 0.81, "base_rate": 0.6},
        "offsets": {"churn-examples": 10 * examples},
    }
    return orjson.dumps(models.document(taught(name, examples, **more), **said))


def publish_versions(settings: Settings, versions: dict[str, bytes | None]) -> None:
    """In one transaction each, as the trainer does; None is a tombstone."""
    with transactional(settings.broker, f"{settings.topic_prefix}trainer") as producer:
        for name, raw in versions.items():
            in_transaction(producer, [(settings.topic("models"), 0, name.encode(), raw, [])])
