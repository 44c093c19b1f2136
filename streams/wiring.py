"""Puts settings and `tocsin.yaml` into what the engine must know."""

from __future__ import annotations

from datetime import timedelta

from streams.engine.options import Options
from streams.settings import Settings

_MS = timedelta(milliseconds=1)


def engine_options(settings: Settings) -> Options:
    """The engine's options."""
    return Options(
        partitions=settings.partitions,
        disorder=settings.disorder // _MS,
        idle_after=settings.idle_after // _MS,
        future_skew=settings.future_skew // _MS,
        horizon=settings.dedupe_horizon // _MS,
        wall=settings.clock == "wall",
    )
