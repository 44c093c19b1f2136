"""The reading rules for what the source of the real orders leaves open, on baskets small enough to check."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from schemas.decode import decode
from streams.sources import orders
from streams.sources.strand import weave


def basket(number: int, *lines: tuple[int, int, int, int]) -> list[dict[str, object]]:
    """Lines are (product, quantity, cents, coupon cents)."""
    return [
        {
            "basket_id": number,
            "household_id": 900,
            "store_id": 330,
            "product_id": product,
            "quantity": quantity,
            "cents": cents,
            "coupon_cents": coupon,
            "at": 1_483_271_606_000 + number,
            "department": "GROCERY" if product < 100 else float("nan"),
        }
        for product, quantity, cents, coupon in lines
    ]


def read(*baskets: list[dict[str, object]]) -> orders.Orders:
    return orders.from_lines(pd.DataFrame([line for lines in baskets for line in lines]))


def placed(*baskets: list[dict[str, object]]) -> list[dict[str, object]]:
    events = [decode(record.topic, record.value) for record in weave([orders.placed(read(*baskets))])]
    return [event.model_dump(exclude_none=True)["data"] for event in events]


def test_a_basket_becomes_an_order_with_its_lines() -> None:
    (order,) = placed(basket(1, (7, 2, 250, 0), (200, 1, 99, 0)))
    assert order == {
        "order_id": "1",
        "customer_id": "900",
        "currency": "USD",
        "total": Decimal("3.49"),
        "lines": (
            {"product_id": "7", "department": "GROCERY", "quantity": Decimal(2), "amount": Decimal("2.50")},
            {"product_id": "200", "quantity": Decimal(1), "amount": Decimal("0.99")},
        ),
        "region": "store-330",
        "channel": "store",
    }


def test_a_line_without_quantity_and_amount_is_left_out_and_its_coupon_still_counts() -> None:
    found = read(basket(1, (7, 1, 300, 0), (8, 0, 0, 200)))
    assert found.products.tolist() == [7]
    assert found.totals.tolist() == [100]
    assert found.notes["lines_without_quantity_and_amount"] == 1


def test_an_amount_without_quantity_is_one_piece() -> None:
    found = read(basket(1, (7, 0, 300, 0)))
    assert found.quantities.tolist() == [1]
    assert found.notes["lines_counted_as_one_piece"] == 1


def test_a_basket_without_lines_is_no_order() -> None:
    found = read(basket(1, (7, 0, 0, 0)), basket(2, (7, 1, 100, 0)))
    assert found.ids.tolist() == [2]
    assert found.notes["baskets_without_lines"] == 1


def test_coupons_never_make_a_total_negative() -> None:
    found = read(basket(1, (7, 1, 100, 300)))
    assert found.totals.tolist() == [0]
    assert found.notes["totals_raised_to_zero"] == 1


def test_no_order_at_all_is_no_event() -> None:
    assert placed(basket(1, (7, 0, 0, 0))) == []
