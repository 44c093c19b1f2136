"""Mail by SMTP."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NoReturn

from alerts.channels.base import Misconfigured, Unavailable
from schemas.errors import Permanent, Transient

Tls = Literal["none", "starttls", "tls"]

# Many servers end a session after some hundred mails; going first costs one greeting in a hundred.
RUN = 100
CONNECT_SECONDS = 10.0
_PERMANENT = 500
_CLOSING = 421
_TOO_BIG = 552


@dataclass(frozen=True)
class Server:
    """Where mail goes, and how.

    Attributes:
        tls: none (plain text), starttls (upgrade, refused if not offered) or tls (from the first byte).
        user: empty for no login.
        hello: the name that we greet with; empty asks the system, which may take long.
        timeout: seconds that the server may be silent.
        context: TLS settings; None takes the system's certificates.
    """

    host: str
    port: int
    tls: Tls = "none"
    user: str = ""
    password: str = ""
    hello: str = ""
    timeout: float = 20.0
    context: ssl.SSLContext | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class SmtpChannel:
    r"""Sends through one server, over one connection for a run of mails.

    Example:
        >>> channel = SmtpChannel(Server("127.0.0.1", 9))
        >>> channel.send("tocsin@example.com", "ana@example.com", b"Subject: hello\r\n\r\nhello\r\n")
        Traceback (most recent call last):
        ...
        alerts.channels.base.Unavailable: mail server 127.0.0.1:9: [Errno 111] Connection refused
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection: smtplib.SMTP | None = None
        self._count = 0

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand one mail to the server.

        Raises:
            Permanent: the server will never take this mail for this recipient; in its words.
            Transient: it may take it later; `Unavailable` if nothing can be sent now, `Misconfigured` if a
                person must mend a setting first.
        """
        if self._count >= RUN:
            self.close()
        try:
            connection = self._connected()
            connection.sendmail(sender, [recipient], content)
        except (OSError, smtplib.SMTPException) as error:
            self._judge(error)
        self._count += 1

    def close(self) -> None:
        """Say goodbye; a server that is gone already is not waited for."""
        connection, self._connection, self._count = self._connection, None, 0
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def abort(self) -> None:
        """Cut the connection, from any thread."""
        connection = self._connection
        sock = connection.sock if connection is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _connected(self) -> smtplib.SMTP:
        if self._connection is not None:
            return self._connection
        server = self.server
        context = server.context or ssl.create_default_context() if server.tls != "none" else None
        # Until it has greeted, `abort` cannot reach the connection; so it may not take long.
        timeout = min(server.timeout, CONNECT_SECONDS)
        hello = server.hello or None
        if server.tls == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, hello, timeout=timeout, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, hello, timeout=timeout)
        self._connection = connection
        if connection.sock is not None:
            connection.sock.settimeout(server.timeout)
        connection.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            connection.starttls(context=context)
            connection.ehlo()
        if server.user:
            connection.login(server.user, server.password)
        return connection

    def _judge(self, error: OSError | smtplib.SMTPException) -> NoReturn:
        kind, code, words = _verdict(error)
        if issubclass(kind, Unavailable) or code == _CLOSING:
            self._drop()
        said = f"{code} {words}" if code else words
        raise kind(f"mail server {self.server}: {said}") from error

    def _drop(self) -> None:
        connection, self._connection, self._count = self._connection, None, 0
        if connection is not None:
            connection.close()


def _verdict(
    error: OSError | smtplib.SMTPException,
) -> tuple[type[Permanent | Transient], int | None, str]:
    """What an error means, with the server's code and words if it said any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return _by_code(code), code, _text(words)
    if isinstance(error, smtplib.SMTPSenderRefused):
        # Only the size is this mail's fault; a sender that is not welcome is our setting's.
        permanent = error.smtp_code >= _PERMANENT and error.smtp_code != _TOO_BIG
        kind = Misconfigured if permanent else _by_code(error.smtp_code)
        return kind, error.smtp_code, _text(error.smtp_error)
    if isinstance(error, smtplib.SMTPDataError):
        return _by_code(error.smtp_code), error.smtp_code, _text(error.smtp_error)
    if isinstance(error, smtplib.SMTPResponseException):
        loud = isinstance(error, smtplib.SMTPAuthenticationError) or error.smtp_code >= _PERMANENT
        return Misconfigured if loud else Unavailable, error.smtp_code, _text(error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLError | UnicodeError):
        return Misconfigured, None, str(error)
    return Unavailable, None, str(error) or type(error).__name__


def _by_code(code: int) -> type[Permanent | Transient]:
    if code == _CLOSING:
        return Unavailable
    return Permanent if code >= _PERMANENT else Transient


def _text(words: bytes | str) -> str:
    raw = words if isinstance(words, bytes) else words.encode("utf-8", "backslashreplace")
    return " ".join(raw.decode("utf-8", "backslashreplace").split())
