"""The reference part of docs/contracts.md, written from the models: kinds of values, fields, examples."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from schemas.decode import CONTRACTS
from schemas.published import ALERT, SCORE, json_schemas
from schemas.scalars import KINDS

_ROOT = "#/$defs/"
_ENVELOPE = {"type": "what happened", "data": "what the type says, see below"}


def kinds() -> str:
    """Every kind of value."""
    return _table(("kind", "what it is"), ((f"`{name}`", kind.wanted) for name, kind in KINDS.items()))


def envelope() -> str:
    """What every event has around its data."""
    some_event = next(iter(json_schemas().values()))
    any_type = {"type": "string", "description": "what happened, one of the types below"}
    return _fields({**some_event, "properties": {**some_event["properties"], "type": any_type}})


def events() -> str:
    """Every type by topic: fields, example, schema."""
    return "\n\n".join(_events(json_schemas()))


def alert() -> str:
    """What Tocsin publishes when something rings."""
    schema = json_schemas()[ALERT]
    return "\n\n".join([_fields(schema), *_nested(schema, "Alert", "In `data`:")])


def score() -> str:
    """What Tocsin publishes of each customer."""
    schema = json_schemas()[SCORE]
    parts = [_fields(schema)]
    for name, heading in (("Reason", "Each of `reasons`:"), ("Worth", "In `value`:")):
        parts += _nested(schema, name, heading)
    return "\n\n".join(parts)


PARTS: dict[str, Callable[[], str]] = {
    "value-kinds": kinds,
    "event-envelope": envelope,
    "event-types": events,
    "alert-event": alert,
    "score": score,
}
"""The generated parts of docs/contracts.md by name."""


def _events(schemas: dict[str, dict[str, Any]]) -> Iterator[str]:
    for contract in CONTRACTS.values():
        yield f"## Topic `{contract.topic}`"
        purpose = contract.purpose.partition(": ")[2]
        yield purpose[:1].upper() + purpose[1:]
        for name in contract.types:
            schema = schemas[name]
            yield f"### `{name}`"
            yield f"{schema['description']} JSON Schema: [{name}.json](schemas/{name}.json)."
            yield from _nested(schema, schema["properties"]["data"]["$ref"].removeprefix(_ROOT), "")
            for example in schema["examples"]:
                yield f"```json\n{json.dumps(example, indent=2, ensure_ascii=False)}\n```"


def _nested(schema: dict[str, Any], name: str, heading: str) -> Iterator[str]:
    """The table of one definition, then those of the definitions that it uses."""
    definition = schema["$defs"][name]
    if heading:
        yield heading
    yield _fields(definition)
    inner = {
        ref: field
        for field, node in definition["properties"].items()
        for ref in _refs(node)
        if ref not in KINDS
    }
    for ref, field in inner.items():
        many = "each of " if _is_list(definition["properties"][field]) else ""
        yield from _nested(schema, ref, f"{many.capitalize()}`{field}`:")


def _fields(schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = (
        (f"`{name}`", _type(node), "yes" if name in required else "", _description(name, node))
        for name, node in schema["properties"].items()
    )
    return _table(("field", "kind", "required", "meaning"), rows)


def _description(name: str, node: dict[str, Any]) -> str:
    text: str = node.get("description", _ENVELOPE.get(name, ""))
    default = node.get("default")
    if isinstance(default, bool):
        text += f" ({json.dumps(default)} if left out)"
    return text


def _type(node: dict[str, Any]) -> str:  # noqa: PLR0911 - one return for each shape of a schema
    """What a field takes, in a few words.

    >>> _type({"type": "integer", "minimum": 1, "maximum": 5})
    'whole number, 1 to 5'
    """
    if "$ref" in node:
        name = node["$ref"].removeprefix(_ROOT)
        return f"`{name}`" if name in KINDS else "object"
    if "const" in node or "enum" in node:
        return " or ".join(f"`{json.dumps(one)}`" for one in node.get("enum", [node.get("const")]))
    match node:
        case {"anyOf": [inner, {"type": "null"}]}:
            return _type(inner)
        case {"type": "array"}:
            null = " or `null`" if {"type": "null"} in node["items"].get("anyOf", ()) else ""
            return f"list of {_type(node['items'])}{null}{_limits(node, 'minItems', 'maxItems')}"
        case {"type": "integer"}:
            return f"whole number{_limits(node, 'minimum', 'maximum')}"
        case {"type": "number"}:
            return "number"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"type": "string", "format": "date-time"}:
            return "time"
        case {"type": "string"}:
            return "text"
    (values,) = node.get("patternProperties", {"": node.get("additionalProperties", {})}).values()
    return f"object, each value {_type(values)}{_limits(node, '', 'maxProperties')}"


def _limits(node: dict[str, Any], low: str, high: str) -> str:
    least, most = node.get(low), node.get(high)
    if most is None:
        return "" if least is None else f", at least {least}"
    return f", at most {most}" if least is None else f", {least} to {most}"


def _is_list(node: dict[str, Any]) -> bool:
    return any(one.get("type") == "array" for one in (node, *node.get("anyOf", ())))


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix(_ROOT)
        for one in node.values():
            yield from _refs(one)
    elif isinstance(node, list):
        for one in node:
            yield from _refs(one)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "&#124;") for cell in line) + " |" for line in lines)
