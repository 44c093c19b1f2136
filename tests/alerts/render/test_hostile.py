"""Whatever an alert says, its mail is one mail to one reader, and both parts say the same."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.config.models import Analyst
from alerts.policy.examples import an_alert, an_analyst
from alerts.render import Mail, Sender, immediate
from alerts.render.clean import clean
from schemas.alert import Alert, Fact

from . import hostile, reading

TOCSIN = Sender.of("Tocsin <tocsin@example.com>", "tocsin.example.com")
STORED = datetime(2017, 1, 3, 20, 0, 5, tzinfo=UTC)
HEADERS = (
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "List-Id", "X-Tocsin-Alert", "X-Tocsin-Rule", "X-Tocsin-Episode",
    "X-Tocsin-State", "X-Tocsin-Severity", "X-Tocsin-Synthetic", "Content-Type", "MIME-Version",
)  # fmt: skip
# What the template itself uses; anything else came from outside.
TAGS = frozenset(
    {"b", "body", "div", "h1", "head", "html", "meta", "p", "span", "style", "table", "tbody", "td", "th"}
    | {"title", "tr"}
)
ATTRIBUTES = frozenset(
    {"align", "border", "cellpadding", "cellspacing", "charset", "class", "content", "lang", "name"}
    | {"role", "scope", "style", "valign", "width"}
)


def written(alert: Alert, analyst: Analyst | None = None, reason: str = "you asked") -> Mail:
    return immediate(alert, analyst or an_analyst(), reason=reason, sender=TOCSIN, stored=STORED)


def shouting(text: str) -> Alert:
    return an_alert(
        rule=text or "r",
        entity=text,
        title=text,
        summary=text,
        suggestion=text,
        facts=(Fact(label=text, value=text),),
    )


@given(hostile.alerts(), hostile.strings)
def test_a_mail_has_our_headers_and_two_parts_and_nothing_else(alert: Alert, reason: str) -> None:
    content = written(alert, reason=reason).content
    message = reading.mail(content)
    assert set(message.keys()) <= set(HEADERS)
    assert len(message.keys()) == len(set(message.keys()))
    assert message["To"] == "Ana Duarte <ana@example.com>"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert message.defects == []
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


@given(hostile.alerts(), hostile.strings)
def test_both_parts_say_the_same_words_in_the_same_order(alert: Alert, reason: str) -> None:
    content = written(alert, reason=reason).content
    words, _, _ = reading.seen(reading.part(content, "html"))
    # The plain part marks with punctuation what the HTML marks with colour and lines.
    plain = (
        reading.part(content, "plain").replace("\n** ", "\n").replace(" **\n", "\n").replace("\n-- \n", "\n")
    )
    plain = re.sub(r"^\[((?:Ringing · \w+)|Recovered)\]$", r"\1", plain, flags=re.MULTILINE)
    # From the last fact up: a title or summary may look like a fact, and stands before them.
    end = len(plain)
    for fact in reversed(alert.facts[:40]):
        label = clean(fact.label, 60) or "-"
        end = plain.rindex(f"\n{label}: ", 0, end)
        plain = f"{plain[:end]}\n{label} {plain[end + len(label) + 3 :]}"
    assert plain.split() == words


@given(hostile.alerts(), hostile.strings)
def test_the_html_has_only_our_tags_and_attributes(alert: Alert, reason: str) -> None:
    html = reading.part(written(alert, reason=reason).content, "html")
    _, tags, attributes = reading.seen(html)
    assert tags <= TAGS
    assert attributes <= ATTRIBUTES
    assert html.count("<!--") == 2


@pytest.mark.parametrize("text", hostile.STRINGS, ids=lambda text: ascii(text)[:30])
def test_known_troublemakers_are_harmless_everywhere(text: str) -> None:
    mail = written(shouting(text))
    message = reading.mail(mail.content)
    assert len(mail.subject) <= 120
    assert str(message["Subject"]) == mail.subject
    assert "49" not in reading.part(mail.content, "plain") or "49" in text
    for kind in ("plain", "html"):
        body = reading.part(mail.content, kind)
        assert not [
            char for char in body if char != "\n" and unicodedata.category(char) in {"Cc", "Cs", "Co"}
        ]
        assert not set(body) & set(
            "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029\ufeff"
        )


@given(hostile.alerts())
def test_the_subject_is_short_and_visible(alert: Alert) -> None:
    mail = written(alert)
    assert 0 < len(mail.subject) <= 120
    assert all(unicodedata.category(char)[0] != "C" or char in "\u200c\u200d" for char in mail.subject)
    assert str(reading.mail(mail.content)["Subject"]) == mail.subject


@given(hostile.alerts())
def test_writing_it_again_gives_the_same_bytes(alert: Alert) -> None:
    assert written(alert) == written(Alert.model_validate_json(alert.model_dump_json()))


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=80))
def test_any_name_of_an_analyst_addresses_that_analyst_alone(name: str) -> None:
    if not name.strip():
        return
    reader = an_analyst(name=name)
    (address,) = reading.mail(written(an_alert(), reader).content)["To"].addresses
    assert address.addr_spec == "ana@example.com"


@given(hostile.strings, st.integers(1, 50))
def test_cleaning_twice_changes_nothing_and_keeps_the_limit(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert len(once) <= limit
    assert clean(once, limit) == once
