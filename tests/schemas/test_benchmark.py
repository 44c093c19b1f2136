"""The benchmark of the hot path runs, and says what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_cost_of_reading_is_told_beside_json() -> None:
    command = [sys.executable, "-m", "benchmarks.decode", "--runs", "1", "--only", "order.placed", "--json"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (cost,) = json.loads(found.stdout)["costs"]
    assert cost["type"] == "tocsin.order.placed.v1"
    assert min(cost["bytes"], cost["decode_us"], cost["json_us"], cost["ratio"]) > 0
