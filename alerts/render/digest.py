"""One digest as the bytes of a mail, the same bytes each time."""

from __future__ import annotations

from datetime import datetime

from alerts.digest.issue import Issue
from alerts.render import parts, wire
from alerts.render.digest_view import digest_view
from alerts.render.identity import DIGEST, boundary, message_id
from alerts.render.mail import Mail, Sender, addressed, automatic


def digest_mail(issue: Issue, *, sender: Sender, stored: datetime) -> Mail:
    """Write the mail that tells a digest to its reader.

    Args:
        issue: what it holds; any text in its alerts may be hostile.
        sender: whose name it bears.
        stored: when it was written; becomes the mail's Date.

    >>> from datetime import UTC
    >>> from alerts.digest.examples import an_issue
    >>> tocsin = Sender.of("Tocsin <tocsin@example.com>", "tocsin.example.com")
    >>> mail = digest_mail(an_issue(), sender=tocsin, stored=datetime(2017, 1, 9, 6, 30, tzinfo=UTC))
    >>> mail.subject
    'Digest of Mon 9 Jan 2017: 1 new'
    """
    reader = issue.reader
    identity = (issue.id, reader.mail, DIGEST)
    shown = digest_view(issue, lambda number: f"chart-{number}.{issue.id}@{sender.domain}")
    own_id = message_id(*identity, sender.domain)
    headers = addressed(sender, (reader.name, reader.mail), shown.subject, stored, own_id)
    headers += automatic(sender)
    headers += [
        ("X-Tocsin-Digest", issue.id),
        ("X-Tocsin-Synthetic", "yes" if any(alert.synthetic for alert in issue.alerts) else "no"),
    ]
    outer = boundary(*identity)
    pictures = [line.picture for place in shown.places for line in place.lines if line.picture]
    html = wire.text_part("html", parts.html(shown))
    illustrated = wire.illustrated(html, [(each.cid, each.png) for each in pictures], outer)
    both = (wire.text_part("plain", parts.text(shown)), illustrated)
    return Mail(own_id, shown.subject, wire.alternative(headers, outer, both))
