"""What a closed window says: a record of `windows`, alerts of what changed, and answers to questions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import orjson
from pydantic import BaseModel

from alerts.answers.pairs import Window
from alerts.rules import pairs, watch
from detectors.pairs.change import Change, Changes
from detectors.pairs.question import PairQuestion, stands
from detectors.pairs.relevant import Judged
from schemas.alert import Alert
from streams.engine.answers import pairs_answer
from streams.engine.pairs.options import Kept, PairOptions
from streams.engine.pairs.progress import Told
from streams.engine.pairs.spans import Seen
from streams.engine.records import Send
from streams.engine.ringing import send_alert
from streams.engine.state import Outcome

WINDOWS = "windows"
TOP = 50
"""Pairs, and changes, in one record."""

STAGE = "pairs"
_KINDS = ("emerging", "growing", "fading", "broken")


class Close(NamedTuple):
    """A window as it closes.

    Attributes:
        window: which one.
        begin, end: its first moment and the first one after it, ms.
        options: what is told, and in which zone.
        seen: its baskets.
        judged: their pairs, by the options' rule.
        changes: beside the days before it; None where those are not known: the first window is silent.
    """

    window: Kept
    begin: int
    end: int
    options: PairOptions
    seen: Seen
    judged: Judged
    changes: Changes | None


def is_about(question: PairQuestion, window: Kept) -> bool:
    """Whether a question asks about a window."""
    return (question.level, question.region, question.days) == (window.level, window.region, window.days)


def tell(
    outcome: Outcome,
    rules: Mapping[str, BaseModel],
    close: Close,
    asked: Sequence[PairQuestion],
    told: Collection[Told],
) -> list[Told]:
    """Say all there is to say of a window that closes.

    Args:
        outcome: of the step; gets the record and the alerts.
        rules: settings by name.
        close: the window.
        asked: the questions that are about it.
        told: changes that were told when it closed before.

    Returns:
        Those that have been told and last.
    """
    changes = [] if close.changes is None else close.changes.told
    fresh = [each for each in changes if _told(each) not in told]
    ringing = fresh[: close.options.most] if _on(rules, pairs.NAME) else []
    value = orjson.dumps(_record(close, ringing))
    outcome.sends.append(Send(WINDOWS, 0, b"pairs", value))
    alerts = _changed(close, ringing, len(fresh) - len(ringing))
    if _on(rules, watch.NAME):
        alerts += [found for each in asked if (found := _answer(each, close)) is not None]
    outcome.sends += [send_alert(outcome.row, alert, STAGE) for alert in alerts]
    return [_told(each) for each in changes if _told(each) in told or each in ringing]


def _told(change: Change) -> Told:
    return change.product_a, change.product_b, change.kind in ("emerging", "growing")


def _on(rules: Mapping[str, BaseModel], name: str) -> bool:
    chosen = rules.get(name)
    return not isinstance(chosen, pairs.Settings | watch.Settings) or chosen.enabled


def _record(close: Close, ringing: Collection[Change]) -> dict[str, Any]:
    window, counts, judged, changes = close.window, close.seen.counts, close.judged, close.changes
    rows = judged.ranked(np.flatnonzero(judged.relevant))
    return {
        "window": "pairs",
        "from": close.begin,
        "to": close.end,
        "days": window.days,
        "region": window.region,
        "level": window.level,
        "baskets": counts.baskets,
        "pairs": len(counts.keys),
        "slack": counts.slack,
        "oversized": counts.oversized,
        "significant": len(rows),
        "emerged": 0 if changes is None else sum(each.kind == "emerging" for each in changes.told),
        "changed": None if changes is None else len(changes.told),
        "top": [asdict(pair) for pair in judged.pairs(rows[:TOP])],
        "changes": None
        if changes is None
        else [_row(each, told=each in ringing) for each in changes.told[:TOP]],
        "synthetic": close.seen.synthetic > 0,
    }


def _row(change: Change, *, told: bool) -> dict[str, Any]:
    found = asdict(change)
    return {"change": found.pop("kind"), **found, "told": told}


def _changed(close: Close, ringing: Sequence[Change], more: int) -> list[Alert]:
    by_kind = {kind: [_plain(each) for each in ringing if each.kind == kind] for kind in _KINDS}
    window = _window(close)
    return [
        pairs.alert(kind, window, found, more=more, synthetic=close.seen.synthetic > 0)
        for kind, found in by_kind.items()
        if found
    ]


def _plain(each: Change) -> pairs.Changed:
    return pairs.Changed(
        each.product_a,
        each.product_b,
        each.count,
        each.before,
        each.expected,
        each.lift,
        each.lift_before,
        each.q,
    )


def _answer(question: PairQuestion, close: Close) -> Alert | None:
    members: set[str] | None = None
    if question.department is not None:
        at_category = question.level == "category"
        members = {question.department} if at_category else close.seen.members[question.department]
    found = stands(close.judged, question, members)
    return pairs_answer(question, found, _window(close), synthetic=close.seen.synthetic > 0)


def _window(close: Close) -> Window:
    kept, counts = close.window, close.seen.counts
    zone = close.options.zone
    return Window(close.begin, close.end, zone, kept.level, kept.region, counts.baskets, counts.possible)
