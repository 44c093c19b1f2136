"""Columns of Parquet from the models of `schemas`: a field added there is a column here.

A column that a file does not have is null in it, so files of before stay readable. Every type has a fixed
column type; what has none (a union, anything) is kept as JSON text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson
import pyarrow as pa
from pydantic import AwareDatetime, BaseModel
from typing_extensions import is_typeddict

from schemas.errors import Fatal

MOMENT = pa.timestamp("us", "UTC")
# As many digits as the contracts allow: 15 before the point and 4 after.
AMOUNT = pa.decimal128(19, 4)
_PLAIN: dict[Any, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    Decimal: AMOUNT,
    datetime: MOMENT,
    AwareDatetime: MOMENT,
}


def columns(models: Iterable[type[BaseModel]]) -> dict[str, pa.DataType | None]:
    """The columns that hold any of the models; None for one that is kept as JSON text.

    Raises:
        Fatal: two models have a field of the same name and of different types.

    >>> from schemas.score import Worth
    >>> {name: str(kind) for name, kind in columns([Worth]).items()}
    {'middle': 'double', 'low': 'double', 'high': 'double', 'currency': 'string'}
    """
    found: dict[str, pa.DataType | None] = {}
    for model in models:
        for name, kind in _fields(model).items():
            if found.setdefault(name, kind) != kind:
                raise Fatal(f"{model.__name__}.{name} is {kind} and elsewhere {found[name]}; rename one.")
    return found


def schema(kinds: Mapping[str, pa.DataType | None]) -> pa.Schema:
    """The Arrow schema of these columns."""
    return pa.schema([(name, pa.string() if kind is None else kind) for name, kind in kinds.items()])


def texts(row: Mapping[str, Any], kinds: Mapping[str, pa.DataType | None]) -> dict[str, Any]:
    """A row fit for the schema: what has no column type as JSON.

    >>> texts({"a": 1, "b": [1, "x"]}, {"a": pa.int64(), "b": None})
    {'a': 1, 'b': '[1,"x"]'}
    """
    return {
        name: orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        if value is not None and name in kinds and kinds[name] is None
        else value
        for name, value in row.items()
    }


def _fields(model: type[BaseModel]) -> dict[str, pa.DataType | None]:
    return {name: _type(field.annotation) for name, field in model.model_fields.items()}


def _type(kind: Any) -> pa.DataType | None:  # noqa: PLR0911 - one return for each shape that a type may have
    origin, inner = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin is Literal:
        return pa.string() if all(isinstance(each, str) for each in inner) else None
    if origin in {Union, UnionType}:
        some = [each for each in inner if each is not NoneType]
        return _type(some[0]) if len(some) == 1 else None
    if hasattr(kind, "__metadata__"):
        return _type(inner[0])
    if origin is tuple and inner[1:] == (Ellipsis,):
        item = _type(inner[0])
        return None if item is None else pa.list_(item)
    if origin is dict:
        key, value = map(_type, inner)
        return None if key is None or value is None else pa.map_(key, value)
    if isinstance(kind, type) and (issubclass(kind, BaseModel) or is_typeddict(kind)):
        fields = _fields(kind) if issubclass(kind, BaseModel) else _typed(kind)
        return None if None in fields.values() else pa.struct(list(fields.items()))
    return None


def _typed(kind: type) -> dict[str, pa.DataType | None]:
    return {name: _type(hint) for name, hint in get_type_hints(kind).items()}
