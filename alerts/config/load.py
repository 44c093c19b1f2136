"""From text to a checked `Config`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from alerts.config.document import Document, parse, unknown_key
from alerts.config.models import Analyst, Config
from alerts.config.problems import ConfigError, Place, Problem, did_you_mean, shown
from alerts.registry import find_rules
from alerts.rules import churn

M = TypeVar("M", bound=BaseModel)
OWN_WORDS = frozenset({"duration", "tocsin"})
TOP = ("timezone", "rules", "analysts")


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
        problems.append(document.problem((), f"got {shown(data)}", "wanted keys: timezone, rules, analysts"))
        raise ConfigError(problems)
    problems += [unknown_key(document, (key,), list(TOP)) for key in data if key not in TOP]
    top = _checked(document, (), Config, {key: data[key] for key in ("timezone",) if key in data})
    timezone = top.timezone if top else "UTC"
    rules = _rules(document, data.get("rules"))
    analysts = list(_analysts(document, data.get("analysts"), timezone))
    if problems:
        raise ConfigError(problems)
    return Config(timezone=timezone, rules=rules, analysts=tuple(analysts))


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
    checked = {
        name: _checked(document, ("rules", name), rule.Settings, given.get(name))
        for name, rule in known.items()
    }
    return {name: settings for name, settings in checked.items() if settings is not None}


def _analysts(document: Document, data: Any, timezone: str) -> Iterator[Analyst]:
    if not isinstance(data, list | None):
        wanted = "wanted a list, one analyst an item"
        document.problems.append(document.problem(("analysts",), f"got {shown(data)}", wanted))
        return
    seen: dict[tuple[str, str], int] = {}
    for index, item in enumerate(data or []):
        place: Place = ("analysts", index)
        analyst = _checked(document, place, Analyst, {} if item is None else item)
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


def _idle_choices(document: Document, place: Place, analyst: Analyst) -> Iterator[Problem]:
    for number, subscription in enumerate(analyst.receives):
        if subscription.churn and subscription.rules is not None and churn.NAME not in subscription.rules:
            where = (*place, "receives", number, "churn")
            yield document.problem(
                where, "this subscription does not take the rule churn", "add churn to `rules`"
            )


def _checked(document: Document, place: Place, model: type[M], data: Any) -> M | None:
    try:
        return model.model_validate({} if data is None else data)
    except ValidationError as error:
        document.problems += [
            _problem(document, place, model, each) for each in error.errors() if not _follows(each)
        ]
        return None


def _follows(error: ErrorDetails) -> bool:
    """A list whose items are wrong is reported as too short as well; the items' own words are enough."""
    return error["type"] == "too_short" and bool(error["input"])


def _problem(document: Document, place: Place, model: type[BaseModel], error: ErrorDetails) -> Problem:
    # pydantic marks a problem with a key by an extra part, "[key]".
    here = (*place, *(part for part in error["loc"] if part != "[key]"))
    if error["type"] == "extra_forbidden":
        return unknown_key(document, here, _fields(model, error["loc"]))
    if error["type"] == "missing":
        return document.problem(here, "missing", _WANTED.get(str(here[-1]), "it is needed"))
    if error["type"] == "literal_error":
        known = (
            str(error.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        )
        wanted = f"wanted one of {', '.join(known)}"
        return document.problem(here, f"got {shown(error['input'])}", wanted)
    return document.problem(here, f"got {shown(error['input'])}", _words(error))


_WANTED = {
    "name": "wanted the analyst's name",
    "mail": "wanted an address, such as ana@example.com",
    "receives": "wanted a list, such as [{rules: [order_late]}]; [{}] takes all",
}
_MESSAGES = {
    "model_type": "wanted keys and values, such as `name: Ana`",
    "model_attributes_type": "wanted keys and values, such as `name: Ana`",
    "tuple_type": "wanted a list",
    "dict_type": "wanted keys and values",
    "string_type": "wanted text",
    "bool_parsing": "wanted true or false",
    "bool_type": "wanted true or false",
    "int_type": "wanted a whole number",
    "float_type": "wanted a number, such as 4.50",
    "too_short": "wanted at least one item",
}


def _words(error: ErrorDetails) -> str:
    if error["type"] in _MESSAGES:
        return _MESSAGES[error["type"]]
    if error["type"] in OWN_WORDS:
        return error["msg"]
    return "wanted " + error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Names of the keys that may stand where an unknown one came."""
    found: type[BaseModel] | None = model
    for part in loc[:-1]:
        if isinstance(part, str) and found is not None and part in found.model_fields:
            found = _model_in(found.model_fields[part].annotation)
    return list(found.model_fields) if found else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for arg in get_args(annotation) if (model := _model_in(arg))), None)
