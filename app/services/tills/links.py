"""The one-time links that make a tablet a terminal."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from app.fiscal.ledger import utc_text
from app.services.people.tokens import hash_secret
from app.store.engine import Engine, Session, reading, writing
from app.store.tables.tills import EnrolmentLink, Terminal
from app.store.tills import devices, terminals
from app.store.tills.terminals import TerminalKey

LINK_MINUTES: Final = 15
"""How long an enrolment link works."""


def new_link(engine: Engine, key: TerminalKey, now: datetime) -> str:
    """The token of a one-time link that makes a tablet this terminal."""
    token = secrets.token_urlsafe(32)
    expires = now + timedelta(minutes=LINK_MINUTES)
    with writing(engine) as session:
        terminals.add_link(
            session,
            EnrolmentLink(
                token_hash=hash_secret(token),
                outlet_id=key[0],
                terminal_id=key[1],
                expires_at=utc_text(expires),
            ),
        )
    return token


def link_works(engine: Engine, token: str, now: datetime) -> bool:
    """Whether the link of that token may still be used; looking does not use it."""
    with reading(engine) as session:
        return terminals.link_works(session, hash_secret(token), utc_text(now))


def free_terminal(engine: Engine, outlet_id: str, besides: str) -> TerminalKey:
    """A terminal of the outlet that no tablet is, other than `besides`; made when needed."""
    with writing(engine) as session:
        return next_terminal(session, outlet_id, besides)


def next_terminal(session: Session, outlet_id: str, besides: str | None = None) -> TerminalKey:
    """The first terminal of the outlet that no tablet is, other than `besides`, or a new one."""
    known = terminals.terminals_of(session, outlet_id)
    taken = devices.occupied_terminals(session, outlet_id) | {besides}
    for row in known:
        if row.terminal_id not in taken:
            return outlet_id, row.terminal_id
    number = len(known) + 1
    row = Terminal(outlet_id=outlet_id, terminal_id=f"T{number}", name=f"Caisse {number}")
    terminals.add_terminal(session, row)
    return outlet_id, row.terminal_id
