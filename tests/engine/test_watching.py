"""What tocsin.yaml says of series, pairs and questions reaches the engine; what a question needs is kept."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from alerts.config import load
from schemas.measures import MEASURES
from streams.engine.pairs.options import PairOptions
from streams.engine.series.options import Chosen, SeriesOptions
from streams.watching import pair_options, series_options

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def series(text: str) -> SeriesOptions:
    found = series_options(load(text, "tocsin.yaml"))
    assert found is not None
    return found


def pairs(text: str) -> PairOptions:
    found = pair_options(load(text, "tocsin.yaml"))
    assert found is not None
    return found


def test_a_file_that_says_nothing_has_every_measure_cut_as_is_usual() -> None:
    found = series("")
    assert found == SeriesOptions(zone=ZoneInfo("UTC"))
    assert {name: chosen.by for name, chosen in found.measures.items()} == {
        name: measure.cut for name, measure in MEASURES.items()
    }
    assert pairs("") == PairOptions(zone=ZoneInfo("UTC"))


def test_false_reaches_the_engine_as_nothing() -> None:
    config = load("series: false\npairs: false", "tocsin.yaml")
    assert (series_options(config), pair_options(config)) == (None, None)


def test_every_key_is_handed_on() -> None:
    text = """
    timezone: Europe/Berlin
    series:
      currency: EUR
      buckets: [1d, 15m]
      slices: {bucket: 1h, most: 3, least: 0.5}
      measures: {orders: {by: carrier, ring_at: 4.5}, revenue: false}
    pairs:
      {level: product, windows: 14d, reference: 56d, regions: [East, 7], min_lift: 2, fdr: 0.01, method: by,
       most: 3}
    """
    found = series(text)
    assert (found.zone, found.currency, found.buckets) == (
        ZoneInfo("Europe/Berlin"),
        "EUR",
        (15 * MINUTE, DAY),
    )
    assert (found.slice_bucket, found.most, found.least) == (HOUR, 3, 0.5)
    assert found.measures["orders"] == Chosen(("carrier",), 4.5)
    assert "revenue" not in found.measures
    assert pairs(text) == PairOptions(
        ("product",), (14,), 56, ("East", "7"), ZoneInfo("Europe/Berlin"), 7, 2.0, 0.01, "by", 3
    )


def test_holidays_are_those_of_the_region_and_else_of_the_shop() -> None:
    found = series("series: {holidays: {default: DE, regions: {south: DE-BY, fr: FR}}}")
    epiphany, unity, bastille = date(2026, 1, 6), date(2026, 10, 3), date(2026, 7, 14)
    assert [found.holiday(epiphany, region) for region in ("", "north", "south", "fr")] == [0, 0, 1, 0]
    assert [found.holiday(unity, region) for region in ("", "north", "south", "fr")] == [1, 1, 1, 0]
    assert found.holiday(bastille, "fr")
    assert not series("").holiday(date(2026, 12, 25))


def test_a_slice_and_a_bucket_that_only_a_question_asks_for_are_kept_without_the_others() -> None:
    found = series("""
    series: {measures: {orders: {by: []}}}
    watch:
      - {name: a, series: {measure: orders, carrier: DHL, bucket: 15m, is: below 5}}
      - {name: b, series: {measure: orders, carrier: UPS, is: silent}}
      - {name: c, series: {measure: tickets, category: delivery, is: above 40}}
      - {name: d, series: {measure: delivery_delay, is: above 48, for: 2}}
    """)
    assert found.measures["orders"] == Chosen(("carrier",), None, {"carrier": frozenset({"DHL", "UPS"})})
    assert found.measures["tickets"].only == {}
    assert found.base == 15 * MINUTE
    assert [(each.name, each.dimension, each.value, each.empty) for each in found.questions] == [
        ("a", "carrier", "DHL", 0.0),
        ("b", "carrier", "UPS", 0.0),
        ("c", "category", "delivery", 0.0),
        ("d", "", "", None),
    ]
    assert [(each.bucket_ms, each.condition, each.threshold, each.runs) for each in found.questions] == [
        (15 * MINUTE, "below", 5.0, 1),
        (DAY, "silent", None, 1),
        (DAY, "above", 40.0, 1),
        (DAY, "above", 48.0, 2),
    ]


def test_a_window_that_only_a_question_asks_for_is_kept() -> None:
    text = """
    watch:
      - name: Tea
        pairs: {product: tea, with: milk, region: East, window: 14d, min_lift: 3, fdr: 0.01, method: by}
      - {name: Produce, pairs: {department: PRODUCE, sized: false}}
    """
    found = pairs(text)
    assert {(each.level, each.region, each.days): each.reference for each in found.kept} == {
        ("category", None, 7): 28,
        ("category", None, 28): 28,
        ("category", None, 90): 90,
        ("product", "East", 14): 0,
        ("product", None, 7): 0,
    }
    tea, produce = found.questions
    assert (tea.product, tea.partner, tea.rule) == ("tea", "milk", (0.01, "by", 3.0, True))
    assert (produce.department, produce.rule) == ("PRODUCE", (0.05, "bh", 1.2, False))


def test_where_the_rule_is_off_nothing_is_asked_and_nothing_kept_for_it() -> None:
    text = """
    rules: {watch: {enabled: false}}
    watch:
      - {name: a, series: {measure: orders, carrier: DHL, bucket: 15m, is: below 5}}
      - {name: b, pairs: {product: tea, window: 14d}}
    """
    assert series(text) == series("")
    assert pairs(text) == pairs("")
