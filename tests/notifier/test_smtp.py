"""The fault matrix: whatever a mail server does, each mail ends where it must, and is never two mails."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from alerts.channels import Misconfigured, Unavailable
from alerts.channels.smtp import RUN, Server, SmtpChannel
from schemas.errors import Permanent, Transient
from streams.mailbox import Mailbox
from streams.notifier.leadership import leadership_of
from streams.notifier.queries import Mail, mails
from streams.notifier.sender import Sender
from streams.notifier.store import Store
from streams.sink import Fault, Faults, Sink, running

from . import tools

MAIL = b"Message-ID: <a@b>\r\nSubject: hello\r\n\r\nhello\r\n.\r\n..two dots\r\n"


@pytest.fixture
def sink(tmp_path: Path) -> Sink:
    return Sink(Mailbox(tmp_path / "mails"))


def sent_by(store: Store, port: int, timeout: float = 20.0) -> Callable[[], list[Mail]]:
    """Fill the store with three mails; the answer runs the sender until nothing more is due for a day."""
    log = tools.Log()
    for order in ("o-1", "o-2", "o-3"):
        log.alert(order)
    tools.take(store, log)
    clock = tools.Clock()
    work = Sender(
        tools.outbox(store, give_up_ms=3600_000),
        SmtpChannel(Server("127.0.0.1", port, hello="tocsin.example.com", timeout=timeout)),
        "tocsin@example.com",
        leadership=leadership_of(store),
        now=clock,
        wake=Event(),
        stop=Event(),
    )

    def run() -> list[Mail]:
        box = tools.outbox(store)
        for _ in range(500):
            if not work.run_once():
                next_ms = box.next_ms()
                if next_ms is None:
                    break
                clock.ms = max(next_ms, clock.ms + 60_000)
        with store.read() as connection:
            return sorted(mails(connection, None, 10), key=lambda mail: mail.id)

    return run


# The state in which the three mails end, if the server misbehaves twice and then behaves.
TWICE: dict[Fault, list[str]] = {
    "rcpt_450": ["sent", "sent", "sent"],
    "rcpt_550": ["parked", "parked", "sent"],
    "data_451": ["sent", "sent", "sent"],
    "data_552": ["parked", "parked", "sent"],
    "drop_before_store": ["sent", "sent", "sent"],
    "accept_then_drop": ["sent", "sent", "sent"],
    "slow": ["sent", "sent", "sent"],
}
# And if it always does.
ALWAYS: dict[Fault, str] = {
    "rcpt_450": "given up after .* tries: .*450 4.2.0 greylisted, try later",
    "rcpt_550": "mail server .*: 550 5.1.1 no such user",
    "data_451": "given up after .* tries: .*451 4.3.0 try again",
    "data_552": "mail server .*: 552 5.3.4 too big",
    "drop_before_store": "given up after .* tries: .*[Cc]onnection",
    "accept_then_drop": "given up after .* tries: .*[Cc]onnection",
}


@pytest.mark.parametrize("fault", TWICE)
def test_a_server_that_misbehaves_twice_loses_and_doubles_nothing(
    sqlite_store: Store, sink: Sink, fault: Fault
) -> None:
    sink.faults = Faults(fault, left=2, seconds=1.0)
    with running(sink) as port:
        rows = sent_by(sqlite_store, port, timeout=0.3 if fault == "slow" else 20.0)()
    assert [row.status for row in rows] == TWICE[fault]
    taken = set(sink.taken)
    kept = sink.mailbox.files()
    assert len(taken) == len(kept) == TWICE[fault].count("sent")
    # What came twice, because its acceptance was not heard, is the same mail under the same name.
    doubled = len(sink.taken) - len(taken)
    assert doubled == (2 if fault == "accept_then_drop" else 0)


@pytest.mark.parametrize("fault", ALWAYS)
def test_a_server_that_always_misbehaves_parks_every_mail_with_its_words(
    sqlite_store: Store, sink: Sink, fault: Fault
) -> None:
    sink.faults = Faults(fault)
    with running(sink) as port:
        rows = sent_by(sqlite_store, port)()
    assert [row.status for row in rows] == ["parked"] * 3
    for row in rows:
        with pytest.raises(AssertionError, match=ALWAYS[fault]):
            raise AssertionError(row.last_error)


def test_a_mail_arrives_byte_for_byte_over_one_connection(sink: Sink) -> None:
    with running(sink) as port:
        channel = SmtpChannel(Server("127.0.0.1", port))
        for number in range(RUN + 5):
            channel.send("a@example.com", "b@example.com", MAIL.replace(b"<a@b>", b"<%d@b>" % number))
        channel.close()
        channel.close()
    kept = {path.read_bytes() for path in sink.mailbox.files()}
    assert len(kept) == RUN + 5
    assert MAIL.replace(b"<a@b>", b"<0@b>") in kept


def test_a_server_that_is_not_there_makes_everything_wait() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        with pytest.raises(Unavailable, match=r"mail server 127.0.0.1:\d+: .*refused"):
            SmtpChannel(Server("127.0.0.1", taken.getsockname()[1])).send("a@b", "c@d", MAIL)


def test_a_name_that_does_not_exist_makes_everything_wait() -> None:
    with pytest.raises(Unavailable):
        SmtpChannel(Server("mail.invalid", 25)).send("a@b", "c@d", MAIL)


def test_a_server_that_never_greets_is_left(sink: Sink) -> None:
    del sink
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(Unavailable, match="timed out"):
            SmtpChannel(Server("127.0.0.1", mute.getsockname()[1], timeout=0.2)).send("a@b", "c@d", MAIL)


def test_a_send_that_waits_can_be_cut_from_another_thread(sink: Sink) -> None:
    sink.faults = Faults("slow", seconds=3600)
    errors: list[Exception] = []
    with running(sink) as port:
        channel = SmtpChannel(Server("127.0.0.1", port, timeout=3600))

        def send() -> None:
            try:
                channel.send("a@b", "c@d", MAIL)
            except Transient as error:
                errors.append(error)

        thread = Thread(target=send, daemon=True)
        thread.start()
        while thread.is_alive():
            channel.abort()
            thread.join(0.05)
    assert isinstance(errors[0], Unavailable)


class Strict:
    """Answers one command as told."""

    def __init__(self, command: str, answer: str) -> None:
        setattr(self, f"handle_{command}", self._answer)
        self.answer = answer

    async def _answer(self, *_: object) -> str:
        return self.answer


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("MAIL", "550 5.7.1 sender not welcome", Misconfigured),
        ("MAIL", "552 5.3.4 too big", Permanent),
        ("MAIL", "451 4.3.0 later", Transient),
        ("MAIL", "421 4.3.2 shutting down", Unavailable),
        ("RCPT", "421 4.3.2 shutting down", Unavailable),
        ("DATA", "421 4.3.2 shutting down", Unavailable),
        ("DATA", "554 5.7.1 spam, <script>\\r\\n", Permanent),
    ],
)
def test_an_answer_says_what_happens_next(command: str, answer: str, error: type[Exception]) -> None:
    with controlled(Strict(command, answer)) as port:
        channel = SmtpChannel(Server("127.0.0.1", port))
        with pytest.raises((Permanent, Transient)) as caught:
            channel.send("a@b", "c@d", MAIL)
        channel.close()
    assert type(caught.value) is error
    assert answer in str(caught.value)


@contextmanager
def controlled(handler: object, **options: object) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [*command.split(), "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )
    return folder


def contexts(certificate: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's, and that of a client who trusts it."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return server, ssl.create_default_context(cafile=certificate / "cert.pem")


def test_mail_goes_encrypted_and_with_a_login(certificate: Path, sink: Sink) -> None:
    server, client = contexts(certificate)

    def check(
        _server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=data == LoginPassword(b"me", b"secret"), handled=False)

    with controlled(
        sink, tls_context=server, require_starttls=True, authenticator=check, auth_required=True
    ) as port:
        good = SmtpChannel(Server("localhost", port, "starttls", "me", "secret", context=client))
        good.send("a@b", "c@d", MAIL)
        good.close()
        for wrong, says in (
            (Server("localhost", port, "starttls", "me", "wrong", context=client), "535"),
            (Server("localhost", port, "starttls", "me", "secret"), "CERTIFICATE_VERIFY_FAILED"),
            (Server("127.0.0.1", port, "starttls", "me", "secret", context=client), "IP address mismatch"),
        ):
            with pytest.raises(Misconfigured, match=says) as caught:
                SmtpChannel(wrong).send("a@b", "c@d", MAIL)
            assert "secret" not in str(caught.value)
    assert sink.taken == ["<a@b>"]


def test_mail_goes_over_tls_from_the_first_byte(certificate: Path, sink: Sink) -> None:
    server, client = contexts(certificate)
    with running_tls(sink, server) as port:
        channel = SmtpChannel(Server("localhost", port, "tls", context=client))
        channel.send("a@b", "c@d", MAIL)
        channel.close()
    assert sink.taken == ["<a@b>"]


@contextmanager
def running_tls(handler: object, context: ssl.SSLContext) -> Iterator[int]:
    with controlled(handler, ssl_context=context) as port:
        yield port


def test_mail_never_goes_in_the_clear_where_encryption_was_asked_for(sink: Sink) -> None:
    with running(sink) as port:
        for server, says in (
            (Server("127.0.0.1", port, "starttls"), "STARTTLS"),
            (Server("127.0.0.1", port, user="me", password="secret"), "AUTH"),
            (Server("127.0.0.1", port, "tls"), "SSL"),
        ):
            with pytest.raises(Misconfigured, match=says):
                SmtpChannel(server).send("a@b", "c@d", MAIL)
    assert sink.taken == []
