"""From text to a checked `Config`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel

from alerts.config.asked import questions
from alerts.config.checked import checked
from alerts.config.document import Document, parse, unknown_key
from alerts.config.models import Analyst, Config
from alerts.config.pairs import Pairs
from alerts.config.problems import ConfigError, Place, Problem, did_you_mean, shown
from alerts.config.series import Series
from alerts.registry import find_rules
from alerts.rules import churn
from schemas.measures import MEASURES

M = TypeVar("M", bound=BaseModel)
TOP = ("timezone", "rules", "series", "pairs", "watch", "analysts")


def load(text: str, filename: str) -> Config:
    """Read the settings file.

    Args:
        text: its content.
        filename: its name, for the messages.

    Raises:
        ConfigError: with every problem of the file.

    >>> text = "analysts: [{name: Ana, mail: ana@example.com, receives: [{rules: order_late}]}]"
    >>> config = load(text, "tocsin.yaml")
    >>> config.analysts[0].receives[0].rules, config.rule("order_late").enabled
    (('order_late',), True)
    >>> load("analysts: [{name: Ana, mail: ana, recieves: []}]", "t.yaml")
    Traceback (most recent call last):
    ...
    alerts.config.problems.ConfigError: 3 problems in the settings file:
      t.yaml:1: analysts[0].mail: got 'ana'; wanted one mail address, such as ana@example.com
      t.yaml:1: analysts[0].receives: missing; wanted a list, such as [{rules: [order_late]}]; [{}] takes all
      t.yaml:1: analysts[0].recieves: unknown key; did you mean 'receives'?
    """
    document = parse(text, filename)
    problems = document.problems
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        problems.append(document.problem((), f"got {shown(data)}", f"wanted keys: {', '.join(TOP)}"))
        raise ConfigError(problems)
    problems += [unknown_key(document, (key,), list(TOP)) for key in data if key not in TOP]
    top = checked(document, (), Config, {key: data[key] for key in ("timezone",) if key in data})
    timezone = top.timezone if top else "UTC"
    rules = _rules(document, data.get("rules"))
    series = _switched(document, "series", Series, data.get("series"))
    pairs = _switched(document, "pairs", Pairs, data.get("pairs"))
    problems += _strange_cuts(document, data.get("series"))
    watch = questions(document, data.get("watch"), series)
    analysts = list(_analysts(document, data.get("analysts"), timezone))
    problems += _strange_questions(document, analysts, data.get("watch"))
    if problems:
        raise ConfigError(problems)
    return Config(
        timezone=timezone, rules=rules, series=series, pairs=pairs, watch=watch, analysts=tuple(analysts)
    )


def _switched(document: Document, key: str, model: type[M], data: Any) -> M | None:
    """What a key says that `false` turns off."""
    if data is False:
        return None
    return checked(document, (key,), model, None if data is True else data)


def _strange_cuts(document: Document, data: Any) -> Iterator[Problem]:
    """Dimensions that a measure does not have; told beside whatever else is wrong."""
    measures = data.get("measures") if isinstance(data, dict) else None
    for name, watched in measures.items() if isinstance(measures, dict) else ():
        by = watched.get("by") if isinstance(watched, dict) and name in MEASURES else None
        for position, dimension in enumerate(by if isinstance(by, list) else [by]):
            if isinstance(dimension, str) and dimension not in (known := MEASURES[name].by):
                where = ("series", "measures", name, "by", position)
                came = f"{name} cannot be cut by {shown(dimension)}"
                yield document.problem(where, came, did_you_mean(dimension, known))


def _rules(document: Document, data: Any) -> dict[str, BaseModel]:
    known = find_rules()
    if not isinstance(data, dict | None):
        wanted = "wanted a mapping of rule names to their settings"
        document.problems.append(document.problem(("rules",), f"got {shown(data)}", wanted))
        data = None
    given: dict[str, Any] = data or {}
    document.problems += [
        document.problem(("rules", name), "unknown rule", did_you_mean(name, known))
        for name in given
        if name not in known
    ]
    settings = {
        name: checked(document, ("rules", name), rule.Settings, given.get(name))
        for name, rule in known.items()
    }
    return {name: each for name, each in settings.items() if each is not None}


def _analysts(document: Document, data: Any, timezone: str) -> Iterator[Analyst]:
    if not isinstance(data, list | None):
        wanted = "wanted a list, one analyst an item"
        document.problems.append(document.problem(("analysts",), f"got {shown(data)}", wanted))
        return
    seen: dict[tuple[str, str], int] = {}
    for index, item in enumerate(data or []):
        place: Place = ("analysts", index)
        analyst = checked(document, place, Analyst, {} if item is None else item)
        if analyst is None:
            continue
        document.problems += _strange_rules(document, place, analyst)
        document.problems += _idle_choices(document, place, analyst)
        for key, value in (("name", analyst.name.casefold()), ("mail", analyst.mail.casefold())):
            first = seen.setdefault((key, value), index)
            if first != index:
                came = f"{shown(item[key])} is also that of analysts[{first}]"
                wanted = "give each analyst their own; one analyst may have several items in `receives`"
                document.problems.append(document.problem((*place, key), came, wanted))
        yield analyst if analyst.timezone else analyst.model_copy(update={"timezone": timezone})


def _strange_rules(document: Document, place: Place, analyst: Analyst) -> Iterator[Problem]:
    known = find_rules()
    for number, subscription in enumerate(analyst.receives):
        for position, name in enumerate(subscription.rules or ()):
            if name not in known:
                where = (*place, "receives", number, "rules", position)
                yield document.problem(where, f"unknown rule {shown(name)}", did_you_mean(name, known))


def _strange_questions(document: Document, analysts: list[Analyst], watch: Any) -> Iterator[Problem]:
    """Questions that a subscription names and nobody asks; those that are asked wrongly count as asked."""
    items = watch if isinstance(watch, list) else []
    asked = [str(each["name"]).strip() for each in items if isinstance(each, dict) and "name" in each]
    for index, analyst in enumerate(analysts):
        for number, subscription in enumerate(analyst.receives):
            for position, name in enumerate(subscription.labels.get("question", ())):
                if name not in asked:
                    where = ("analysts", index, "receives", number, "labels", "question", position)
                    came = f"no question of `watch` is called {shown(name)}"
                    yield document.problem(where, came, did_you_mean(name, asked))


def _idle_choices(document: Document, place: Place, analyst: Analyst) -> Iterator[Problem]:
    for number, subscription in enumerate(analyst.receives):
        if subscription.churn and subscription.rules is not None and churn.NAME not in subscription.rules:
            where = (*place, "receives", number, "churn")
            yield document.problem(
                where, "this subscription does not take the rule churn", "add churn to `rules`"
            )
