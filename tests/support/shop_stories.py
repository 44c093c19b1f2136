"""What happens in the shop: orders, parcels, visits, contacts, profiles, and shelves that empty."""

from __future__ import annotations

from typing import Any

from support.shop import (
    DAY,
    END,
    HOUR,
    LEGACY,
    MINUTE,
    PARTITIONS,
    SHOP,
    START,
    TRACKER,
    Stream,
    iso,
    murmur2_partition,
)
from support.shop_tickets import open_tickets

CARRIERS = ("Nordpost", "Hermès", "DHL", None)
TEA_TIME = {"p-scone": "BAKERY", "p-jam": "GROCERY", "p-cream": "DAIRY"}
REGIONS = ("north", "south", "Île-de-France", None)


def tell(stream: Stream) -> None:
    """Thirty days of everything, then a day of visits that carries every clock past all that came before."""
    customers = [f"c-{n:04d}" for n in range(380)] + ["c-éclair", "客户-12", "c 13", "o'hara", "🦊"]
    _profiles(stream, customers)
    orders = [_order(stream, f"o-{n:05d}", stream.rng.choice(customers)) for n in range(1250)]
    for number in range(24):
        _crossed(stream, f"x-{number}", stream.rng.choice(customers))
    _empty_shelves(stream, orders)
    open_tickets(stream, customers)
    _visits(stream, customers)
    _contacts(stream, customers)
    # Stories end with the month, so that the last day is the last of every partition.
    stream.emissions = [emission for emission in stream.emissions if emission.time < END]
    _last_day(stream)


def _profiles(stream: Stream, customers: list[str]) -> None:
    rng = stream.rng
    for customer in customers:
        if rng.random() < 0.1:
            continue  # known by what it does only
        time = START + rng.randrange(20 * DAY)
        for version in range(rng.choice((1, 1, 2, 3))):
            data = {
                "customer_id": customer,
                "region": rng.choice(REGIONS),
                "attributes": {"version": str(version)},
                "consent": {"mail": rng.random() < 0.5},
            }
            # Now and then two versions in the same millisecond: the greater id decides.
            time += rng.choice((0, rng.randrange(DAY), rng.randrange(DAY)))
            late = rng.choice((0, 0, 0, rng.randrange(HOUR, 3 * DAY)))
            stream.emit("customers", "upserted", time, data, source=SHOP, late=late)


def _amount(stream: Stream, most: int) -> str | float | int:
    cents = stream.rng.randrange(most)
    text = f"{cents // 100}.{cents % 100:02d}"
    return stream.rng.choice((text, text, cents / 100, cents))


