"""A real SMTP server that keeps the mails it takes."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.harness.ports import free_port

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from threading import Event

USER, PASSWORD = "bono", "s3cr:t/@"


@dataclass(frozen=True)
class Mail:
    """A mail as it was taken."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    encrypted: bool
    user: str | None


@dataclass
class Postbox:
    """The mails taken, in order; each line of `refusals` answers one step instead of a yes."""

    port: int
    implicit: bool
    """Nothing gets through that is not encrypted."""
    mails: list[Mail] = field(default_factory=list)
    refuse_recipient: str = ""
    refuse_content: str = ""
    door: Event | None = None
    """Every mail waits until it is set."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.door is not None:
            await asyncio.to_thread(self.door.wait, 60)
        if self.refuse_content:
            return self.refuse_content
        self.mails.append(
            Mail(
                envelope.mail_from,
                tuple(envelope.rcpt_tos),
                envelope.original_content,
                self.implicit or session.ssl is not None,
                session.auth_data,
            )
        )
        return "250 Taken"


def _known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, said: Any) -> AuthResult:
    fine = (said.login, said.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=fine, handled=False, auth_data=USER if fine else None)


@contextmanager
def postbox(
    *,
    starttls: ssl.SSLContext | None = None,
    implicit: ssl.SSLContext | None = None,
    password: bool = False,
) -> Iterator[Postbox]:
    """A server on a port of 127.0.0.1 until the block ends."""
    box = Postbox(free_port(), implicit is not None)
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        ssl_context=implicit,
        tls_context=starttls,
        authenticator=_known if password else None,
        auth_required=password,
        auth_require_tls=password and implicit is None and starttls is not None,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
