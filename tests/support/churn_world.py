"""A small shop whose future is visible for one horizon and no further, and a driver of the churn parts."""

from __future__ import annotations

import random
from collections import defaultdict

from detectors.churn import history as book
from detectors.churn.examples import Example, is_due, label, learning_order, take
from detectors.churn.features import features
from detectors.churn.model import ChurnModel
from detectors.churn.signals import DAY
from detectors.churn.sweep import sweep

HORIZON = 14
Given = dict[tuple[str, int], tuple[float, bool | None]]  # (customer, moment): score, silent if known
Order = tuple[int, str, str]  # time, customer, order id


def orders(customers: int = 120, blocks: int = 14, seed: int = 3) -> list[Order]:
    """Coins decide, customer by customer and block by block.

    Heads for a block: an order in its middle, and one at the end of the block before, which gives it away.
    """
    coin = random.Random(seed)
    found = []
    for number in range(customers):
        customer = f"c{number:03d}"
        found.append((DAY // 2, customer, f"{customer}-first"))
        for block in range(1, blocks):
            if coin.random() < 0.5:
                begin = block * HORIZON * DAY
                found.append((begin - coin.randrange(DAY, 2 * DAY), customer, f"{customer}-{block}-a"))
                found.append((begin + HORIZON * DAY // 2, customer, f"{customer}-{block}-b"))
    return sorted(found)


def scores(
    stream: list[Order], until: int, shift: int = 0
) -> dict[tuple[str, int], tuple[float, bool | None]]:
    """Score every known customer at each block's end (day), as the engine does; learn labels as they come.

    Args:
        stream: orders in time order.
        until: last day.
        shift: days by which labels are taken later than they should be.
    """
    model = ChurnModel((HORIZON,))
    histories: dict[str, book.History] = {}
    last: dict[str, int] = {}
    waiting: dict[int, list[Example]] = defaultdict(list)
    given: Given = {}
    queue = iter([*stream, (1 << 60, "", "")])
    head = next(queue)
    for day in range(1, until + 1):
        now = day * DAY
        while head[0] < now:
            book.placed(histories.setdefault(head[1], book.empty()), head[2], head[0], 20.0, "EUR")
            head = next(queue)
        due = waiting.pop(day, [])
        moved = [each._replace(at=each.at + shift * DAY) for each in due]
        for each in learning_order(label(one, HORIZON, histories[one.customer]) for one in moved):
            model.learn_one(HORIZON, each.example.features(), each.example.known(), silent=each.silent)
            key = (each.customer, each.at - shift * DAY)
            if key in given:
                given[key] = (given[key][0], each.silent)
        names = sorted(histories)
        if day % HORIZON == 0:
            swept = sweep([histories[name] for name in names], now)
            given |= {
                (names[i], now): (float(p), None)
                for i, p in zip(swept.places, model.predict_many(swept)[HORIZON], strict=True)
            }
        for name in names if day % HORIZON == 0 else ():
            found = features(histories[name], now)
            if found and is_due(last.get(name), now):
                last[name] = now
                waiting[day + HORIZON + shift].append(take(name, now, *found, {}))
    return given


def auc(pairs: list[tuple[float, bool]]) -> float:
    """Share of (silent, not silent) pairs ranked rightly, ties by half."""
    lost = [p for p, silent in pairs if silent]
    came = [p for p, silent in pairs if not silent]
    wins = sum((a > b) + 0.5 * (a == b) for a in lost for b in came)
    return wins / (len(lost) * len(came))
