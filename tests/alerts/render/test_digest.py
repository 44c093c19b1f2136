"""A digest says the same in both parts, whatever stands in its alerts, and says what it leaves out."""

from __future__ import annotations

import io
import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from alerts.digest.examples import MON_9_JAN, MONDAYS, a_week, an_issue, at_day
from alerts.digest.issue import Issue
from alerts.render import Mail, Sender, digest_mail
from alerts.render import chart as drawing
from alerts.render.spark import GAP, LEVELS
from schemas.alert import Alert
from schemas.shown import MOST_POINTS, Chart, Table

from . import hostile, reading
from .test_hostile import ATTRIBUTES, TAGS

GOLDEN = Path(__file__).parent / "golden"
TOCSIN = Sender.of("Tocsin <tocsin@example.com>", "tocsin.example.com")
STORED = datetime(2017, 1, 9, 6, 30, 5, tzinfo=UTC)
PLACES = ("New", "Worse", "Recovered", "Customers at risk", "Series", "Findings")
SPARK = re.compile(rf"[{LEVELS}{GAP}]+")

values = st.none() | st.floats(-1e15, 1e15)


def over_two_centuries() -> Chart:
    return Chart(title="", times=(0, 7_258_118_400_000), actual=(None, None), expected=(0, -1e15))


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    count = draw(st.integers(1, 30))
    times = sorted(draw(st.sets(st.integers(0, 7_258_118_400_000), min_size=count, max_size=count)))
    many = st.lists(values, min_size=count, max_size=count)
    either = st.just([]) | many
    return Chart(
        title=draw(hostile.strings)[:200],
        unit=draw(hostile.strings)[:40],
        times=times,
        actual=draw(many),
        expected=draw(either),
        lower=draw(either),
        upper=draw(either),
    )


@st.composite
def grids(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 12))
    row = st.lists(hostile.strings.map(lambda text: text[:200]), min_size=width, max_size=width)
    return Table(
        title=draw(hostile.strings)[:200],
        columns=draw(row),
        rows=draw(st.lists(row, max_size=30)),
        left_out=draw(st.integers(0, 10**9)),
    )


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    """Any digest, every text of it possibly hostile."""
    found = []
    for alert in draw(st.lists(hostile.alerts(), min_size=1, max_size=6)):
        labels = draw(st.dictionaries(st.sampled_from(["carrier", "region", "x"]), hostile.strings))
        shown: dict[str, Any] = {"labels": labels}
        shown["rule"] = draw(st.sampled_from(["churn", "order_late", alert.rule]))
        shown["table"] = draw(st.none() | grids())
        found += [alert.model_copy(update=shown)] * draw(st.sampled_from([1, 1, 7]))
    return replace(an_issue(found), reasons=tuple(draw(st.lists(hostile.strings, max_size=3))))


def written(issue: Issue) -> Mail:
    return digest_mail(issue, sender=TOCSIN, stored=STORED)


def plain_words(content: bytes) -> list[str]:
    """What the plain part says, without what it marks by punctuation and the HTML by colour or a picture."""
    text = reading.part(content, "plain").replace("\n-- \n", "\n")
    text = re.sub(r"^\*\* (Not real: .*) \*\*$", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"^== (.*) ==$", r"\1", text, flags=re.MULTILINE)
    badge = r"^\[((?:critical|warning|info|recovered)(?: · was \w+)?(?: · synthetic)?)\] "
    return without_sparks(re.sub(badge, r"\1 ", text, flags=re.MULTILINE).split())


def html_words(content: bytes) -> list[str]:
    """What the HTML part says, the words of its pictures among them."""
    html = re.sub(r'<img [^>]*?alt="([^"]*)"[^>]*>', r"\1", reading.part(content, "html"))
    return reading.seen(html)[0]


def without_sparks(words: list[str]) -> list[str]:
    """Without curves; an alert's own text may look like one."""
    return [word for word in words if not SPARK.fullmatch(word)]


def normal(content: bytes) -> bytes:
    """The mail without the bytes of its pictures, which follow the drawing library's version."""
    return re.sub(
        rb"(Content-Disposition: inline[^\r]*\r\n\r\n)[A-Za-z0-9+/=\r\n]+", rb"\1(picture)\r\n", content
    )


