"""What it costs to read an event: bytes to a checked model, beside `json.loads` of the same bytes.

    python -m benchmarks.decode
    python -m benchmarks.decode --runs 15 --only order.placed --json

Both read the same few hundred different events in turn, run by run, in CPU time of this thread; the ratio is
the median of the runs' ratios, so that a busy neighbour slows both and not one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from schemas.decode import CONTRACTS, decode
from schemas.envelope import Event
from schemas.examples import examples

EVENTS = 400
LINES = 10


@dataclass(frozen=True)
class Cost:
    """Of one type: bytes of an event, us to read it, us of json.loads, and the median ratio of the two."""

    type: str
    bytes: int
    decode_us: float
    json_us: float
    ratio: float


def events(event: type[Event], count: int, random: Random) -> list[bytes]:
    """Different events of a type: ids and amounts vary, as they do in a stream; an order has ten lines."""
    return [json.dumps(_vary(examples(event)[0], random)).encode() for _ in range(count)]


def _vary(node: Any, random: Random, name: str = "") -> Any:
    if isinstance(node, dict):
        return {key: _vary(value, random, key) for key, value in node.items()}
    if name == "lines":
        return [_vary(random.choice(node), random) for _ in range(LINES)]
    if isinstance(node, list):
        return [_vary(one, random) for one in node]
    if name == "id" or name.endswith("_id"):
        return f"{node[:2]}{random.randrange(10**6)}"
    if name in {"amount", "total"}:
        return f"{random.randrange(1, 20_000) / 100:.2f}"
    return node


def measure(topic: str, event: type[Event], runs: int, random: Random) -> Cost:
    """Read the same events `runs` times each way."""
    values = events(event, EVENTS, random)
    ours = [(_us(lambda value: decode(topic, value), values), _us(json.loads, values)) for _ in range(runs)]
    return Cost(
        type=event.type_name(),
        bytes=round(statistics.mean(map(len, values))),
        decode_us=round(statistics.median(one for one, _ in ours), 2),
        json_us=round(statistics.median(other for _, other in ours), 2),
        ratio=round(statistics.median(one / other for one, other in ours), 2),
    )


def _us(read: Callable[[bytes], object], values: Sequence[bytes]) -> float:
    began = time.thread_time()
    for value in values:
        read(value)
    return (time.thread_time() - began) / len(values) * 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.decode", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=9, help="how often each way (9)")
    parser.add_argument("--only", default="", help="types whose name contains this")
    parser.add_argument("--json", action="store_true", help="one JSON object for machines")
    options = parser.parse_args(arguments)
    costs = [
        measure(contract.topic, event, max(1, options.runs), Random(7))
        for contract in CONTRACTS.values()
        for name, event in contract.types.items()
        if options.only in name
    ]
    if options.json:
        print(json.dumps({"events": EVENTS, "runs": options.runs, "costs": [asdict(cost) for cost in costs]}))
        return 0
    print(f"{'type':34} {'bytes':>6} {'decode us':>10} {'json us':>8} {'ratio':>6}")
    for cost in costs:
        print(f"{cost.type:34} {cost.bytes:6} {cost.decode_us:10.2f} {cost.json_us:8.2f} {cost.ratio:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
