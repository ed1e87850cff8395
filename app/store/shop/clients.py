"""The customers that invoices named, and which of them changed since a cursor.

The cursor is made as that of the articles: who writes holds the outlet's row.
"""

from typing import Any, Final

from sqlmodel import Session, col, func, select

from app.store.outlets import hold_outlet
from app.store.tables.shop import Client

_REMEMBERED: Final = ("contact", "address", "exemption")
"""What an invoice that does not say it leaves as it was."""


def keep_client(session: Session, client: Client) -> None:
    """The client stands as given; what it leaves open stays, and a client unchanged is not written.

    The outlet's row is held only when something must be written.
    """
    if _new_members(session, client) is None:
        return
    hold_outlet(session, client.outlet_id)
    session.expire_all()  # another transaction may have written while this one waited
    members = _new_members(session, client)
    if members is not None:
        last = last_client_change(session, client.outlet_id)
        session.merge(Client(**members, changed=last + 1))
        session.flush()


def _new_members(session: Session, client: Client) -> dict[str, Any] | None:
    """What the row must say, without its cursor; None when it says so already."""
    known = session.get(Client, (client.outlet_id, client.client_id))
    members = client.model_dump(exclude={"changed"})
    if known is None:
        return members
    before = known.model_dump(exclude={"changed"})
    members |= {name: members[name] or before[name] for name in _REMEMBERED}
    return None if members == before else members


def last_client_change(session: Session, outlet_id: str) -> int:
    """The cursor of the outlet's newest change; 0 before the first."""
    newest = select(func.max(Client.changed)).where(Client.outlet_id == outlet_id)
    return session.exec(newest).one() or 0


def clients_since(session: Session, outlet_id: str, since: int, count: int) -> list[Client]:
    """At most `count` clients that changed after that cursor, in the order of their changes."""
    query = (
        select(Client)
        .where(Client.outlet_id == outlet_id, Client.changed > since)
        .order_by(col(Client.changed))
        .limit(count)
    )
    return list(session.exec(query))
