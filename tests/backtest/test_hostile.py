"""Events as bad publishers send them, through the whole backtest: nothing dies, nobody else is touched."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from support import buyers
from support.buyers import DAY, START, Order

from alerts.config.load import load
from streams.backtest.run import Backtest
from streams.engine.models import document
from streams.engine.records import Send
from streams.settings import Settings
from streams.sources.files import Line, any_record
from streams.summary import adds_up, summary
from streams.wiring import engine_options

Event = tuple[int, bytes]

HOUR = 3_600_000
DAYS = 100
NOW = START + 2 * DAYS * DAY
SHOP = buyers.shop(100, DAYS, seed=21)
MOMENTS = tuple(START + day * DAY for day in range(7, DAYS, 3))
TIMES = {buyers.moment(at).isoformat().replace("+00:00", "Z") for at in MOMENTS}
PRIOR, LEARNING = 365, 14  # within a year nothing is learnt: the prior speaks throughout
MOST_BYTES = 1 << 20


class Ran(Backtest):
    """A backtest in memory, and what it holds in the end."""

    def __init__(self, events: list[Event], horizon: int) -> None:
        text = (
            f"rules: {{churn: {{horizon: {horizon}d, horizons: [{horizon}d], customers: new}}}}\n"
            "series: false\npairs: false"
        )
        config = load(text, "tocsin.yaml")
        options = engine_options(Settings(), config)
        assert options.churn is not None
        options = replace(options, churn=replace(options.churn, moments=MOMENTS))
        self.dead_letters: list[Send] = []
        self.scores: dict[tuple[str, str], bytes] = {}
        super().__init__(
            options, frozenset(), config, lambda _: None, self.dead_letters.append, self._keep, lambda _: None
        )
        lines = enumerate(line for _, line in sorted(events))
        records = [any_record(Line(Path("events.jsonl"), number, raw)) for number, raw in lines]
        asyncio.run(self.run(records, NOW, lambda _: None))
        assert adds_up(summary(self.sent, self.rows, mails={}, seconds=1.0, churn=self.churn))

    def _keep(self, send: Send) -> None:
        raw = send.value or b""
        self.scores[(send.key or b"").decode(), orjson.loads(raw)["time"]] = raw

    def without(self, hostile: str) -> dict[tuple[str, str], bytes]:
        """The scores of everybody else."""
        return {key: raw for key, raw in self.scores.items() if key[0] != hostile}

    def asked(self) -> dict[tuple[str, str], bytes]:
        """Those of everybody else that were asked for; further ones follow from who is at risk."""
        return {key: raw for key, raw in self.without("bad").items() if key[1] in TIMES}

    def weights(self) -> Iterator[float]:
        """Every number of the models."""
        return _numbers(document(self._scoring.adopted))

    def sizes(self, customer: str) -> list[int]:
        """Of the rows of a customer, bytes."""
        rows = self._customers.state.rows.items()
        return [len(raw) for key, raw in rows if key.endswith(f"/{customer}".encode())]


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _numbers(each)
    elif isinstance(value, int | float):
        yield value


def everyday() -> list[Event]:
    """The shop, and each day a visit and a question of somebody who orders nothing: time goes on."""
    events = list(zip((each.time for each in SHOP), buyers.lines(SHOP), strict=True))
    for day in range(DAYS):
        at = START + day * DAY + 12 * HOUR
        asked = {"customer_id": "clock", "ticket_id": f"t{day}"}
        events.append((at, buyers.event("web.page_viewed", at, f"v{day}", session_id="clock")))
        events.append((at, buyers.event("ticket.resolved", at, f"t{day}", **asked)))
    return events


def placed(at: int, ident: str, **more: object) -> bytes:
    line = {"product_id": "p", "quantity": "1", "amount": "5"}
    data = {"order_id": ident, "customer_id": "bad", "currency": "EUR", "total": "5", "lines": [line]}
    return buyers.event("order.placed", at, ident, **(data | more))


def refunds() -> list[Event]:
    """Orders of 5 that are returned for a million, again and again, some before they are placed."""
    events = []
    for number in range(40):
        at = START + number * 2 * DAY + HOUR
        events.append((at, placed(at, f"o{number}")))
        back = {"order_id": f"o{number}", "customer_id": "bad", "currency": "EUR", "amount": "1000000"}
        for copy in range(4):
            then = at + (copy - 1) * DAY
            events.append((then, buyers.event("order.returned", then, f"r{number}-{copy}", **back)))
    return events


def absurd() -> list[Event]:
    """Amounts and quantities that are none: negative, no number, far beyond all money."""
    events = []
    for number in range(60):
        at = START + number * DAY + 5 * HOUR
        for place, (old, new) in enumerate(
            (
                (b'"total":"5"', b'"total":"-5"'),
                (b'"quantity":"1"', b'"quantity":"-3"'),
                (b'"total":"5"', b'"total":NaN'),
                (b'"total":"5"', b'"total":"Infinity"'),
                (b'"total":"5"', b'"total":1e300'),
                (b'"total":"5"', b'"total":"1' + b"0" * 300 + b'"'),
                (b'"total":"5"', b'"total":"999999999999999"'),
                (b'"amount":"5"', b'"amount":"0"'),
            )
        ):
            events.append((at, placed(at, f"o{number}-{place}").replace(old, new)))
    return events


def flood(number: int = 20_000) -> list[Event]:
    """One customer who does everything, three days long: orders, questions, visits."""
    rng = random.Random(number)
    events = []
    for each in range(number):
        at = START + 40 * DAY + each * 3 * DAY // number
        match rng.randrange(10):
            case 0 | 1:
                line = placed(at, f"o{each}", total="999999999")
            case 2:
                data = {"customer_id": "bad", "ticket_id": f"t{each}", "category": "x", "priority": "low"}
                line = buyers.event("ticket.opened", at, f"t{each}", text="?", **data)
            case _:
                line = buyers.event("web.page_viewed", at, f"v{each}", customer_id="bad", session_id="s")
        events.append((at, line))
    return events


def slow_clock() -> list[Event]:
    """A publisher whose clock is two hours behind: all that it sends is late."""
    events = []
    for number in range(80):
        at = START + number * DAY + HOUR
        events.append((at, placed(at - 2 * HOUR, f"o{number}")))
    return events


def fast_clock() -> list[Event]:
    """A publisher whose clock is two hours ahead, an hour before midnight."""
    events = []
    for number in range(80):
        at = START + number * DAY + 23 * HOUR
        events.append((at, placed(at + 2 * HOUR, f"o{number}")))
    return events


HOSTILE = {each.__name__: each for each in (refunds, absurd, flood, slow_clock)}


@lru_cache
def clean(horizon: int) -> Ran:
    return Ran(everyday(), horizon)


@lru_cache
def with_hostile(name: str, horizon: int) -> Ran:
    return Ran([*everyday(), *HOSTILE[name]()], horizon)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_one_publisher_does_moves_no_other_score(name: str) -> None:
    ran = with_hostile(name, PRIOR)
    assert ran.without("bad") == clean(PRIOR).scores
    assert len(ran.scores) > len(clean(PRIOR).scores), "they are scored, too"
    assert all(math.isfinite(each) for raw in ran.scores.values() for each in _numbers(orjson.loads(raw)))
    assert max(ran.sizes("bad")) < MOST_BYTES


@pytest.mark.parametrize("name", HOSTILE)
def test_a_model_that_learns_of_them_lives_and_speaks_of_others_as_before(name: str) -> None:
    ran, without = with_hostile(name, LEARNING), clean(LEARNING).asked()
    assert ran.churn is not None
    assert ran.churn["examples"] > 500
    assert all(math.isfinite(each) for each in ran.weights())
    moved = [abs(_p(raw) - _p(without[key])) for key, raw in ran.asked().items()]
    assert len(moved) == len(without)
    assert sum(moved) / len(moved) < 0.005
    assert 0 < max(moved) < 0.05, "it has learnt of them, and not much"


def test_what_is_no_order_is_a_dead_letter() -> None:
    letters = with_hostile("absurd", PRIOR).dead_letters
    reasons = [dict(each.headers)["tocsin-reason"].decode() for each in letters]
    assert not clean(PRIOR).dead_letters
    assert len(reasons) == 60 * 6
    assert set(reasons) == {"not_json", "invalid"}


def test_twice_the_flood_makes_no_larger_rows() -> None:
    half = Ran([*everyday(), *flood(10_000)], PRIOR).sizes("bad")
    assert sum(with_hostile("flood", PRIOR).sizes("bad")) < 1.05 * sum(half)


@pytest.mark.parametrize("horizon", [PRIOR, LEARNING])
def test_a_publisher_that_sends_everything_twice_changes_no_score(horizon: int) -> None:
    assert Ran([each for each in everyday() for _ in range(2)], horizon).scores == clean(horizon).scores


def test_a_clock_two_hours_ahead_moves_only_scores_of_those_who_ordered_in_those_hours() -> None:
    """What others send meanwhile is late, and known a little later: the score of midnight cannot know it."""
    one, other = clean(PRIOR).asked(), Ran([*everyday(), *fast_clock()], PRIOR).asked()
    changed = {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
    just = {(each.customer, _midnight(each)) for each in SHOP if each.time % DAY >= 22 * HOUR}
    assert changed <= just
    assert 0 < len(changed) < len(one) / 50


def _midnight(order: Order) -> str:
    return buyers.moment((order.time // DAY + 1) * DAY).isoformat().replace("+00:00", "Z")


def _p(raw: bytes) -> float:
    return float(orjson.loads(raw)["probability"])