def _order(stream: Stream, order: str, customer: str) -> tuple[str, str, int]:
    """One order from the basket to its end; returns its id, its customer and when it was placed."""
    rng = stream.rng
    who = {"order_id": order, "customer_id": customer}
    placed = START + rng.randrange(25 * DAY)
    promised = placed + rng.randrange(12 * 60, 4 * 24 * 60) * MINUTE if rng.random() < 0.85 else None
    data: dict[str, Any] = who | {
        "currency": rng.choice(("EUR", "EUR", "EUR", "USD", "JPY")),
        "total": _amount(stream, 30_000),
        "lines": [_line(stream) for _ in range(rng.randrange(1, 5))] + _tea_time(stream),
        "carrier": rng.choice(CARRIERS),
        "region": rng.choice(REGIONS),
    }
    if promised is not None:
        data["promised"] = iso(promised, rng.choice((0, 1)))
    due = promised or placed + 2 * DAY
    late = _sometimes(stream, 0.02, due - placed, due - placed + DAY)
    late = late or _sometimes(stream, 0.03, HOUR // 2, 6 * HOUR)
    stream.emit("orders", "placed", placed, data, source=_publisher(stream, 0.25), late=late)
    if rng.random() < 0.06:
        cancelled = placed + rng.randrange(due - placed + DAY)
        late = _sometimes(stream, 0.1, HOUR, DAY)
        stream.emit("orders", "cancelled", cancelled, who | {"by": "shop"}, source=SHOP, late=late)
        return order, customer, placed
    shipped = placed + rng.randrange(HOUR, (due - placed) // 2 + 2 * HOUR)
    for _ in range(rng.choice((1, 1, 1, 2))):
        due = _ship(stream, who, shipped, due)
        shipped += rng.randrange(HOUR, DAY)
    _arrive(stream, who, shipped, due)
    return order, customer, placed


def _crossed(stream: Stream, order: str, customer: str) -> None:
    """Two revisions of a promise of which the older one is reported last: it must not come into force."""
    rng = stream.rng
    who = {"order_id": order, "customer_id": customer}
    placed = START + rng.randrange(20 * DAY)
    first, second, third = (placed + days * DAY // MINUTE * MINUTE for days in (1, 3, 2))
    money = {"currency": "EUR", "total": "0", "lines": [_line(stream)], "promised": iso(first)}
    stream.emit("orders", "placed", placed, who | money, source=SHOP)
    shipped = placed + rng.randrange(HOUR, 20 * HOUR)
    late = rng.randrange(DAY, 3 * DAY)
    stream.emit("orders", "shipped", shipped, who | {"promised": iso(second)}, source=SHOP, late=late)
    stream.emit("orders", "shipped", shipped + HOUR, who | {"promised": iso(third)}, source=SHOP)
    if rng.random() < 0.5:
        stream.emit("orders", "delivered", placed + rng.randrange(2 * DAY, 5 * DAY), who, source=SHOP)


def _line(stream: Stream) -> dict[str, Any]:
    rng = stream.rng
    product = f"p-{rng.randrange(200):03d}"
    line = {
        "product_id": product,
        "quantity": rng.choice(("1", "2", 3, "0.250")),
        "amount": _amount(stream, 9000),
    }
    return line | ({"department": rng.choice(("GROCERY", "DELI"))} if rng.random() < 0.5 else {})


def _tea_time(stream: Stream) -> list[dict[str, Any]]:
    """What is bought together."""
    rng = stream.rng
    if rng.random() > 0.12:
        return []
    chosen = rng.sample(sorted(TEA_TIME), rng.choice((2, 2, 3)))
    return [
        {"product_id": each, "department": TEA_TIME[each], "quantity": "1", "amount": "2.40"}
        for each in chosen
    ]


def _ship(stream: Stream, who: dict[str, str], shipped: int, due: int) -> int:
    """A parcel leaves, often with another promise: later, earlier, the same, or one that is over already."""
    rng = stream.rng
    data: dict[str, Any] = who | {"route": f"R{rng.randrange(9)}", "carrier": rng.choice(CARRIERS)}
    if rng.random() < 0.25:
        longer = (rng.randrange(6 * HOUR), rng.randrange(DAY), rng.randrange(2 * DAY))
        change = rng.choice((0, *longer, -rng.randrange(DAY), shipped - due - HOUR))
        due += change // MINUTE * MINUTE
        data["promised"] = iso(due)
    # A revision may become known in time, or after the moment at which the older promise has rung.
    late = _sometimes(stream, 0.12, HOUR, 4 * DAY)
    stream.emit("orders", "shipped", shipped, data, source=_publisher(stream, 0.15), late=late)
    return due


def _arrive(stream: Stream, who: dict[str, str], shipped: int, due: int) -> None:
    """Delivered in time, in time but reported late, after the promise, or never; perhaps it comes back."""
    rng = stream.rng
    fate = rng.random()
    if fate < 0.04:
        return
    latest = max(due, shipped + HOUR)
    if fate < 0.11:
        delivered, late = latest + rng.randrange(5 * MINUTE, 2 * DAY), 0
    else:
        delivered, late = latest - rng.randrange(latest - shipped), 0
        if fate < 0.18:
            late = latest - delivered + rng.randrange(20 * MINUTE, 30 * HOUR)
    stream.emit("orders", "delivered", delivered, dict(who), source=_publisher(stream, 0.3), late=late)
    if rng.random() < 0.08 and delivered < END - 2 * DAY:
        back = who | {"currency": "EUR", "amount": _amount(stream, 5000), "reason": "too small"}
        stream.emit("orders", "returned", delivered + rng.randrange(HOUR, DAY), back, source=SHOP)


def _empty_shelves(stream: Stream, orders: list[tuple[str, str, int]]) -> None:
    """Single gaps everywhere, and products that are missing again and again."""
    rng = stream.rng
    for _ in range(180):
        _missing(stream, rng.choice(orders), f"p-{rng.randrange(200):03d}", START + rng.randrange(27 * DAY))
    for product, day, gaps in (
        ("p-milk", 3, [7 * MINUTE] * 12),  # rings, goes on, recovers
        ("p-milk", 11, [3 * HOUR] * 9),  # and again, a new episode
        ("p-eggs", 5, [0] * 8),  # all in one millisecond: ids decide which is the fifth
        ("p-bread", 6, [2 * HOUR, 2 * HOUR, 2 * HOUR, 0, 0, 0, 41 * HOUR, 47 * HOUR, HOUR]),  # quiet, nearly
        ("p-salt", 8, [7 * HOUR] * 10),  # four in a day at most
        (
            "p-rice",
            9,
            [5 * HOUR, 5 * HOUR, 5 * HOUR, 5 * HOUR + 1],
        ),  # the fifth one comes 20 h and 1 ms later
        ("p-tea", 15, [6 * HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR + 1]),  # the fifth comes just too late
    ):
        time = START + day * DAY
        for order, gap in zip(rng.sample(orders, len(gaps) + 1), [*gaps, 0], strict=True):
            # Ids of the till repeat from customer to customer and decide nothing between two at once.
            _missing(stream, order, product, time, legacy=0 if 0 in gaps else 0.2)
            time += gap
    same = rng.sample(orders, 4)
    for n in range(12):  # four orders, however often, are four
        _missing(stream, same[n % 4], "p-oil", START + 12 * DAY + n * HOUR)
    for n, order in enumerate(rng.sample(orders, 9)):  # of nine reports five are late: they do not ring
        late = 0 if n % 2 else 20 * HOUR
        _missing(stream, order, "p-wine", START + 17 * DAY + n * 20 * MINUTE, late=late)


def _missing(
    stream: Stream,
    order: tuple[str, str, int],
    product: str,
    time: int,
    *,
    late: int = 0,
    legacy: float = 0.2,
) -> None:
    data = {"order_id": order[0], "customer_id": order[1], "product_id": product, "department": "GROCERY"}
    data |= {"substituted": stream.rng.random() < 0.3}
    stream.emit("orders", "out_of_stock", time, data, source=_publisher(stream, legacy), late=late)


def _visits(stream: Stream, customers: list[str]) -> None:
    rng = stream.rng
    for number in range(1360):
        session = {"session_id": f"s-{number:05d}", "url": "https://shop.example/?q=%00"}
        if rng.random() < 0.6:
            session["customer_id"] = rng.choice(customers)
        time = START + rng.randrange(29 * DAY)
        source = _publisher(stream, 0.1, TRACKER)
        for _ in range(rng.randrange(2, 12)):
            kind, more = rng.choice(
                (
                    ("page_viewed", {}),
                    ("product_viewed", {"product_id": "p-001"}),
                    ("searched", {"query": "café\u2028\U0001f9c0", "results": rng.randrange(50)}),
                    ("cart_updated", {"product_id": "p-002", "quantity": rng.choice(("1", "-1", "0.5"))}),
                    ("checkout_started", {"currency": "EUR", "total": "12.00"}),
                    ("checkout_failed", {"reason": "card refused"}),
                    ("checkout_completed", {}),
                )
            )
            stream.emit("web-events", kind, time, session | more, source=source)
            time += rng.randrange(20 * MINUTE)


def _contacts(stream: Stream, customers: list[str]) -> None:
    rng = stream.rng
    for number in range(1300):
        data = {
            "contact_id": f"k-{number}",
            "customer_id": rng.choice(customers),
            "kind": "coupon",
            "coupon_id": "x",
        }
        time = START + rng.randrange(27 * DAY)
        source = _publisher(stream, 0.1)
        stream.emit(
            "contacts", "sent", time, data, source=source, late=_sometimes(stream, 0.02, HOUR, 9 * DAY)
        )
        if rng.random() < 0.4:
            stream.emit("contacts", "opened", time + rng.randrange(HOUR, DAY), data, source=SHOP)
        if rng.random() < 0.15:
            more = {"order_id": f"o-{number:05d}", "currency": "EUR", "amount": "1.5"}
            stream.emit("contacts", "redeemed", time + rng.randrange(DAY, 2 * DAY), data | more, source=SHOP)


def _last_day(stream: Stream) -> None:
    """Visits of nobody in every partition until long after the last story: no moment is on the edge."""
    for partition in range(PARTITIONS):
        sessions = [
            name for n in range(64) if murmur2_partition((name := f"night-{n}").encode()) == partition
        ]
        for step in range(145 + partition * 5):
            time = END + step * 10 * MINUTE
            session = {"session_id": sessions[step % len(sessions)]}
            stream.emit("web-events", "page_viewed", time, session, source=TRACKER)


def _publisher(stream: Stream, legacy: float, otherwise: str = SHOP) -> str:
    return LEGACY if stream.rng.random() < legacy else otherwise


def _sometimes(stream: Stream, chance: float, least: int, most: int) -> int:
    """A delay in ms, with this chance; else 0, which means: within the bound of disorder."""
    return stream.rng.randrange(least, most) if stream.rng.random() < chance else 0
