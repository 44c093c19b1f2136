"""A small shop whose future is visible for one horizon and no further, and a driver of the churn parts."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

from detectors.churn import history as book
from detectors.churn.chunk import examples, label, pack
from detectors.churn.model import ChurnModel
from detectors.churn.packed import pack as packed
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
    waiting: dict[int, list[dict[str, Any]]] = defaultdict(list)
    given: Given = {}
    queue = iter([*stream, (1 << 60, "", "")])
    head = next(queue)
    for day in range(1, until + 1):
        now = day * DAY
        while head[0] < now:
            book.placed(histories.setdefault(head[1], book.empty()), head[2], head[0], 20.0, "EUR")
            head = next(queue)
        moved = [{**chunk, "at": chunk["at"] + shift * DAY} for chunk in waiting.pop(day, [])]
        labels = [
            label(chunk, HORIZON, [packed(histories[who], None, now) for who in chunk["who"]])
            for chunk in moved
        ]
        for each in examples(labels):
            model.learn_one(HORIZON, each.features(), each.known(), silent=each.silent)
            key = (each.customer, each.at - shift * DAY)
            given[key] = (given[key][0], each.silent)
        if day % HORIZON == 0:
            names = sorted(histories)
            swept = sweep([histories[name] for name in names], now)
            p = model.predict_many(swept)
            given |= {
                (names[i], now): (float(p), None) for i, p in zip(swept.places, p[HORIZON], strict=True)
            }
            waiting[day + HORIZON + shift].append(pack(now, names, swept, p))
    return given


def auc(pairs: list[tuple[float, bool]]) -> float:
    """Share of (silent, not silent) pairs ranked rightly, ties by half."""
    lost = [p for p, silent in pairs if silent]
    came = [p for p, silent in pairs if not silent]
    wins = sum((a > b) + 0.5 * (a == b) for a in lost for b in came)
    return wins / (len(lost) * len(came))
