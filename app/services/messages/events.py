"""What integrators and managers are told: each event, and its bytes.

A payload is `{"type", "timestamp", "data"}` (Standard Webhooks); its data are text members, in the
words of the API. It holds no secret of the outlet: no key, no token, no PIN.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from app.fiscal.canonical import parse_canonical
from app.fiscal.ledger import parse_entry, sealed_statement
from app.services.ledger.answers import links, normalisation, refusal
from app.services.messages.catalogue import OF_ENTRIES, subject_of
from app.store.engine import Session
from app.store.ledger.sales import sale_of
from app.store.messages.listeners import sales_numbered
from app.store.tables.ledger import LedgerEntry
from app.store.tables.messages import Announcement

ALL: Final = "*"
_DEVICES: Final = ("device.", "tablet.")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell: its name, when it was, and what to say of it."""

    name: str
    at: str
    data: Mapping[str, Any]
    """Text members; `totals` and `links` are objects of text members."""

    def payload(self) -> bytes:
        """The body of a webhook."""
        return _encode({"type": self.name, "timestamp": self.at, "data": self.data})


def wants(asked: Iterable[str], event: str) -> bool:
    """True when one of these names is that event, or a family that it belongs to."""
    family = event.partition(".")[0] + ".*"
    return any(name in {ALL, event, family} for name in asked)


def events_of(session: Session, outlet_id: str, entries: Iterable[LedgerEntry]) -> list[Event]:
    """What these entries of the outlet tell, in their order; most events and openings tell none."""
    named = [(name, entry) for entry in entries if (name := _name(entry)) is not None]
    numbers = [entry.fiscal_number or entry.about or "" for _, entry in named]
    sales = sales_numbered(session, outlet_id, [number for number in numbers if number])
    return [
        Event(name, parse_entry(entry.entry).recorded_at, _data(entry, sales.get(number)))
        for (name, entry), number in zip(named, numbers, strict=True)
    ]


def _name(entry: LedgerEntry) -> str | None:
    if entry.kind != "event":
        return OF_ENTRIES.get(entry.kind)
    name = str(parse_canonical(entry.body)["name"])
    if not name.startswith(_DEVICES):
        return None
    return "device." + name.partition(".")[2]


def _data(entry: LedgerEntry, sale: LedgerEntry | None) -> dict[str, Any]:
    data = {
        "outlet_id": entry.outlet_id,
        "series": entry.series,
        "position": str(entry.position),
        "entry_hash": entry.entry_hash,
    }
    if sale is not None and entry.kind in {"invoice", "normalised", "refused"}:
        return data | _of_sale(sale) | _of_answer(entry)
    body = parse_canonical(entry.body)
    if entry.kind == "event":
        return data | {"text": body["text"], **_texts(body["data"])}
    return data | _texts(body)


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    """The members that are text: those of a body that a person may read."""
    return {name: value for name, value in document.items() if type(value) is str and name != "v"}


def _of_answer(entry: LedgerEntry) -> dict[str, Any]:
    if entry.kind == "invoice":
        return {"status": "sealed"}
    body = parse_canonical(entry.body)
    if entry.kind == "refused":
        return {"status": "refused", "refusal": refusal(body)}
    return {
        "status": "normalised",
        "code_def_dgi": body["code_def_dgi"],
        "normalisation": normalisation(body),
    }


def _of_sale(row: LedgerEntry) -> dict[str, Any]:
    invoice = msgspec.json.decode(row.body)
    return {
        "sale_id": row.sale_id,
        "fiscal_number": row.fiscal_number,
        "reference": sealed_statement(parse_entry(row.entry))["reference"],
        "invoice_type": invoice["invoice_type"],
        "totals": invoice["totals"],
        "links": links(sale_of(row)),
    }


def read_announcements(
    session: Session, outlet_id: str, rows: Iterable[Announcement]
) -> list[Event]:
    """What these announcements of the outlet tell, in their order."""
    decoded = [(row, msgspec.json.decode(row.data)) for row in rows]
    numbers = [data["fiscal_number"] for _, data in decoded if "fiscal_number" in data]
    sales = sales_numbered(session, outlet_id, numbers)
    return [
        Event(row.event, row.at, _announced(row, data, sales.get(data.get("fiscal_number", ""))))
        for row, data in decoded
    ]


def _announced(
    row: Announcement, data: Mapping[str, str], sale: LedgerEntry | None
) -> dict[str, Any]:
    known = {"outlet_id": row.outlet_id, **(_of_sale(sale) if sale is not None else {}), **data}
    status = subject_of(row.event).status
    if status:
        known["status"] = status
    return known
