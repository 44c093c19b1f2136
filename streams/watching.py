"""How `tocsin.yaml` wants series and pairs watched, as the engine is told."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import date, timedelta

from alerts.config.models import Config, zone
from alerts.config.series import Holidays, Watched, calendar
from alerts.rules import watch
from detectors.pairs.question import PairQuestion
from detectors.series.question import SeriesQuestion
from schemas.measures import MEASURES, OVERALL
from streams.engine.pairs.options import PairOptions
from streams.engine.series.options import Chosen, SeriesOptions

_MS, _DAY = timedelta(milliseconds=1), timedelta(days=1)


def series_options(config: Config) -> SeriesOptions | None:
    """How series are watched; None where they are not.

    What a standing question asks for is kept, whatever else is: its slice, and its bucket.
    """
    chosen = config.series
    if chosen is None:
        return None
    questions = tuple(_series_questions(config))
    return SeriesOptions(
        measures={
            name: _chosen(name, chosen.measures.get(name, Watched()), questions)
            for name in MEASURES
            if chosen.watched(name)
        },
        currency=chosen.currency,
        buckets=tuple(each // _MS for each in chosen.buckets),
        slice_bucket=chosen.slices.bucket // _MS,
        most=chosen.slices.most,
        least=chosen.slices.least,
        zone=zone(config.timezone),
        holidays=calendars(chosen.holidays),
        questions=questions,
    )


def pair_options(config: Config) -> PairOptions | None:
    """How pairs are looked at; None where they are not."""
    chosen = config.pairs
    if chosen is None:
        return None
    return PairOptions(
        levels=chosen.level,
        windows=tuple(each // _DAY for each in chosen.windows),
        reference=chosen.reference // _DAY,
        regions=chosen.regions,
        zone=zone(config.timezone),
        min_lift=chosen.min_lift,
        fdr=chosen.fdr,
        method=chosen.method,
        most=chosen.most,
        questions=tuple(_pair_questions(config)),
    )


def calendars(chosen: Holidays) -> Mapping[str, Container[date]]:
    """The holidays by region; "" for all regions that are not named.

    >>> found = calendars(Holidays(default="DE", regions={"south": "DE-BY"}))
    >>> [date(2026, 1, 6) in found[region] for region in ("", "south")]  # Epiphany
    [False, True]
    """
    places = {"": chosen.default, **chosen.regions}
    return {region: _calendar(place) for region, place in places.items() if place is not None}


def _calendar(place: str) -> Container[date]:
    import holidays  # noqa: PLC0415 - half a second, which only those wait for who name a country

    country, part = calendar(place)
    return holidays.country_holidays(country, subdiv=part)


def _chosen(name: str, watched: Watched, questions: tuple[SeriesQuestion, ...]) -> Chosen:
    by = MEASURES[name].cut if watched.by is None else watched.by
    asked: dict[str, frozenset[str]] = {}
    for each in questions:
        if each.measure == name and each.dimension not in (OVERALL, *by):
            asked[each.dimension] = asked.get(each.dimension, frozenset()) | {each.value}
    return Chosen((*by, *asked), watched.ring_at, asked)


def _series_questions(config: Config) -> Iterator[SeriesQuestion]:
    for question in config.watch if _watches(config) else ():
        asked = question.series
        if asked is None:
            continue
        yield SeriesQuestion(
            question.name,
            asked.measure,
            *asked.slice,
            asked.bucket // _MS,
            asked.condition.name,
            asked.condition.threshold,
            asked.runs,
            None if MEASURES[asked.measure].kind == "ratio" else 0.0,
        )


def _pair_questions(config: Config) -> Iterator[PairQuestion]:
    for question in config.watch if _watches(config) else ():
        asked = question.pairs
        if asked is None:
            continue
        yield PairQuestion(
            question.name,
            asked.level,
            asked.region,
            asked.window // _DAY,
            asked.product,
            asked.partner,
            asked.department,
            asked.min_lift,
            asked.fdr,
            asked.method,
            asked.sized,
        )


def _watches(config: Config) -> bool:
    return bool(getattr(config.rules.get(watch.NAME), "enabled", False))