def test_a_digest_with_everything_is_the_one_on_file() -> None:
    content = normal(written(a_week()).content)
    on_file = GOLDEN / "digest.eml"
    if not on_file.exists():
        on_file.write_bytes(content)
        pytest.fail(f"{on_file.name} was absent and is written now; read it, and look at its HTML")
    assert content == on_file.read_bytes(), f"if the change is wanted, delete {on_file.name} and run again"


def test_every_place_is_there_in_its_order() -> None:
    text = reading.part(written(a_week()).content, "plain")
    headings = re.findall(r"^== (.*) ==$", text, re.MULTILINE)
    assert [heading.startswith(place) for heading, place in zip(headings, PLACES, strict=True)] == [True] * 6


def test_both_parts_of_a_full_digest_say_the_same() -> None:
    content = written(a_week()).content
    assert plain_words(content) == without_sparks(html_words(content))


@settings(max_examples=40, deadline=None)
@given(issues())
def test_both_parts_say_the_same_words_in_the_same_order(issue: Issue) -> None:
    content = written(issue).content
    assert plain_words(content) == without_sparks(html_words(content))


@settings(max_examples=40, deadline=None)
@given(issues())
def test_the_html_has_only_our_tags_and_the_mail_only_our_headers(issue: Issue) -> None:
    mail = written(issue)
    _, tags, attributes = reading.seen(reading.part(mail.content, "html"))
    assert tags <= TAGS | {"h2", "img"}
    assert attributes <= ATTRIBUTES | {"src", "alt"}
    message = reading.mail(mail.content)
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
        "List-Id", "X-Tocsin-Digest", "X-Tocsin-Synthetic", "Content-Type", "MIME-Version",
    }  # fmt: skip
    assert message["To"] == "Max Moreau <max@example.com>"
    assert message.defects == []
    assert str(message["Subject"]) == mail.subject
    assert len(mail.subject) <= 120
    assert mail.content.isascii()
    assert max(len(line) for line in mail.content.split(b"\r\n")) <= 998
    assert mail == written(issue)


@pytest.mark.parametrize("text", hostile.STRINGS, ids=lambda text: ascii(text)[:30])
def test_known_troublemakers_are_harmless_everywhere(text: str) -> None:
    short = text[:200]
    labels = {"carrier": text, "region": "North"}
    table = Table(title=short, columns=(short, "b"), rows=((short, short),))
    chart = Chart(title=short, unit=text[:40], times=(MON_9_JAN,), actual=(1,))
    said: dict[str, Any] = {"title": text, "summary": text, "suggestion": text}
    facts = [{"label": "Value at stake", "value": text}, {"label": "Strongest reason", "value": text}]
    alerts = [
        *(at_day(n, text or "r", "order", f"{n}{text}", labels=labels, **said) for n in range(5)),
        at_day(1, "churn", "customer", text, facts=facts, **said),
        at_day(2, "series", "series", text, chart=chart, **said),
        at_day(3, "pairs", "pairs", text, table=table, **said),
    ]
    content = written(an_issue(alerts)).content
    for kind in ("plain", "html"):
        body = reading.part(content, kind)
        assert not [c for c in body if c != "\n" and unicodedata.category(c) in {"Cc", "Cs", "Co"}]
        assert not set(body) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff")
    assert reading.seen(reading.part(content, "html"))[1] <= TAGS | {"h2", "img"}


def test_without_cleaning_a_title_would_break_the_two_parts_apart() -> None:
    """The check can fail: words that only one part says are found."""
    content = written(a_week()).content
    other = written(an_issue([at_day(1, "order_late", "order", "o-1", title="Other")])).content
    assert plain_words(content) != html_words(other)


def late(count: int, **more: Any) -> Sequence[Alert]:
    return [
        at_day(1, "order_late", "order", f"o-{n}", title=f"Order o-{n} is late", **more) for n in range(count)
    ]


