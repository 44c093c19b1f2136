"""Two mails as they leave the house, to be read in a review when they change."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.policy.examples import an_alert, an_analyst
from alerts.render import IMMEDIATE, Sender, immediate, message_id
from schemas.alert import Alert, Fact
from schemas.errors import Permanent

from . import reading

GOLDEN = Path(__file__).parent / "golden"
TOCSIN = Sender.of("Tocsin <tocsin@example.com>", "tocsin.example.com")
STORED = datetime(2017, 1, 3, 20, 0, 5, tzinfo=UTC)
REASON = "subscription 1 takes alerts of order_late with region North or East"
RINGING = an_alert(synthetic=True)
RECOVERED = an_alert(
    state="recovered",
    severity="info",
    title="Order o-1041 is delivered",
    summary="Order o-1041 of customer c-77 is delivered by Nordpost, 1 day 2 h after its promised date.",
    suggestion="",
    at=datetime.fromisoformat("2017-01-04T20:00:00+00:00"),
    facts=(
        Fact(label="Order", value="o-1041"),
        Fact(label="Now", value="delivered Wed 4 Jan 2017, 20:00 UTC"),
    ),
)


def written(alert: Alert) -> bytes:
    return immediate(alert, an_analyst(), reason=REASON, sender=TOCSIN, stored=STORED).content


@pytest.mark.parametrize(("name", "alert"), [("ringing", RINGING), ("recovered", RECOVERED)])
def test_the_mail_is_the_one_on_file(name: str, alert: Alert) -> None:
    content = written(alert)
    on_file = GOLDEN / f"{name}.eml"
    if not on_file.exists():
        on_file.write_bytes(content)
        pytest.fail(f"{on_file.name} was absent and is written now; read it, and look at its HTML")
    assert content == on_file.read_bytes(), f"if the change is wanted, delete {on_file.name} and run again"


def test_the_mail_of_the_end_answers_the_mail_of_the_beginning() -> None:
    first, last = (reading.mail(written(alert)) for alert in (RINGING, RECOVERED))
    assert last["In-Reply-To"] == last["References"] == first["Message-ID"]
    assert last["Message-ID"] != first["Message-ID"]
    assert first["In-Reply-To"] is None


def test_each_reader_has_a_message_id_of_their_own_and_keeps_it() -> None:
    ids = [
        message_id(RINGING.alert_id, reader, IMMEDIATE, "tocsin.example.com")
        for reader in ("ana@example.com", "ben@example.com", "ana@example.com")
    ]
    assert ids[0] == ids[2] != ids[1]


def test_a_generated_alert_says_so_where_nobody_can_miss_it() -> None:
    for kind in ("plain", "html"):
        assert "generated (synthetic) events" in reading.part(written(RINGING), kind)
        assert "synthetic" not in reading.part(written(RECOVERED), kind).split("</style>")[-1]
    assert reading.mail(written(RINGING))["X-Tocsin-Synthetic"] == "yes"


def test_moments_are_on_the_readers_clock() -> None:
    reader = an_analyst(timezone="America/New_York")
    mail = immediate(RINGING, reader, reason=REASON, sender=TOCSIN, stored=STORED)
    assert "Since Tue 3 Jan 2017, 13:00 EST" in reading.part(mail.content, "plain")


@pytest.mark.parametrize(
    "mail_from",
    [
        "",
        "Tocsin",
        "a@b\r\nBcc: c@d",
        "Tocsin <tocsin@exa mple>",
        "A <a@b>, B <c@d>",
        "a@b>",
        "<a@b",
        "<<a@b>>",
        "ü@example.com",
    ],
)
def test_a_sender_that_cannot_stand_in_a_header_is_refused(mail_from: str) -> None:
    with pytest.raises(Permanent, match="TOCSIN_MAIL_FROM"):
        Sender.of(mail_from, "tocsin.example.com")


@pytest.mark.parametrize("domain", ["", "a b", "a\r\nb", "x" * 65, "a@b"])
def test_a_domain_that_cannot_end_a_message_id_is_refused(domain: str) -> None:
    with pytest.raises(Permanent, match="TOCSIN_MAIL_DOMAIN"):
        Sender.of("tocsin@example.com", domain)


@pytest.mark.parametrize(
    ("mail_from", "name", "address"),
    [
        ("Tocsin <tocsin@example.com>", "Tocsin", "tocsin@example.com"),
        ('"Tocsin, Shop" <t@example.com>', "Tocsin, Shop", "t@example.com"),
        ("<t@example.com>", "", "t@example.com"),
        ("t@example.com", "", "t@example.com"),
    ],
)
def test_a_sender_is_read_in_each_usual_form(mail_from: str, name: str, address: str) -> None:
    sender = Sender.of(mail_from, "tocsin.example.com")
    assert (sender.name, sender.address) == (name, address)
    mail = immediate(RINGING, an_analyst(), reason=REASON, sender=sender, stored=STORED)
    (header,) = reading.mail(mail.content)["From"].addresses
    assert (header.display_name, header.addr_spec) == (name, address)
