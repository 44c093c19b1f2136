"""A mail about one alert shows its curve and its table as a digest does."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from PIL import Image

from alerts.policy.examples import an_alert
from alerts.render import chart as drawing
from alerts.render.view import LEGEND
from schemas.alert import Alert
from schemas.shown import Chart, Table

from . import reading
from .test_digest import grids, html_words, pictures, without_sparks
from .test_hostile import ATTRIBUTES, TAGS, written

HOUR = 3_600_000
CHART = Chart(
    title="Checkouts that failed",
    unit="%",
    times=tuple(1_483_452_000_000 + n * HOUR for n in range(6)),
    actual=(4, 6, None, 5, 9, 46),
    expected=(5,) * 6,
    lower=(3,) * 6,
    upper=(9,) * 6,
)
TABLE = Table(title="Where", columns=("Region", "More"), rows=(("West", "+31"), ("East", "+2")), left_out=4)


def about(**shown: object) -> Alert:
    return an_alert(title="Checkout failures: 46%", facts=(), **shown)


def test_the_curve_is_a_picture_in_one_part_and_a_line_of_blocks_in_the_other() -> None:
    content = written(about(chart=CHART)).content
    kinds = [part.get_content_type() for part in reading.mail(content).walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    ((cid, png),) = pictures(content).items()
    html, text = reading.part(content, "html"), reading.part(content, "plain")
    assert f'src="cid:{cid}"' in html
    assert Image.open(io.BytesIO(png)).width == 2 * drawing.WIDTH
    assert "\n▁▁·▁▂█\nCheckouts that failed, %: from 4 to 46, Tue 3 Jan 2017" in text
    assert LEGEND in html
    assert LEGEND not in text, "nothing is blue in a line of blocks"


def test_the_table_is_in_both_parts_with_what_it_left_out() -> None:
    content = written(about(table=TABLE)).content
    assert "Where\nRegion  More\nWest    +31\nEast    +2\nLeft out: 4 more rows.\n" in reading.part(
        content, "plain"
    )
    html = reading.part(content, "html")
    assert {"West", "+31", "East"} <= set(reading.seen(html)[0])
    assert "Left out: 4 more rows." in html


def test_a_mail_without_them_carries_no_style_for_them() -> None:
    assert ".grid" not in reading.part(written(an_alert()).content, "html")
    assert ".grid" in reading.part(written(about(table=TABLE)).content, "html")


@settings(max_examples=20, deadline=None)
@given(grids())
def test_both_parts_say_the_same_words_whatever_stands_in_the_table(table: Table) -> None:
    content = written(about(chart=CHART, table=table)).content
    text = reading.part(content, "plain").replace("\n-- \n", "\n")
    plain = text.replace("[Ringing · warning]", "Ringing · warning").split()
    html = " ".join(html_words(content)).replace(f"{LEGEND} ", "").split()
    # A cell may look like a curve, too: the picture has no words, and its blocks say no word more.
    assert without_sparks(plain) == without_sparks(html)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><b>x</b>', "{{ 7 * 7 }}", "a\r\nBcc: b@c"])
def test_the_name_of_a_curve_is_text_whatever_it_is(text: str) -> None:
    content = written(about(chart=CHART.model_copy(update={"title": text, "unit": text[:40]}))).content
    _, tags, attributes = reading.seen(reading.part(content, "html"))
    assert tags <= TAGS | {"img"}
    assert attributes <= ATTRIBUTES | {"alt", "src"}
    assert reading.mail(content).defects == []


@pytest.mark.parametrize("shown", [{"chart": CHART}, {"table": TABLE}])
def test_writing_it_again_gives_the_same_bytes(shown: dict[str, object]) -> None:
    assert written(about(**shown)) == written(about(**shown))
