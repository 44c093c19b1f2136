"""From plain data to a checked model; what pydantic says becomes words with a line."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from alerts.config.document import Document, unknown_key
from alerts.config.problems import Place, Problem, shown

M = TypeVar("M", bound=BaseModel)
OWN_WORDS = frozenset({"duration", "tocsin"})


def checked(document: Document, place: Place, model: type[M], data: Any) -> M | None:
    """The model of what stands at a place; None, and problems in the document, where it is wrong."""
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
        return unknown_key(document, here, _keys(model, error["loc"]))
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
    "name": "wanted a name",
    "mail": "wanted an address, such as ana@example.com",
    "receives": "wanted a list, such as [{rules: [order_late]}]; [{}] takes all",
    "measure": "wanted what is measured, such as orders",
    "is": "wanted a condition, such as below forecast",
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


def _keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand where an unknown one came."""
    found: type[BaseModel] | None = model
    for part in loc[:-1]:
        if part in (fields := _fields(found)):
            found = _model_in(fields[str(part)].annotation)
    return list(_fields(found))


def _fields(model: type[BaseModel] | None) -> dict[str, FieldInfo]:
    """The fields of a model by the keys that people write."""
    fields = {} if model is None else model.model_fields
    return {each.alias or name: each for name, each in fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for arg in get_args(annotation) if (model := _model_in(arg))), None)
