"""One alert for one reader as the bytes of a mail, the same bytes each time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from alerts.config.models import Analyst, mail_address
from alerts.render import parts, wire
from alerts.render.clean import clean
from alerts.render.identity import IMMEDIATE, boundary, message_id, ringing_id, token
from alerts.render.view import view
from schemas.alert import Alert
from schemas.errors import Permanent

_NAMED = re.compile(r"([^<>]*)<([^<>]+)>")


@dataclass(frozen=True)
class Sender:
    """Who mails.

    Attributes:
        name: what readers see.
        address: where replies and bounces go.
        domain: the right side of every Message-ID.
    """

    name: str
    address: str
    domain: str

    @classmethod
    def of(cls, mail_from: str, domain: str) -> Sender:
        """Read the sender from the settings.

        Raises:
            Permanent: one of them cannot stand in a header.

        >>> Sender.of("Tocsin <tocsin@example.com>", "tocsin.example.com")
        Sender(name='Tocsin', address='tocsin@example.com', domain='tocsin.example.com')
        """
        found = _NAMED.fullmatch(mail_from) if mail_from.isprintable() else None
        name, address = found.groups() if found else ("", mail_from)
        try:
            mail_address(address)
        except ValueError as error:
            raise Permanent(f"TOCSIN_MAIL_FROM: got {mail_from!a}; {error}.") from error
        if token(domain) != domain or not domain.strip("."):
            raise Permanent(
                f"TOCSIN_MAIL_DOMAIN: got {domain!a}; wanted at most 64 letters, digits, `.` and `-`."
            )
        return cls(clean(name.strip(' "'), 80), address, domain)


@dataclass(frozen=True)
class Mail:
    """A finished mail.

    Attributes:
        message_id: stands for it in every retry.
        content: the whole message, headers and all parts, lines ended by CR LF.
    """

    message_id: str
    subject: str
    content: bytes


def immediate(alert: Alert, analyst: Analyst, *, reason: str, sender: Sender, stored: datetime) -> Mail:
    """Write the mail that tells one alert to one analyst.

    Args:
        alert: the message; any text in it may be hostile.
        analyst: the reader.
        reason: why it is mailed, from `alerts.policy.decide`.
        sender: whose name it bears.
        stored: when the alert entered the store; becomes the mail's Date.

    >>> from alerts.policy.examples import an_alert, an_analyst
    >>> tocsin = Sender.of("Tocsin <tocsin@example.com>", "tocsin.example.com")
    >>> when = datetime(2017, 1, 3, 20, 0, 5, tzinfo=UTC)
    >>> mail = immediate(an_alert(), an_analyst(), reason="you asked", sender=tocsin, stored=when)
    >>> mail.subject, mail == immediate(
    ...     an_alert(), an_analyst(), reason="you asked", sender=tocsin, stored=when)
    ('Order o-1041 is late', True)
    """
    shown = view(alert, analyst, reason, f"chart.{alert.alert_id}@{sender.domain}")
    identity = (alert.alert_id, analyst.mail, IMMEDIATE)
    own_id = message_id(*identity, sender.domain)
    headers = addressed(sender, (analyst.name, analyst.mail), shown.subject, stored, own_id)
    if alert.state == "recovered":
        first = message_id(ringing_id(alert), analyst.mail, IMMEDIATE, sender.domain)
        headers += [("In-Reply-To", first), ("References", first)]
    headers += automatic(sender)
    headers += [(f"X-Tocsin-{name}", token(value)) for name, value in _ours(alert)]
    outer = boundary(*identity)
    pictures = [(shown.picture.cid, shown.picture.png)] if shown.picture else []
    html = wire.illustrated(wire.text_part("html", parts.html(shown)), pictures, outer)
    both = (wire.text_part("plain", parts.text(shown)), html)
    return Mail(own_id, shown.subject, wire.alternative(headers, outer, both))


def addressed(
    sender: Sender, to: tuple[str, str], subject: str, stored: datetime, own_id: str
) -> list[tuple[str, str]]:
    """The headers that every mail begins with; `to` is a name and an address."""
    name, address = to
    return [
        ("From", wire.mailbox(sender.name, sender.address)),
        ("To", wire.mailbox(clean(name, 80), address)),
        ("Subject", wire.unstructured(subject)),
        ("Date", format_datetime(stored.astimezone(UTC))),
        ("Message-ID", own_id),
    ]


def automatic(sender: Sender) -> list[tuple[str, str]]:
    """The headers that say that no person wrote this."""
    return [
        # Out-of-office replies and other robots keep quiet (RFC 3834); the second is for Exchange.
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("List-Id", f"Tocsin alerts <alerts.{sender.domain}>"),
    ]


def _ours(alert: Alert) -> tuple[tuple[str, str], ...]:
    return (
        ("Alert", alert.alert_id),
        ("Rule", alert.rule),
        ("Episode", alert.episode),
        ("State", alert.state),
        ("Severity", alert.severity),
        ("Synthetic", "yes" if alert.synthetic else "no"),
    )
