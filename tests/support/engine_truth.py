"""What must come of churn, series and pairs, when nothing goes wrong: the pure stages in one process.

The rules' oracle is written from the contract and shares no code with the engine; a model's scores, and what
a detector thinks of a value, have no such second source. What is compared here is that processes, kills and
takeovers change nothing. The values of series and the counts of pairs have an oracle of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from engine.drive import Drive
from support import shop
from support.observed import of_alerts
from support.oracle_rules import RULES, Said
from support.shop import Record

from alerts.config import choices
from alerts.config.load import load
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.lane import Stage
from streams.engine.models import Adopted
from streams.engine.pairs.stage import PairStage
from streams.engine.records import Input
from streams.engine.risk import RiskStage
from streams.engine.series.stage import SeriesStage
from streams.engine.trainer import TrainerStage
from streams.engine.versions import PIN
from streams.settings import Settings
from streams.wiring import churn_settings, engine_options

PROGRESS = {"series-rows": b"clock", "pair-rows": b"progress"}
"""The row that says how far a stage of windows has come, by changelog."""


@dataclass(frozen=True)
class EngineTruth:
    """Everything that can be compared.

    Attributes:
        alerts: what was said, but for the rules that the oracle reckons.
        scores: every score, as its bytes.
        versions: names of what the trainer published, which hold a checksum of the models, in their order.
        closed: the last day that each partition has told of, ms; the least of them is learnt and decided.
        windows: every closed window of series and of pairs, as its bytes.
        progress: the last row of each stage of windows, by changelog; see `PROGRESS`.
    """

    alerts: frozenset[Said]
    scores: Counter[bytes]
    versions: list[str]
    closed: dict[int, int]
    windows: Counter[bytes]
    progress: dict[str, Any]


def engine_truth(records: Iterable[Record], *, now: int, config: str, adopted: Adopted) -> EngineTruth:
    """Run everything in memory, with models that stay what they are.

    Args:
        records: of all logs.
        now: wall clock, ms.
        config: text of `tocsin.yaml`.
        adopted: what is pinned.
    """
    said = load(config, "tocsin.yaml")
    options = engine_options(Settings(partitions=shop.PARTITIONS, clock="events"), said)
    single: list[Stage] = [TrainerStage(options), RiskStage(options, choices(said), churn_settings(said))]
    if options.series is not None:
        single.append(SeriesStage(options))
    if options.pairs is not None:
        single.append(PairStage(options))
    logs = {
        log: [(each.key, each.value, each.headers) for each in found]
        for log, found in shop.logs(list(records)).items()
    }
    run = Drive(logs, shop.TOPICS, options, now, adopted=adopted, single=single).run()
    alerts = of_alerts(_every(run, "alerts"))
    told = [each for each in _every(run, "churn-risks") if each.key == ANNOUNCEMENT]
    return EngineTruth(
        frozenset(each for each in alerts if each.rule not in RULES),
        Counter(each.value or b"" for each in _every(run, "customer-scores")),
        versions(_every(run, "models")),
        {int(dict(each.headers)["tocsin-from"]): int(each.value or b"") for each in told},
        Counter(each.value or b"" for each in _every(run, "windows")),
        {
            lane.stage.changelog: orjson.loads(lane.state.rows[PROGRESS[lane.stage.changelog]])
            for lane in run.lanes
            if lane.stage.changelog in PROGRESS
        },
    )


def versions(records: Iterable[Any]) -> list[str]:
    """Names of the versions on the topic `models`, as they were published."""
    return [each.key.decode() for each in records if each.key != PIN and each.value is not None]


def _every(run: Drive, topic: str) -> list[Input]:
    return [record for (name, _), log in sorted(run.logs.items()) if name == topic for record in log]
