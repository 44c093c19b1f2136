"""Bytes to event, in one pass. The hot path of everything that reads the public topics.

Whatever the bytes, the answer is an event or a `Poison` with one of `REASONS` and a sentence for people.
"""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import from_json

from schemas import events
from schemas.binary import Headers, is_binary, to_structured
from schemas.envelope import Event
from schemas.explain import Problem, shown
from schemas.refusal import Refusal, not_json, refuse, unknown_type
from schemas.registry import load

__all__ = ["CONTRACTS", "MAX_EVENT_BYTES", "REASONS", "TOPICS", "Event", "decode", "topic_of"]

MAX_EVENT_BYTES = 262_144
"""Largest record value, in bytes. A larger one is a dead letter."""

REASONS: dict[str, str] = {
    "tombstone": "the record has no value (a tombstone), events are never deleted",
    "empty": "the value is empty",
    "oversized": f"the value is larger than {MAX_EVENT_BYTES} bytes",
    "not_utf8": "the value, or a header, is not UTF-8",
    "not_json": "the value is not JSON",
    "not_an_event": "the value has no CloudEvents 1.0 envelope",
    "unknown_type": "the event's type is not one that we know",
    "wrong_topic": "the event's type belongs to another topic",
    "invalid": "a field is missing or has a wrong value",
    "future": "the event's time is further ahead of the clock than allowed",
    "unknown_topic": "the record comes from a topic that has no events",
}
"""Why an input becomes a dead letter. `future` is found by the engine, which has a clock; the rest here."""

CONTRACTS = load(events)
"""The contract of every public topic, by topic."""

TOPICS: tuple[str, ...] = tuple(sorted(CONTRACTS))
"""The public topics."""

_TOPIC_OF = {name: contract.topic for contract in CONTRACTS.values() for name in contract.types}
_N, _I = b"NI"
_READ = {topic: contract.read.validator.validate_json for topic, contract in CONTRACTS.items()}


def topic_of(type: str) -> str:  # noqa: A002 - the attribute's name in CloudEvents
    """The topic that events of a type belong to.

    Raises:
        Poison: nobody knows the type.

    >>> topic_of("tocsin.ticket.opened.v1")
    'tickets'
    """
    try:
        return _TOPIC_OF[type]
    except KeyError:
        raise Refusal(unknown_type(type, _TOPIC_OF)) from None


def decode(topic: str, value: bytes | None, headers: Headers = ()) -> Event:
    """The event in a Kafka record.

    Args:
        topic: the public topic it was read from, without prefix.
        value: the record's value.
        headers: the record's headers; with `ce_specversion` among them the value is the data alone.

    Raises:
        Poison: there is no event in it that belongs to this topic; nothing else is ever raised.

    >>> decode("orders", b'{"specversion": "1.0"}')
    Traceback (most recent call last):
    ...
    schemas.refusal.Refusal: not_an_event: no id, no source, ... came, wanted a CloudEvents 1.0 envelope, ...
    """
    text = _worth_parsing(topic, value, headers)
    try:
        event: Event = _READ[topic](text)
    except ValidationError as error:
        raise refuse(topic, text, error, _TOPIC_OF) from None
    return event


def _worth_parsing(topic: str, value: bytes | None, headers: Headers) -> bytes:
    """The record's value in structured mode."""
    if topic not in _READ:
        raise Refusal(Problem("topic", shown(topic), f"one of {', '.join(TOPICS)}", "unknown_topic"))
    if value is None:
        raise Refusal(Problem("", "a record without a value", "one CloudEvent as JSON", "tombstone"))
    if len(value) > MAX_EVENT_BYTES:
        raise Refusal(Problem("", f"{len(value)} bytes", f"at most {MAX_EVENT_BYTES}", "oversized"))
    if headers and is_binary(headers):
        value = to_structured(value, headers)
    # The parser takes these words for numbers; JSON does not have them. One byte is found 20 times as fast.
    if (_N in value and b"NaN" in value) or (_I in value and b"Infinity" in value):
        try:
            from_json(value, allow_inf_nan=False)
        except ValueError as error:
            raise Refusal(not_json(value, str(error))) from None
    return value
