"""Known clients: an invoice names one, and the tills of the outlet know it from then on."""

import msgspec
import structlog

from app.fiscal.canonical import canonical, digest
from app.fiscal.draft import Draft
from app.services.shop import deltas
from app.store.engine import Engine, reading, writing
from app.store.shop.clients import clients_since, keep_client, last_client_change
from app.store.tables.shop import Client

_log = structlog.get_logger()

PASSER_BY = "PP"
"""The client type of most sales; no name is kept of it."""


def remember_client(engine: Engine, draft: Draft) -> None:
    """The client of a sale that was taken is known; whatever fails, the sale stands.

    The reference of an exemption (comment line A, SFE 1.1.24) is asked once and kept with it.
    """
    named = draft.client
    if named.type == PASSER_BY or named.name is None:
        return
    client = Client(
        outlet_id=draft.outlet_id,
        client_id=client_id(named.type, named.name, named.nif or ""),
        type=named.type,
        name=named.name,
        nif=named.nif or "",
        contact=named.contact or "",
        address=named.address or "",
        exemption=draft.comments.get("A", ""),
        changed=0,
    )
    try:
        with writing(engine) as session:
            keep_client(session, client)
    except Exception:  # noqa: BLE001 - it is a convenience; the sale is sealed
        _log.exception("client.not_kept", outlet_id=draft.outlet_id)


def client_id(kind: str, name: str, nif: str) -> str:
    """The identity of a client: the NIF; without one, as an embassy, a hash of type and name."""
    return nif or digest(canonical({"type": kind, "name": name}))[:22]


def clients_document(engine: Engine, outlet_id: str, since: int) -> bytes:
    """The clients that changed after that cursor as JSON; 0 gives all.

    The members are `items`, `cursor` and `more`.
    """
    with reading(engine) as session:
        last = last_client_change(session, outlet_id)
        first = deltas.beginning(since, last)
        page = deltas.page(clients_since(session, outlet_id, first, deltas.MOST_CHANGES + 1), last)
        items = [_item(client) for client in page.rows]
    return msgspec.json.encode({"items": items, "cursor": page.cursor, "more": page.more})


def _item(client: Client) -> dict[str, str]:
    return {
        "id": client.client_id,
        "type": client.type,
        "name": client.name,
        "nif": client.nif,
        "contact": client.contact,
        "address": client.address,
        "exemption": client.exemption,
    }
