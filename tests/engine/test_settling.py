"""What a thread forgets when it is over never changes what is said of it later, nor when it was looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from engine.timelines import LENGTHS, MANY, SEEDS, timelines
from hypothesis import given

from alerts.rules import ticket_unanswered
from alerts.timeline import Known
from schemas.alert import Alert
from streams.engine.customer_row import note, thread
from streams.engine.ringing import Judge

SPANS = {"urgent": 5, "high": 15, "normal": 40, "low": 70}
LIMITS = ticket_unanswered.Limits(**{name: timedelta(milliseconds=ms) for name, ms in SPANS.items()})
JUDGE = Judge({"ticket_unanswered": ticket_unanswered.Settings(limits=LIMITS)})
END = 10_000


def said(conversation: Conversation) -> list[str]:
    """Every message, to the letter."""
    return sorted(each.model_dump_json() for each in conversation.said)


class Conversation:
    """A thread that is judged when an event touches it or its moment has passed, as the stage does it."""

    def __init__(self, entity: str) -> None:
        self.entity = entity
        self.row: dict[str, Any] = {"order": {}, "ticket": {}}
        self.said: list[Alert] = []

    def take(self, event: Known) -> None:
        found = thread(self.row, self.entity, "x", 0)
        note(found, *event)
        found["due"] = -END  # it was touched: whatever the time, it is to be judged

    def come_to(self, watermark: int, *, settle: bool) -> None:
        found = thread(self.row, self.entity, "x", 0)
        if found["due"] is not None and found["due"] < watermark:
            self.said += JUDGE.judge(self.entity, "x", "c", found, watermark)
        if settle:
            JUDGE.settle(self.entity, found, watermark)


@pytest.mark.parametrize("entity", ["order", "ticket"])
@MANY
@given(seed=SEEDS, most=LENGTHS)
def test_settling_at_any_moment_changes_nothing_that_is_said(entity: str, seed: int, most: int) -> None:
    for rng, arrivals in timelines(entity, seed, most):
        whole, settled = Conversation(entity), Conversation(entity)
        for arrival in arrivals:
            whole.take(arrival.known)
            settled.take(arrival.known)
            whole.come_to(arrival.mark, settle=False)
            settled.come_to(arrival.mark, settle=rng.random() < 0.7)
        whole.come_to(END, settle=False)
        settled.come_to(END, settle=True)
        assert said(settled) == said(whole), arrivals


@pytest.mark.parametrize("entity", ["order", "ticket"])
@MANY
@given(seed=SEEDS, most=LENGTHS)
def test_when_a_thread_is_looked_at_changes_nothing_that_is_said(entity: str, seed: int, most: int) -> None:
    for rng, arrivals in timelines(entity, seed, most):
        often, seldom = Conversation(entity), Conversation(entity)
        for arrival in arrivals:
            often.take(arrival.known)
            often.come_to(arrival.mark, settle=False)
            seldom.take(arrival.known)
            if rng.random() < 0.5:
                seldom.come_to(arrival.mark, settle=False)
        often.come_to(END, settle=False)
        seldom.come_to(END, settle=False)
        assert said(seldom) == said(often), arrivals
