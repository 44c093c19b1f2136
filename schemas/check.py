"""What is wrong with one line of a file: the pure part of `tocsin validate`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from schemas.decode import TOPICS, decode, topic_of
from schemas.errors import Poison
from schemas.explain import Problem, shown
from schemas.line import event_of, is_wrapped, parse
from schemas.refusal import Refusal

__all__ = ["Problem", "check"]


def check(line: bytes, topic: str | None = None) -> tuple[Problem, ...]:
    """Everything that is wrong with one line; nothing if it would be taken.

    Args:
        line: a CloudEvent, or one wrapped as `{"topic": ..., "key": ..., "event": ...}`.
        topic: where a bare event is meant to go; None lets its type decide.

    >>> [problem.reason for problem in check(b'{"specversion": "1.0"}')]
    ['not_an_event']
    >>> print(*check(b'{"topic": "order", "event": {}}'))
    topic: "order" came, wanted one of contacts, customers, orders, tickets, web-events
    """
    found = parse(line)
    if not is_wrapped(found):
        return _event(line, topic or _home(found))
    wrong = _wrapper(found)
    if wrong:
        return wrong
    inside = _event(event_of(line), found["topic"])
    return tuple(replace(one, field=f"event.{one.field}" if one.field else "event") for one in inside)


def _event(value: bytes, topic: str) -> tuple[Problem, ...]:
    try:
        decode(topic, value)
    except Refusal as refusal:
        return refusal.problems
    return ()


def _home(found: Any) -> str:
    """The topic that a bare event names by its type; any will do where nothing can be read."""
    try:
        return topic_of(found["type"])
    except (Poison, TypeError, KeyError):
        return TOPICS[0]


def _wrapper(found: dict[str, Any]) -> tuple[Problem, ...]:
    """What is wrong around the event."""
    wrong = []
    topic, key = found.get("topic"), found.get("key")
    if topic not in TOPICS:
        came = shown(topic) if "topic" in found else "nothing"
        wrong.append(Problem("topic", came, f"one of {', '.join(TOPICS)}", "unknown_topic"))
    if not (key is None or (isinstance(key, str) and key)):
        wrong.append(Problem("key", shown(key), "the record's key as a string, or none", "invalid"))
    return tuple(wrong)
