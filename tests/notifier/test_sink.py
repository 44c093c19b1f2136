"""The sink keeps each mail once, whole, and lists what it has without obeying it."""

from __future__ import annotations

import signal
import smtplib
import subprocess
import sys
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.smtp import Server, SmtpChannel
from alerts.digest.examples import a_week
from alerts.render import digest_mail
from schemas.alert import digest
from streams.demo import counting
from streams.mailbox import Mailbox, html_part

from .tools import TOCSIN as TOCSIN_MAILS

TOCSIN = Path(sys.executable).parent / "tocsin"


def mail(message_id: str, subject: str = "hello", html: str = "<p>hello</p>") -> bytes:
    message = EmailMessage()
    message["To"] = "ana@example.com"
    message["Subject"] = subject
    message["Date"] = "Tue, 03 Jan 2017 20:00:05 +0000"
    message["Message-ID"] = message_id
    message.set_content("hello")
    message.add_alternative(html, subtype="html")
    return message.as_bytes().replace(b"\n", b"\r\n")


def test_the_command_keeps_mails_and_lists_them_when_it_is_stopped(tmp_path: Path) -> None:
    command = [TOCSIN, "sink", str(tmp_path / "mails"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        assert ready[0] == "ready"
        port = int(ready[1].rpartition(":")[2])
        channel = SmtpChannel(Server("127.0.0.1", port))
        for subject in ("first", "again"):
            channel.send("tocsin@example.com", "ana@example.com", mail("<a@b>", subject))
        channel.send("tocsin@example.com", "ana@example.com", mail("<c@d>", "<script>alert(1)</script>"))
        channel.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    name = digest("<a@b>")
    assert b"again" in (tmp_path / "mails" / f"{name}.eml").read_bytes()
    assert "<p>hello</p>" in (tmp_path / "mails" / f"{name}.html").read_text()
    index = (tmp_path / "mails" / "index.html").read_text()
    assert "2 in this folder" in index
    assert f'href="{name}.html">again</a>' in index
    assert "<script>" not in index
    assert sorted(path.suffix for path in (tmp_path / "mails").iterdir()) == [".eml", ".eml", *[".html"] * 3]


@pytest.mark.parametrize("argument", [["--fault", "rcpt_999"], ["--port", "70000"]])
def test_wrong_options_are_refused_with_what_is_known(argument: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [TOCSIN, "sink", str(tmp_path), *argument], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "accept_then_drop" in done.stderr or "65535" in done.stderr


def test_a_fault_strikes_as_often_as_it_was_asked_to(tmp_path: Path) -> None:
    command = [TOCSIN, "sink", str(tmp_path), "--port", "0", "--fault", "rcpt_450", "--fault-first", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        with smtplib.SMTP("127.0.0.1", port) as client:
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("a@b", "c@d", mail("<a@b>"))
            client.sendmail("a@b", "c@d", mail("<a@b>"))
        process.terminate()
        process.wait(20)
    assert len(Mailbox(tmp_path).files()) == 1


@given(st.binary(max_size=300))
def test_any_bytes_are_kept_and_listed(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    mailbox = Mailbox(tmp_path_factory.mktemp("mails"))
    for head in (
        b"",
        b"Content-Type: text/html; charset=no-such\r\n",
        b"Date: x\r\nSubject: =?utf-8?b?////?=\r\n",
    ):
        whole = head + b"\r\n" + content
        assert mailbox.keep("", whole).read_bytes() == whole
        html_part(whole)
    mailbox.write_index()


def test_emptying_leaves_what_is_not_ours(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    (tmp_path / "notes.eml").write_text("mine")
    mailbox.keep("<a@b>", mail("<a@b>"))
    mailbox.write_index()
    mailbox.empty()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.eml"]


def test_a_digest_can_be_looked_at_in_a_browser_with_its_pictures(tmp_path: Path) -> None:
    written = digest_mail(a_week(), sender=TOCSIN_MAILS, stored=datetime(2017, 1, 9, tzinfo=UTC))
    Mailbox(tmp_path).keep(written.message_id, written.content)
    (page,) = tmp_path.glob("*.html")
    assert 'src="data:image/png;base64,iVBOR' in page.read_text()
    assert "cid:" not in page.read_text()
    assert counting.mails(tmp_path) == {"immediate": 0, "digest": 1}
