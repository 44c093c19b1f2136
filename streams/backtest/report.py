"""What a backtest leaves behind: alerts, dead letters, mails, digests and the summary, in one folder."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from alerts.config.models import Analyst, Config
from alerts.policy import Ringing, decide
from alerts.render.digest import digest_mail
from alerts.render.identity import ringing_id
from alerts.render.mail import Sender, immediate
from schemas.alert import Alert, AlertEvent
from streams.backtest.digests import Digests
from streams.engine.records import Send
from streams.mailbox import Mailbox
from streams.settings import Settings


class Report:
    """Writes while the run goes on; memory holds decisions and what waits for a digest, not mails.

    Args:
        folder: made if it is not there; what an earlier run left in it is replaced.
        settings: sender of the mails, and until when there are none.
        config: analysts and their subscriptions.
        now: wall clock, ms; the mails' Date.
    """

    def __init__(self, folder: Path, settings: Settings, config: Config, now: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._sender = Sender.of(settings.mail_from, settings.mail_domain)
        self._analysts = config.analysts
        self._quiet_until = settings.quiet_until
        self._stored = datetime.fromtimestamp(now / 1000, UTC)
        self._alerts = (folder / "alerts.jsonl").open("wb")
        self._dead = (folder / "dead-letters.jsonl").open("wb")
        self._mailbox = Mailbox(folder / "mails")
        self._mailbox.empty()
        self._sent: Counter[tuple[str, str]] = Counter()
        self._rang: dict[tuple[str, str], Ringing] = {}
        self._digests = Digests()
        self.mails = 0
        self.digests = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alerts.close()
        self._dead.close()
        self._mailbox.write_index()

    def alert(self, send: Send) -> None:
        """Keep an alert, and mail it to whom it may concern."""
        raw = send.value or b""
        self._alerts.write(raw + b"\n")
        alert = AlertEvent.model_validate_json(raw).data
        for analyst in self._analysts:
            self._mail(alert, analyst)

    def _mail(self, alert: Alert, analyst: Analyst) -> None:
        day = (analyst.mail, f"{alert.at.astimezone(analyst.zone):%Y-%m-%d}")
        ringing = self._rang.get((ringing_id(alert), analyst.mail)) if alert.state == "recovered" else None
        decision = decide(
            alert, analyst, sent_today=self._sent[day], ringing=ringing, quiet_until=self._quiet_until
        )
        if alert.state == "ringing":
            rang = Ringing(decision.mailed, decision.reason, held=bool(decision.held))
            self._rang[alert.alert_id, analyst.mail] = rang
            self._sent[day] += decision.mailed
        if decision.mailed:
            mail = immediate(alert, analyst, reason=decision.reason, sender=self._sender, stored=self._stored)
            self._mailbox.keep(mail.message_id, mail.content)
            self.mails += 1
        for held in decision.held:
            self._digests.hold(alert, analyst, held)

    def write_digests(self) -> None:
        """Write the digests, now that every alert is known."""
        for issue in self._digests.issues():
            mail = digest_mail(issue, sender=self._sender, stored=self._stored)
            self._mailbox.keep(mail.message_id, mail.content)
            self.digests += 1

    def dead(self, send: Send) -> None:
        """Keep a dead letter with its reason; the bytes in base64, since they may be anything."""
        headers = {name: value.decode("utf-8", "replace") for name, value in send.headers}
        letter = {
            name.removeprefix("tocsin-"): headers[name] for name in headers if name.startswith("tocsin-")
        }
        letter["value"] = base64.b64encode(send.value or b"").decode()
        self._dead.write(orjson.dumps(letter) + b"\n")

    def summary(self, found: dict[str, object]) -> Path:
        """Write `summary.json`."""
        file = self.folder / "summary.json"
        file.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
        return file
