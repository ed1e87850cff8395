"""The endpoints of integrators: people register, rotate, remove them; we never switch one off."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.channels.addresses import AddressRefused, check_url
from app.channels.webhook import SECRET_PREFIX
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import utc_text
from app.services.messages.publishing import tell
from app.store.engine import Session
from app.store.messages import listeners
from app.store.messages import messages as rows
from app.store.tables.messages import MessageState, WebhookEndpoint

BOTH_HOURS: Final = 24
"""How long the secret before a rotation signs beside the new one."""
MOST_ENDPOINTS: Final = 20
"""Endpoints of one outlet."""
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as people see it: never its secret."""

    endpoint_id: str
    url: str
    events: tuple[str, ...]
    created_at: str
    previous_until: str | None
    """Until when the secret before the last rotation signs too."""
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class WithSecret:
    """An endpoint and its new secret: shown once, here."""

    endpoint: Endpoint
    secret: str


def check_address(url: str, *, private: bool) -> None:
    """A webhook may go to that address; asks the name service.

    Raises:
        InvalidInvoice: `webhook.address`.
    """
    try:
        check_url(url, private=private)
    except AddressRefused as error:
        raise InvalidInvoice("webhook.address", "/url", str(error)) from error


def register(
    session: Session, outlet_id: str, url: str, events: Sequence[str], now: datetime
) -> WithSecret:
    """The endpoint is told of those events from now on, and of nothing that was before.

    The address was checked (`check_address`).

    Raises:
        InvalidInvoice: `webhook.many`.
    """
    at = utc_text(now)
    listeners.set_mark(session, outlet_id)
    while not tell(session, outlet_id, at).whole:  # those who listen already are told first
        pass
    listeners.set_mark(session, outlet_id)
    if len(listeners.endpoints(session, outlet_id)) >= MOST_ENDPOINTS:
        raise InvalidInvoice(
            "webhook.many", "", f"Un point de vente a au plus {MOST_ENDPOINTS} adresses."
        )
    row = WebhookEndpoint(
        outlet_id=outlet_id,
        endpoint_id=f"ep_{secrets.token_hex(12)}",
        url=url,
        events=" ".join(dict.fromkeys(events)),
        secret=_new_secret(),
        created_at=at,
    )
    listeners.add_endpoint(session, row)
    return WithSecret(_shown(session, row), row.secret)


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _shown(session: Session, row: WebhookEndpoint) -> Endpoint:
    def count(state: MessageState) -> int:
        return rows.count_waiting(session, row.outlet_id, row.endpoint_id, state)

    return Endpoint(
        endpoint_id=row.endpoint_id,
        url=row.url,
        events=tuple(row.events.split()),
        created_at=row.created_at,
        previous_until=row.previous_until,
        waiting=count("pending") + count("sending"),
        failed=count("failed"),
    )


def endpoints(session: Session, outlet_id: str) -> list[Endpoint]:
    """The outlet's endpoints, the oldest first."""
    return [_shown(session, row) for row in listeners.endpoints(session, outlet_id)]


def endpoint(session: Session, outlet_id: str, endpoint_id: str) -> Endpoint | None:
    """The endpoint of that outlet, unless it was removed."""
    row = listeners.endpoint(session, outlet_id, endpoint_id)
    return None if row is None else _shown(session, row)


def rotate(session: Session, outlet_id: str, endpoint_id: str, now: datetime) -> WithSecret | None:
    """The endpoint has a new secret; the one before signs too for a day. None: unknown."""
    row = listeners.endpoint(session, outlet_id, endpoint_id, hold=True)
    if row is None:
        return None
    row.previous_secret = row.secret
    row.previous_until = utc_text(now + timedelta(hours=BOTH_HOURS))
    row.secret = _new_secret()
    session.flush()
    return WithSecret(_shown(session, row), row.secret)


def remove(session: Session, outlet_id: str, endpoint_id: str, now: datetime) -> bool:
    """Nothing goes there any more; false: it was not there."""
    row = listeners.endpoint(session, outlet_id, endpoint_id, hold=True)
    if row is None:
        return False
    row.removed_at = utc_text(now)
    rows.give_up(session, outlet_id, endpoint_id, "L’adresse a été retirée.", row.removed_at)
    return True


def endpoint_of(session: Session, outlet_id: str, endpoint_id: str) -> WebhookEndpoint | None:
    """The endpoint's row, unless it was removed."""
    return listeners.endpoint(session, outlet_id, endpoint_id)


def secrets_of(row: WebhookEndpoint, at: str) -> tuple[str, ...]:
    """The secrets that sign now: the newest first."""
    if row.previous_secret is None or (row.previous_until or "") <= at:
        return (row.secret,)
    return (row.secret, row.previous_secret)
