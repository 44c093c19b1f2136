"""Puts settings and `tocsin.yaml` into what the engine must know."""

from __future__ import annotations

from datetime import timedelta

from alerts.config.load import load
from alerts.config.models import Config
from alerts.rules import churn
from schemas.errors import Permanent
from streams.engine.options import ChurnOptions, Options
from streams.settings import Settings
from streams.watching import pair_options, series_options

_MS = timedelta(milliseconds=1)
_OLDER = {"auto": None, "new": False, "older": True}


def read_config(settings: Settings) -> Config:
    """What `tocsin.yaml` says; every default where nobody named a file and there is none.

    Raises:
        ConfigError: the file is not as it must be; it says where, and what to write instead.
        Permanent: the file was named and cannot be read.
    """
    try:
        text = settings.config.read_text(encoding="utf-8")
    except FileNotFoundError:
        if settings.config == Settings.model_fields["config"].default:
            return load("", str(settings.config))
        raise Permanent(f"there is no file {settings.config}; TOCSIN_CONFIG names it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"{settings.config} cannot be read: {error}") from error
    return load(text, str(settings.config))


def engine_options(settings: Settings, config: Config) -> Options:
    """The engine's options."""
    return Options(
        partitions=settings.partitions,
        disorder=settings.disorder // _MS,
        idle_after=settings.idle_after // _MS,
        future_skew=settings.future_skew // _MS,
        horizon=settings.dedupe_horizon // _MS,
        wall=settings.clock == "wall",
        rules=config.rules,
        churn=churn_options(churn_settings(config)),
        series=series_options(config),
        pairs=pair_options(config),
    )


def churn_settings(config: Config) -> churn.Settings:
    """The settings of the rule `churn`."""
    chosen = config.rule(churn.NAME)
    if not isinstance(chosen, churn.Settings):
        raise TypeError(f"the settings of {churn.NAME} are {type(chosen).__name__}")
    return chosen


def with_horizon(config: Config, days: int) -> Config:
    """The same config with another main horizon of churn, whole days from 1 to 365."""
    chosen = churn_settings(config)
    rules = {**config.rules, churn.NAME: chosen.model_copy(update={"horizon": timedelta(days=days)})}
    return config.model_copy(update={"rules": rules})


def churn_options(chosen: churn.Settings) -> ChurnOptions | None:
    """How churn is asked for; None where nobody wants it: then nothing is scored and nothing learnt.

    >>> churn_options(churn.Settings(horizon="14d", customers="older")).horizons
    (14, 30, 60, 90)
    >>> churn_options(churn.Settings(enabled=False)) is None
    True
    """
    if not chosen.enabled:
        return None
    return ChurnOptions(
        horizons=chosen.days,
        main=chosen.main,
        least=chosen.least,
        margin=chosen.margin,
        examples=chosen.examples,
        older=_OLDER[chosen.customers],
    )
