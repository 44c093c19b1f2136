"""The worker: a Faust application whose agents feed the lanes.

Faust brings the application, the group membership, the assignment and the consumer thread; the recipe
(`streams.engine.lane`) brings the guarantee.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Collection, Mapping
from typing import Any

import faust
import structlog
from aiokafka.errors import ProducerFenced
from faust.types import TP

from alerts.config.choice import choices
from alerts.config.models import Config
from streams.engine.customer import CustomerStage
from streams.engine.following import Following
from streams.engine.lane import Stage
from streams.engine.models import Adopted
from streams.engine.pairs.stage import PairStage
from streams.engine.product import ProductStage
from streams.engine.risk import RiskStage
from streams.engine.series.stage import SeriesStage
from streams.engine.trainer import TrainerStage
from streams.kafka.admin import require_topics
from streams.kafka.clients import reader
from streams.kafka.follower import Follower
from streams.kafka.transport import Transport
from streams.lanes import Lanes
from streams.memory import tune_memory
from streams.settings import Settings
from streams.topics import INPUTS
from streams.wiring import churn_settings, engine_options, read_config

log = structlog.get_logger(__name__)

EXIT_FATAL = 70


def fatal(error: BaseException) -> None:
    """End the process at once: a step is not done, and only a fresh start knows where to go on."""
    if isinstance(error, ProducerFenced):
        log.error(
            "another worker owns a partition of ours now; ending, so that a fresh start finds its place"
        )
    else:
        log.error("cannot go on", error=str(error), kind=type(error).__name__, exc_info=error)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_FATAL)  # no cleanup: what is not committed must not be


def build(settings: Settings, config: Config) -> faust.App:
    """The application, wired and not yet started."""
    options = engine_options(settings, config)
    customers = CustomerStage([topic.name for topic in INPUTS], options)
    stages: list[Stage] = [
        customers,
        ProductStage(options),
        TrainerStage(options),
        RiskStage(options, choices(config), churn_settings(config)),
        SeriesStage(options),
        PairStage(options),
    ]
    session = settings.session_timeout.total_seconds()
    app = faust.App(
        settings.topic_prefix + settings.group,
        broker=[f"kafka://{server}" for server in settings.broker.split(",")],
        # Faust keeps nothing there, but makes it.
        datadir=tempfile.mkdtemp(prefix="tocsin-faust-"),
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        worker_redirect_stdouts=False,
        topic_partitions=settings.partitions,
        stream_buffer_maxsize=16,  # of batches, not of events
        stream_wait_empty=False,
        broker_session_timeout=session,
        broker_heartbeat_interval=session / 6,
        # Restoring the rows of all partitions happens within it.
        broker_request_timeout=600.0,
        broker_commit_interval=1.0,
        stream_recovery_delay=0.0,
    )
    app.tocsin_settings = settings
    app.transport = Transport(app.conf.broker_consumer, app, app.loop)

    def drained(tp: TP, done: int) -> bool:
        return bool(app.consumer.drained(tp, done))

    lanes = Lanes(settings, stages, drained, fatal)

    async def take_over(assignment: set[Any]) -> Mapping[Any, int]:
        try:
            return await lanes.take_over(assignment)
        except Exception as error:  # whatever it is: without its rows no partition may be worked on
            fatal(error)
            raise

    app.take_over = take_over

    if options.churn is not None:

        def adopt(adopted: Adopted) -> None:
            customers.adopted = adopted

        follower = Follower(settings, Following(options.churn), adopt)
        follower.begin()
        app.task(follower.run)

    for stage in stages:
        app.agent(app.topic(*_names(settings, stage.inputs), **_RAW), name=stage.name)(_feed(lanes))

    @app.on_partitions_revoked.connect(weak=False)  # type: ignore[untyped-decorator]
    async def revoked(_app: Any, _partitions: set[Any], **_: Any) -> None:
        await lanes.release()

    @app.on_before_shutdown.connect(weak=False)  # type: ignore[untyped-decorator]
    async def stopping(_app: Any, **_: Any) -> None:
        await lanes.release()

    return app


_RAW = {"key_serializer": "raw", "value_serializer": "raw"}


def _names(settings: Settings, topics: Collection[str]) -> list[str]:
    return [settings.topic(name) for name in topics]


def _feed(lanes: Lanes) -> Any:
    async def feed(stream: Any) -> None:
        # noack: a lane acks a batch when its step is durable, and nothing else does.
        async for event in stream.noack().events():
            await lanes.offer(event)

    return feed


def warn_of_idleness(settings: Settings) -> None:
    """Say so where time would go on without a worker that died, before another one takes its place."""
    if settings.idle_after <= settings.session_timeout:
        log.warning(
            "with several workers, the inputs of one that died would count as quiet before another takes "
            "them over, and their events as late: TOCSIN_IDLE_AFTER should be longer than "
            "TOCSIN_SESSION_TIMEOUT",
            idle_after=settings.idle_after.total_seconds(),
            session_timeout=settings.session_timeout.total_seconds(),
        )


class _Worker(faust.Worker):  # type: ignore[misc]
    """Faust's worker with our logging."""

    def _setup_logging(self) -> None:
        """Logging is the command's, and is set up already."""


def run(settings: Settings) -> int:
    """Run until a signal ends it; the exit code."""
    tune_memory()
    config = read_config(settings)
    require_topics(settings)
    with reader(settings):  # the embedded broker's readers are mended when it is first met
        pass
    warn_of_idleness(settings)
    app = build(settings, config)
    worker = _Worker(app, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it would write to stdout, which is for the command's own words
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else EXIT_FATAL
    return 0
