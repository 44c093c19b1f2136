"""The JSON Schemas that integrators get, one for each event type, one for alerts and one for churn scores.

Pydantic's own are right but hard to read: the same patterns stand in them a dozen times. Here every kind of
value is a definition with a name, and what only repeats a field's name is left out.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from schemas.alert import AlertEvent
from schemas.decode import CONTRACTS
from schemas.examples import examples
from schemas.scalars import KINDS
from schemas.score import Score

ALERT = "tocsin.alert.v1"
"""Name of the alert's schema; both of its types share it."""
SCORE = "tocsin.score.v1"
"""Name of the schema of a record on `customer-scores`."""


def json_schemas() -> dict[str, dict[str, Any]]:
    """Name to JSON Schema (2020-12), for every event type, for alerts and for churn scores.

    >>> schema = json_schemas()["tocsin.order.delivered.v1"]
    >>> schema["$defs"]["OrderDeliveredData"]["properties"]["customer_id"]["$ref"]
    '#/$defs/Id'
    """
    found = {}
    for contract in CONTRACTS.values():
        for name, event in contract.types.items():
            found[name] = {**_schema(name, event, "validation"), "examples": list(examples(event))}
    return {
        **found,
        ALERT: _schema(ALERT, AlertEvent, "serialization"),
        SCORE: _schema(SCORE, Score, "serialization"),
    }


def _schema(name: str, model: type[BaseModel], mode: Any) -> dict[str, Any]:
    schema = model.model_json_schema(mode=mode)
    used: set[str] = set()
    plain = _plain(schema, used)
    definitions = {
        kind: {"description": KINDS[kind].wanted, **KINDS[kind].published} for kind in sorted(used)
    }
    definitions = {**plain.pop("$defs", {}), **definitions}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"{name}.json",
        "title": name,
        **plain,
        "$defs": definitions,
    }


def _plain(node: Any, used: set[str]) -> Any:
    """The same schema with kinds of values by name; notes the names in `used`."""
    if isinstance(node, list):
        return [_plain(one, used) for one in node]
    if not isinstance(node, dict):
        return node
    kind = _kind(node)
    if kind is not None:
        used.add(kind)
        node = {
            "$ref": f"#/$defs/{kind}",
            **{k: v for k, v in node.items() if k not in KINDS[kind].published},
        }
    # `examples` hold data; the examples of a whole event say more.
    skipped = ("title", "examples")
    return {
        key: {name: _plain(one, used) for name, one in value.items()}
        if key in {"properties", "$defs"}
        else _plain(value, used)
        for key, value in node.items()
        if key not in skipped or not isinstance(value, str | list)
    }


def _kind(node: dict[str, Any]) -> str | None:
    """The kind of value that a schema describes, if it is one of ours."""
    if "type" not in node and "oneOf" not in node:
        return None
    for name, kind in KINDS.items():
        if kind.published == {
            key: node[key] for key in node if key not in {"title", "description", "default"}
        }:
            return name
    return None
