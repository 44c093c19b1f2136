"""Turns threads into alerts: asks every rule of an order or ticket, and says each thing once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from pydantic import BaseModel

from alerts.registry import TimelineRule, timeline_rules
from alerts.timeline import Episode, Known
from schemas.alert import Alert, AlertEvent, State
from streams.engine.customer_row import Row
from streams.engine.partition_row import PartitionRow
from streams.engine.records import Send

ALERTS = "alerts"

Settled = Callable[[Sequence[Known]], list[Known]]

_RINGING: tuple[State, Callable[[Episode], int | None]] = ("ringing", attrgetter("at"))
_RECOVERED: tuple[State, Callable[[Episode], int | None]] = ("recovered", attrgetter("recovered"))
_TO_SAY = {None: (_RINGING, _RECOVERED), "ringing": (_RECOVERED,)}
"""What follows what was said last of an episode, and the moment of each."""


class Judge:
    """The rules over timelines, with their settings.

    Args:
        settings: each rule's settings by name; a rule that is not named has its defaults.
        settled: what others than the rules must remember of a thread that is over, by kind of entity.
    """

    def __init__(self, settings: dict[str, BaseModel], settled: Mapping[str, Settled] | None = None) -> None:
        self._settled = settled or {}
        self._rules: dict[str, list[tuple[str, TimelineRule, Any]]] = {"order": [], "ticket": []}
        for name, rule in timeline_rules().items():
            chosen: Any = settings.get(name) or rule.Settings()
            if chosen.enabled:
                self._rules[rule.ENTITY].append((name, rule, chosen))

    def judge(self, entity: str, name: str, customer: str, thread: Row, watermark: int | None) -> list[Alert]:
        """What is to be said about a thread now that time has come to `watermark`; sets its `due`.

        A message waits until time has passed its moment, a recovery too: what else happened before that
        moment may still be on its way, and would change what is to be said.
        """
        alerts: list[Alert] = []
        dues: list[int] = []
        events: list[Known] | None = None
        for rule_name, rule, settings in self._rules[entity]:
            if events is None:
                events = [Known(*each) for each in thread["known"]]
            for episode in rule.episodes(events, settings):
                said = thread["said"].get(rule_name, {}).get(episode.start)
                if said == "recovered" or (said is None and not episode.rings):
                    continue
                for state, at in _TO_SAY[said]:
                    moment = at(episode)
                    if moment is None:
                        break
                    if watermark is None or moment >= watermark:
                        dues.append(moment)
                        break
                    alerts.append(rule.alert(state, name, customer, events, episode))
                    thread["said"].setdefault(rule_name, {})[episode.start] = state
        thread["due"] = min(dues, default=None)
        return alerts

    def settle(self, entity: str, thread: Row, watermark: int) -> None:
        """Keep of a thread that is over only what its rules must remember: rows stay small that way."""
        known = thread["known"]
        if thread["due"] is not None or thread["last"] >= watermark or thread.get("settled") == len(known):
            return
        if "ringing" in (said for each in thread["said"].values() for said in each.values()):
            return
        events = [Known(*each) for each in known]
        # Ids are unique to a publisher only; an order may be told of by several.
        kept: dict[tuple[int, int, str, str], Known] = {}
        for _, rule, _ in self._rules[entity]:
            kept |= {event[:4]: event for event in rule.settled(events)}
        if entity in self._settled:
            kept |= {event[:4]: event for event in self._settled[entity](events)}
        thread["known"] = [list(event) for event in kept.values()]
        thread["settled"] = len(kept)


def send_alert(row: PartitionRow, alert: Alert, stage: str) -> Send:
    """The record that carries an alert, counted."""
    kind = f"{alert.rule}.{alert.state}"
    row.alerts[kind] = row.alerts.get(kind, 0) + 1
    event = AlertEvent.of(alert, f"tocsin/{stage}")
    return Send(ALERTS, None, alert.episode.encode(), event.model_dump_json().encode())
