"""The commands: signals and kills on a real process, and what `tocsin outbox` tells."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.wait import until

from alerts.policy.examples import an_analyst
from alerts.render import IMMEDIATE, message_id
from streams.cli import main
from streams.notifier.digests import Digests
from streams.notifier.store import Store

from . import tools
from .test_service import Place, ids, place

__all__ = ["place"]

TOCSIN = Path(sys.executable).parent / "tocsin"
BEN = an_analyst(name="Ben", mail="ben@example.com", receives=[{"labels": {"region": "South"}}])


def start(place: Place, folder: Path, *options: str) -> subprocess.Popen[bytes]:
    (folder / "tocsin.yaml").write_text("analysts: [{name: Ana, mail: ana@example.com, receives: [{}]}]")
    settings = place.settings
    env = {
        **os.environ,  # noqa: TID251 - the command needs its PATH
        "TOCSIN_BROKER": settings.broker,
        "TOCSIN_TOPIC_PREFIX": settings.topic_prefix,
        "TOCSIN_STORE_URL": settings.store_url,
        "TOCSIN_CONFIG": str(folder / "tocsin.yaml"),
        "TOCSIN_SMTP_PORT": str(settings.smtp_port),
    }
    return subprocess.Popen([TOCSIN, "notifier", *options], env=env)


def test_a_killed_process_goes_on_where_it_was_and_a_stopped_one_ends_with_0(
    place: Place, tmp_path: Path
) -> None:
    told = [tools.late(f"o-{number}") for number in range(60)]
    place.publish(*told)
    with start(place, tmp_path) as process:
        until(lambda: len(place.sink.taken) > 5, 60, "some mails")
        process.kill()
    place.publish(tools.late("o-0", "recovered"))
    with start(place, tmp_path) as process:
        until(lambda: len(set(place.sink.taken)) == 61, 60, "all mails")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert set(place.sink.taken) == ids(*told, tools.late("o-0", "recovered"))
    # At most the one mail at hand came twice, as the same mail.
    assert len(place.sink.taken) <= 62
    assert len(place.sink.mailbox.files()) == 61
    assert start(place, tmp_path, "--drain").wait(60) == 0


def test_the_settings_file_is_checked_line_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "tocsin.yaml"
    config.write_text("analysts:\n  - name: Ana\n    mail: ana\n    recieves: [{}]\n")
    assert main(["notifier", "--check", "--config", str(config)]) == 2
    said = capsys.readouterr().err
    assert "tocsin.yaml:3: analysts[0].mail: got 'ana'; wanted one mail address" in said
    assert "tocsin.yaml:4: analysts[0].recieves: unknown key; did you mean 'receives'?" in said
    assert main(["notifier", "--check", "--config", str(tmp_path / "nowhere.yaml")]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_a_right_settings_file_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[2] / "examples" / "tocsin.yaml"
    assert main(["notifier", "--check", "--config", str(example)]) == 0
    said = capsys.readouterr().out
    assert "Ben Okafor <ben@example.com>, America/New_York, at most 30 new a day" in said
    assert "  2. alerts of ticket_unanswered from critical on, but not when it is over" in said
    assert "Pairs are looked at over 7d, 28d, 90d." in said
    assert (
        "Question: West below its forecast: orders of region West, below forecast in 3 buckets of 1d" in said
    )


@pytest.fixture
def filled(sqlite_store: Store) -> Store:
    log = tools.Log()
    log.alert("o-1", title="Order \x1b[31mo-1\u202e is late")
    log.alert("o-2")
    log.add(b"no json")
    tools.take(sqlite_store, log, an_analyst(), BEN)
    box = tools.outbox(sqlite_store)
    box.sent(1, tools.NOON)
    box.park(2, "mail server: 550 5.1.1 no such user")
    return sqlite_store


def test_why_is_answered_for_everybody(filled: Store, capsys: pytest.CaptureFixture[str]) -> None:
    alert = tools.late("o-1")

    def why(*arguments: str, code: int = 0) -> str:
        assert main(["outbox", "why", *arguments, "--store", filled.name]) == code
        return capsys.readouterr().out

    said = why(alert.alert_id[:10])
    assert "Ana Duarte <ana@example.com>: mailed, sent\n  because subscription 1 takes every alert" in said
    assert (
        "Ben <ben@example.com>: not mailed\n  because no subscription takes it: 1 wants region South" in said
    )
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert why(message_id(alert.alert_id, "ana@example.com", IMMEDIATE, "tocsin.example.com")) == said
    assert '"passed": false' in why(alert.alert_id, "--json")
    assert "no such alert" in why("ffff", code=1)
    assert "2 ids begin so" in why("", code=1)


def test_why_names_the_digest_that_tells_it(sqlite_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    log = tools.Log()
    alert = log.alert("o-1", at=datetime.fromtimestamp(tools.NOON / 1000, UTC))
    tools.take(sqlite_store, log, an_analyst(receives=[{"digest": "weekly"}]), BEN)

    def why() -> str:
        assert main(["outbox", "why", alert.alert_id, "--store", sqlite_store.name]) == 0
        return capsys.readouterr().out

    assert (
        "Ana Duarte <ana@example.com>: held for the digest of Mon 9 Jan 2017, 07:30 CET\n"
        "  because held for a digest: subscription 1 takes every alert, in a digest each Mon at 07:30\n"
    ) in why()
    week = 7 * 86_400_000
    Digests(sqlite_store, tools.TOCSIN, wall=True).write(tools.NOON + week, tools.NOON + week)
    assert "told in the digest of Mon 9 Jan 2017, 07:30 CET, due\n" in why()
    (mail,) = tools.outbox(sqlite_store).due(1 << 60, 10)
    tools.outbox(sqlite_store).sent(mail.id, tools.NOON)
    assert "told in the digest of Mon 9 Jan 2017, 07:30 CET, sent\n" in why()
    assert main(["outbox", "why", mail.message_id, "--store", sqlite_store.name]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Digest of Mon 9 Jan 2017, 07:30 CET, for <ana@example.com>: sent\n")
    assert f"  {alert.alert_id} ringing order_late: Order o-1041 is late\n" in said


def test_mails_are_listed_with_what_the_server_said(
    filled: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    def listed(*arguments: str, code: int = 0) -> Any:
        assert main(["outbox", "list", *arguments, "--store", filled.name]) == code
        return " ".join(capsys.readouterr().out.split())

    said = listed()
    assert "0 due, 1 sent, 1 parked, 2 alerts, 0 held for digest, 0 warm up, 2 held back" in said
    assert "1 unreadable" in said
    assert "Order [31mo-1 is late" in said
    assert "invalid" in said
    assert "o-2" not in listed("--status", "sent")
    assert '"last_error": "mail server: 550 5.1.1 no such user"' in listed("--json")
    listed("--status", "lost", code=2)


def test_a_parked_mail_can_be_tried_again(filled: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outbox", "retry", "--store", filled.name]) == 2
    assert main(["outbox", "retry", "7", "--store", filled.name]) == 1
    assert main(["outbox", "retry", "2", "--store", filled.name]) == 0
    assert "1 mails are due again" in capsys.readouterr().out
    assert [mail.id for mail in tools.outbox(filled).due(1 << 60, 10)] == [2]


def test_a_store_that_nobody_made_is_not_made_by_looking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["outbox", "list", "--store", f"sqlite:///{tmp_path}/none.db"]) == 2
    assert "there is no store" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