def test_many_alerts_with_a_common_label_are_one_line_with_the_first_few() -> None:
    mixed = [*late(12, labels={"carrier": "Kestrel", "route": "N-4"}), at_day(2, "order_late", "order", "x")]
    text = reading.part(written(an_issue(mixed)).content, "plain")
    assert "12 times order late: carrier Kestrel; route N-4" in text
    assert re.search(r"(o-\d+, ){4}o-\d+ and 7 more", text)
    assert "== New: 13 alerts ==" in text


@pytest.mark.parametrize(
    ("alerts", "says"),
    [
        (late(40), "Left out: 25 alerts (25 of order late). A digest shows at most 15 lines here."),
        (
            [at_day(1, "churn", "customer", f"c-{n}") for n in range(13)],
            "Left out: 3 alerts (3 of churn). A digest shows at most 10 lines here.",
        ),
        (
            [
                at_day(1, "pairs", "pairs", f"p-{n}", table=Table(title="t", columns=("a",), rows=()))
                for n in range(6)
            ],
            "Left out: 2 alerts (2 of pairs). A digest shows at most 4 lines here.",
        ),
        (
            [
                at_day(
                    1,
                    "pairs",
                    "p",
                    "p",
                    table=Table(title="t", columns=("a",), rows=[("b",)] * 30, left_out=5),
                )
            ],
            "Left out: 15 more rows.",
        ),
    ],
    ids=["lines", "customers", "tables", "rows"],
)
def test_what_does_not_fit_is_counted(alerts: list[Alert], says: str) -> None:
    content = written(an_issue(alerts)).content
    for kind in ("plain", "html"):
        assert says in reading.part(content, kind)
    assert len(content) < 200_000


def test_customers_stand_by_the_money_at_stake_with_reasons() -> None:
    text = reading.part(written(a_week()).content, "plain")
    assert text.index("Customer c-77") < text.index("Customer c-310")
    assert "At stake: 1,240 EUR in 30 days" in text
    assert "Why: used to order every 9 days, now silent for 31; one ticket unanswered" in text


def test_every_moment_is_on_the_readers_clock() -> None:
    calendar = replace(MONDAYS, timezone="America/New_York")
    text = reading.part(written(replace(a_week(), calendar=calendar)).content, "plain")
    assert not re.search(r"\d\d:\d\d (?!EST|$)", text, re.MULTILINE)


def pictures(content: bytes) -> dict[str, bytes]:
    found = [part for part in reading.mail(content).walk() if part.get_content_type() == "image/png"]
    return {str(part["Content-ID"]).strip("<>"): part.get_content() for part in found}


def test_a_chart_is_a_small_picture_that_the_html_names_and_describes() -> None:
    content = written(a_week()).content
    ((cid, png),) = pictures(content).items()
    html = reading.part(content, "html")
    assert f'src="cid:{cid}"' in html
    assert 'alt="Orders, region West, orders an hour: from 4 to 109, Mon 2 Jan 2017' in html
    assert len(png) <= drawing.LARGEST
    shown = Image.open(io.BytesIO(png)).convert("RGBA")
    assert shown.width == 2 * drawing.WIDTH
    colours = {colour for _, colour in shown.getcolors(1 << 20)}
    assert any(alpha == 0 for *_, alpha in colours), "it has a ground of its own, dark or light"
    assert any(red - green > 80 and alpha > 200 for red, green, _, alpha in colours), "nothing is red"


@settings(max_examples=15, deadline=None)
@given(charts())
@example(over_two_centuries())
def test_any_chart_can_be_drawn_in_few_bytes(chart: Chart) -> None:
    zone = MONDAYS.zone
    assert len(drawing.png(chart, zone)) <= drawing.LARGEST


def test_the_busiest_chart_is_small_too() -> None:
    chance = random.Random(20_170_109)
    low = [chance.gauss(0, 10) for _ in range(MOST_POINTS)]
    chart = Chart(
        title="Noise",
        times=tuple(MON_9_JAN + n * 86_400_000 for n in range(MOST_POINTS)),
        actual=tuple(chance.gauss(0, 60) for _ in low),
        expected=tuple(chance.gauss(0, 50) for _ in low),
        lower=tuple(low),
        upper=tuple(each + abs(chance.gauss(0, 50)) for each in low),
    )
    assert drawing.LARGEST / 2 < len(drawing.png(chart, MONDAYS.zone)) <= drawing.LARGEST
