"""Who watches over all outlets: an operator's browser, opened by a one-time link of the server."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.fiscal.ledger import utc_text
from app.services.people.tokens import hash_secret
from app.store.engine import Engine, reading, writing
from app.store.people import operators
from app.store.tables.people import OperatorLink, OperatorSession

LINK_MINUTES: Final = 15
"""How long a link works."""
SESSION_HOURS: Final = 12
"""How long a browser stays open."""
_NAME: Final = re.compile(r"\w[\w .'-]{0,39}(?<! )")


class NotAName(ValueError):
    """An operator's name stands in the ledger: short, and plain."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A person of the central service, in a browser of theirs."""

    name: str
    csrf: str

    @property
    def by(self) -> str:
        """Who acts, as the ledger and the cases write it."""
        return f"operator:{self.name}"


def is_name(name: str) -> bool:
    """Whether an operator may be called that."""
    return _NAME.fullmatch(name) is not None


def new_link(engine: Engine, name: str, now: datetime) -> str:
    """The token of a one-time link that opens the operators' pages under that name.

    Raises:
        NotAName: it is empty, long or strange.
    """
    if not is_name(name):
        raise NotAName(name)
    token = secrets.token_urlsafe(32)
    expires = utc_text(now + timedelta(minutes=LINK_MINUTES))
    with writing(engine) as session:
        row = OperatorLink(token_hash=hash_secret(token), name=name, expires_at=expires)
        operators.add_link(session, row)
    return token


def link_works(engine: Engine, token: str, now: datetime) -> bool:
    """Whether the link of that token may still be used; looking does not use it."""
    with reading(engine) as session:
        return operators.link_works(session, hash_secret(token), utc_text(now))


def enter(engine: Engine, token: str, now: datetime) -> str | None:
    """The secret of a new session, and the link is spent; None when it did not work."""
    at, secret = utc_text(now), secrets.token_urlsafe(32)
    with writing(engine) as session:
        name = operators.use_link(session, hash_secret(token), at)
        if name is None:
            return None
        row = OperatorSession(
            token_hash=hash_secret(secret),
            name=name,
            csrf_token=secrets.token_urlsafe(16),
            opened_at=at,
            expires_at=utc_text(now + timedelta(hours=SESSION_HOURS)),
        )
        operators.open_session(session, row)
    return secret


def standing(engine: Engine, secret: str, now: datetime) -> Operator | None:
    """The operator whose open session has that secret."""
    with reading(engine) as session:
        row = operators.standing_session(session, hash_secret(secret), utc_text(now))
        return Operator(row.name, row.csrf_token) if row else None


def leave(engine: Engine, secret: str, now: datetime) -> None:
    """The session of that secret is closed."""
    with writing(engine) as session:
        operators.close_session(session, hash_secret(secret), utc_text(now))
