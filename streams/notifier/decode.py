"""Bytes from the topic `alerts` to an alert."""

from __future__ import annotations

from pydantic import ValidationError

from schemas.alert import Alert, AlertEvent
from schemas.errors import Poison

LARGEST = 1 << 20


def decode(value: bytes | None) -> Alert:
    """Read one record.

    Raises:
        Poison: it can never be read: `tombstone`, `oversized` or `invalid`.

    >>> decode(b"{}")
    Traceback (most recent call last):
    ...
    schemas.errors.Poison: invalid: id: Field required (and 4 more)
    """
    if value is None:
        raise Poison("tombstone", "an alert without a value")
    if len(value) > LARGEST:
        raise Poison("oversized", f"{len(value)} bytes, at most {LARGEST} are read")
    try:
        return AlertEvent.model_validate_json(value).data
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False, include_context=False)
        place = ".".join(str(part) for part in first["loc"])
        more = f" (and {len(others)} more)" if others else ""
        raise Poison("invalid", f"{place or 'the whole'}: {first['msg']}{more}"[:500]) from error
