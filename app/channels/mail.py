"""E-mail over SMTP: one message, one connection; encrypted wherever the server can."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from app.channels.outgoing import Outcome, Outgoing, brief

STEP_SECONDS: Final = 20
"""For each step of the conversation."""
_SUBMISSION, _IMPLICIT = 587, 465
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NEVER: Final = 500
"""SMTP: from here on the server says that trying again changes nothing."""
_NO_FAULT_OF_THE_MESSAGE: Final = frozenset({421, 450, 451, 452, 530, 534, 535, 538})


class AddressUnreadable(ValueError):
    """The address of a mail server is none of ours."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server: where it is, and as whom we speak to it."""

    host: str
    port: int
    implicit: bool
    """TLS from the first byte; otherwise STARTTLS where it is offered."""
    user: str = ""
    password: str = ""


def read_server(url: str) -> Server:
    """The server of `smtp://user:pass@host:port` or `smtps://…`.

    Raises:
        AddressUnreadable: anything else.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressUnreadable(url) from error
    if parts.scheme not in {"smtp", "smtps"} or not host or parts.path not in {"", "/"}:
        raise AddressUnreadable(url)
    implicit = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(host, port or (_IMPLICIT if implicit else _SUBMISSION), implicit, user, password)


class SmtpChannel:
    """Hands each message to a mail server."""

    def __init__(
        self, server: Server, sender: str, *, context: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._sender = server, sender
        self._context = context or ssl.create_default_context()

    def __call__(self, out: Outgoing) -> Outcome:
        """The server has taken the message, or why not."""
        try:
            with self._connected() as connection:
                return self._hand_over(connection, out)
        except smtplib.SMTPResponseException as error:
            return _answered(error.smtp_code, _text(error.smtp_error))
        except smtplib.SMTPRecipientsRefused as error:
            return _answered(*_of_recipient(error, out.target))
        except smtplib.SMTPException as error:
            return Outcome("later", brief(str(error)) or type(error).__name__, blocks="channel")
        except OSError as error:
            said = f"Le serveur d'e-mail est injoignable : {brief(str(error))}"
            return Outcome("later", said, blocks="channel")

    def _hand_over(self, connection: smtplib.SMTP, out: Outgoing) -> Outcome:
        if self._server.user:
            connection.login(self._server.user, self._server.password)
        connection.sendmail(self._sender, [out.target], out.body)
        return Outcome("sent", "Le serveur d'e-mail a pris le message.", 250)

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.implicit:
            return smtplib.SMTP_SSL(
                server.host, server.port, timeout=STEP_SECONDS, context=self._context
            )
        connection = smtplib.SMTP(server.host, server.port, timeout=STEP_SECONDS)
        try:
            self._encrypt(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _encrypt(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        if connection.has_extn("starttls"):
            connection.starttls(context=self._context)
            connection.ehlo()
        elif self._server.user and self._server.host not in _HERE:
            raise smtplib.SMTPNotSupportedError(
                "Le serveur d'e-mail n'offre pas TLS : le mot de passe ne part pas en clair."
            )


def _of_recipient(error: smtplib.SMTPRecipientsRefused, target: str) -> tuple[int, str]:
    code, said = error.recipients[target]
    return code, _text(said)


def _text(said: bytes | str) -> str:
    return brief(said.decode(errors="replace") if isinstance(said, bytes) else said)


def _answered(code: int, said: str) -> Outcome:
    words = f"{code} {said}"
    if code >= _NEVER and code not in _NO_FAULT_OF_THE_MESSAGE:
        return Outcome("failed", words, code)
    # 421: the server closes; 53x: it does not know us. Then no other message gets through either.
    blocked = code == 421 or code >= _NEVER  # noqa: PLR2004 - SMTP
    return Outcome("later", words, code, blocks="channel" if blocked else "nothing")


_EMAIL: Final = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}",
    re.ASCII,
)


def is_address(text: str) -> bool:
    """True for one e-mail address, and nothing beside it."""
    return _EMAIL.fullmatch(text) is not None
