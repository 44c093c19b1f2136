"""The keys `series`, `pairs` and `watch` of `tocsin.yaml`, and the measures, as tables of the docs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from alerts.config.fields import span
from alerts.config.pairs import Pairs
from alerts.config.series import Holidays, Series, Slices, Watched
from alerts.config.watch import PairsAsked, Question, SeriesAsked
from schemas.measures import MEASURES


def keys(*parts: tuple[str, type[BaseModel]]) -> str:
    """A table of the keys of some models, each under its prefix.

    >>> print(keys(("slices.", Slices)).splitlines()[2])
    | `slices.bucket` | from `1m` to `1d`, dividing a day | `1d` |
    """
    rows = (
        (f"`{prefix}{field.alias or name}`", field.description or "", _absent(field))
        for prefix, model in parts
        for name, field in model.model_fields.items()
    )
    return _table(("key", "what it says", "if it is absent"), rows)


def measures() -> str:
    """A table of what may be measured."""
    return _table(("measure", "what it is", "value", "cut by", "may be cut by, too"), _measures())


def _measures() -> Iterator[tuple[str, ...]]:
    for each in MEASURES.values():
        more = (name for name in each.by if name not in each.cut)
        value = {"count": "number", "gauge": "how many there are"}.get(each.kind, each.unit or "number")
        yield f"`{each.name}`", each.says, value, _names(each.cut), _names(more)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _absent(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    default = field.get_default(call_default_factory=True)
    # What other keys of the table say, and what is empty, is said by the description.
    if isinstance(default, BaseModel) or default in (None, (), {}):
        return ""
    return f"`{_written(default)}`"


def _written(value: Any) -> str:
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PARTS: dict[str, Callable[[], str]] = {
    "measures": measures,
    "pairs-keys": lambda: keys(("", Pairs)),
    "series-keys": lambda: keys(
        ("", Series), ("holidays.", Holidays), ("slices.", Slices), ("measures.NAME.", Watched)
    ),
    "watch-keys": lambda: keys(("", Question), ("pairs.", PairsAsked), ("series.", SeriesAsked)),
}
"""What stands between the marks of these names; see `docs/generate.py`."""
