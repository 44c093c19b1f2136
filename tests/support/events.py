"""Valid events to start from, as JSON objects, by type."""

from __future__ import annotations

import copy
import json
from typing import Any

from schemas.decode import CONTRACTS, topic_of
from schemas.examples import examples

ALL_TYPES = tuple(name for contract in CONTRACTS.values() for name in contract.types)


def example(name: str, **data: Any) -> dict[str, Any]:
    """A valid event of a type, with some of its data replaced; `None` stays `null`."""
    event = copy.deepcopy(examples(CONTRACTS[topic_of(name)].types[name])[0])
    event["data"].update(data)
    return event


def encode(event: object) -> bytes:
    """The bytes that a publisher would send."""
    return json.dumps(event).encode()
