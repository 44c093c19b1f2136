"""A year of a shop beside pandas, which reads the finished list of events and knows nothing of streams."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest
from engine.drive import Drive
from engine.measured import Shop, Sums, measure
from engine.stages import DAY, HOUR, T0

YEAR = 365
LONG = 30 * DAY

Found = dict[tuple[int, str, str], tuple[int, int]]


@pytest.fixture(scope="module")
def year() -> tuple[pd.DataFrame, Sums]:
    shop = Shop(7, days=YEAR, orders=400)
    rows = [{**told.data, **told._asdict(), "key": told.key} for told in shop.told]
    events = pd.DataFrame(rows).sort_values("time").reset_index(drop=True)
    events["bucket"], events["day"] = events.time // HOUR * HOUR, events.time // DAY * DAY
    found, _ = measure(shop, 2, random.Random(7), drive=Drive)
    return events, found


def told(sums: Sums, measure_name: str) -> Found:
    return {
        (start, dimension, value): (num, den)
        for (start, _, name, dimension, value), (num, den, _) in sums.told.items()
        if name == measure_name
    }


def added(frame: pd.DataFrame, dimensions: Iterable[str], num: str, den: str | None = None) -> Found:
    """Sums of a column, by hour and, for each dimension, by day."""
    found: Found = {}
    for dimension in ("", *dimensions):
        place, by = ("bucket", []) if not dimension else ("day", [dimension])
        rows = frame if not dimension else frame[frame[dimension].notna() & (frame[dimension] != "")]
        for at, group in rows.groupby([place, *by]):
            value = at[1] if dimension else ""
            n, d = int(group[num].sum()), int(group[den].sum()) if den else 1
            if n or (den and d):
                found[int(at[0]), dimension, value] = (n, d)
    return found


def of(events: pd.DataFrame, topic: str, kind: str) -> pd.DataFrame:
    return events[(events.topic == topic) & (events.kind == kind)].assign(one=1)


def places(events: pd.DataFrame) -> pd.DataFrame:
    """What was last said of each order, at each of its events, until it was over."""
    orders = events[events.topic == "orders"].copy()
    names = ["region", "channel", "carrier", "route", "promised"]
    over = orders.kind.isin(["delivered", "cancelled", "returned"]).groupby(orders.order_id).cummax()
    orders[names] = orders[names].where(orders.kind.isin(["placed", "shipped"]) & ~over)
    orders[names] = orders.groupby("order_id")[names].ffill()
    carrier = orders.carrier.map(lambda each: f"{each} / " if isinstance(each, str) else "")
    orders["route"] = (carrier + orders.route.fillna("")).where(orders.route.notna())
    return orders.assign(one=1)


def test_orders_and_money(year: tuple[pd.DataFrame, Sums]) -> None:
    events, sums = year
    placed = of(events, "orders", "placed")
    placed["money"] = [round(float(total) * 10_000) for total in placed.total]
    placed["n_lines"] = [len(lines) for lines in placed.lines]
    own = placed[placed.currency == "EUR"]
    abroad = placed[placed.currency != "EUR"]
    lines = placed.explode("lines")
    lines["department"] = [line.get("department") for line in lines.lines]
    lines["money"] = [round(float(line["amount"]) * 10_000) for line in lines.lines]
    by_order = lines.drop_duplicates(["order_id", "department"])

    def cut(found: Found) -> Found:
        return {at: each for at, each in found.items() if at[1]}

    assert told(sums, "orders") == added(placed, ["region", "channel"], "one") | cut(
        added(by_order, ["department"], "one")
    )
    assert told(sums, "revenue") == (
        added(own, ["region"], "money")
        | cut(added(lines[lines.currency == "EUR"], ["department"], "money"))
        | cut(added(abroad, ["currency"], "money"))
    )
    assert told(sums, "basket_size") == added(placed, ["region"], "n_lines", "one")
    assert told(sums, "order_value") == added(own, ["region"], "money", "one") | cut(
        added(abroad, ["currency"], "money", "one")
    )


def test_deliveries_cancellations_and_returns(year: tuple[pd.DataFrame, Sums]) -> None:
    events, sums = year
    orders = places(events)
    delivered = orders[orders.kind == "delivered"].drop_duplicates("order_id")
    kept = delivered[delivered.promised.notna()].copy()
    promised = pd.to_datetime(kept.promised, format="ISO8601", utc=True)
    kept["delay"] = kept.time - (promised - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(milliseconds=1)
    assert told(sums, "delivery_delay") == added(kept, ["region", "carrier", "route"], "delay", "one")
    cancelled = orders[orders.kind == "cancelled"].drop_duplicates("order_id")
    assert told(sums, "cancellations") == added(cancelled, ["region", "carrier"], "one")
    assert told(sums, "returns") == added(orders[orders.kind == "returned"], ["region"], "one")
    missing = of(events, "orders", "out_of_stock")
    assert told(sums, "out_of_stock") == added(missing, ["region", "department"], "one")


def test_tickets_and_who_waits(year: tuple[pd.DataFrame, Sums]) -> None:
    events, sums = year
    assert told(sums, "tickets") == added(of(events, "tickets", "opened"), ["category", "region"], "one")
    changes = pd.DataFrame(
        [
            change
            for _, ticket in events[events.topic == "tickets"].groupby("ticket_id")
            for change in waits(ticket.to_dict("records"))
        ]
    )
    changes["bucket"], changes["day"] = changes.time // HOUR * HOUR, changes.time // DAY * DAY
    expected = added(changes, ["category"], "n")
    assert {at: each[0] for at, each in told(sums, "unanswered_tickets").items()} == {
        at: each[0] for at, each in expected.items()
    }


def waits(ticket: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One more where a wait begins, one less where it ends, or after 30 days."""
    found: list[dict[str, Any]] = []
    begun, category = None, None
    for each in ticket:
        if begun is not None and each["time"] >= (end := (begun // DAY + 1) * DAY + LONG):
            found.append({"time": end, "category": found[-1]["category"], "n": -1})
            begun = None
        category = each["category"] if each["kind"] == "opened" else category
        asks = each["kind"] in ("opened", "reopened") or each.get("by") == "customer"
        if asks and begun is None:
            begun = each["time"]
            found.append({"time": begun, "category": category, "n": 1})
        elif not asks and begun is not None:
            found.append({"time": each["time"], "category": found[-1]["category"], "n": -1})
            begun = None
    if begun is not None:
        end = (begun // DAY + 1) * DAY + LONG
        found.append({"time": end, "category": found[-1]["category"], "n": -1})
    return found


def test_visits_and_checkouts(year: tuple[pd.DataFrame, Sums]) -> None:
    events, sums = year
    web = events[events.topic == "web-events"].assign(one=1)
    pause = web.groupby(["key", "session_id"]).time.diff()
    visits = web[pause.isna() | (pause > 6 * HOUR)]
    assert told(sums, "sessions") == added(visits, [], "one")
    counts = {
        kind: added(of(events, "web-events", f"checkout_{kind}"), [], "one")
        for kind in ("completed", "started", "failed")
    }
    assert told(sums, "checkouts_failed") == counts["failed"]
    assert told(sums, "conversion") == ratio(counts["completed"], added(visits, [], "one"))
    assert told(sums, "checkout_failures") == ratio(counts["failed"], counts["started"])


def ratio(num: Found, den: Found) -> Found:
    return {at: (num.get(at, (0, 1))[0], den.get(at, (0, 1))[0]) for at in {*num, *den}}


def test_contacts_and_publishers(year: tuple[pd.DataFrame, Sums]) -> None:
    events, sums = year
    sent = added(of(events, "contacts", "sent"), [], "one")
    answered = events[(events.topic == "contacts") & (events.kind != "sent")].assign(one=1)
    assert told(sums, "contacts") == sent
    assert told(sums, "responses") == ratio(added(answered, [], "one"), sent)
    by_source = events.groupby(["bucket", "source"]).size()
    assert told(sums, "events") == {
        **{(at, "source", source): (n, 1) for (at, source), n in by_source.items()},
        **{(at, "", ""): (n, 1) for at, n in events.groupby("bucket").size().items()},
    }
    made = {at[0] for at, each in sums.told.items() if at[2:4] == ("events", "") and each[2]}
    assert made == set(events[events.synthetic].bucket)


def test_what_publishers_leave_out_and_what_they_name(year: tuple[pd.DataFrame, Sums]) -> None:
    events, sums = year
    placed = events[(events.topic == "orders") & (events.kind == "placed")]
    found = {at[0]: each for at, each in sums.quality.items() if at[2:] == ("shop", "order.placed", "region")}
    shop = placed[placed.source == "shop"]
    empty = (shop.region.isna() | (shop.region == "")).groupby(shop.bucket)
    assert found == dict(zip(empty.sum().index, zip(empty.sum(), empty.count(), strict=True), strict=True))
    named = placed[placed.region.notna() & (placed.region != "")].groupby(["day", "source", "region"]).size()
    tickets = events[(events.kind == "opened") & (events.topic == "tickets")]
    named = named.add(
        tickets[tickets.region.fillna("") != ""].groupby(["day", "source", "region"]).size(), fill_value=0
    )
    stock = events[events.kind == "out_of_stock"]
    named = named.add(stock[stock.region.notna()].groupby(["day", "source", "region"]).size(), fill_value=0)
    regions = {(at[0], at[2], at[4]): n for at, n in sums.labels.items() if at[3] == "region"}
    assert regions == named.to_dict()


def test_the_year_has_something_of_everything(year: tuple[pd.DataFrame, Sums]) -> None:
    events, sums = year
    assert events.time.max() - T0 > 300 * DAY
    names = {at[2] for at in sums.told}
    assert len(names) == 17, "all but dead letters"
