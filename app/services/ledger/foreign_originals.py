"""Invoices of another system, entered once by a manager so that they can be credited here."""

from datetime import datetime
from typing import Any, Final

from app.access import Forbidden
from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import InvalidInvoice
from app.fiscal.original import ENTERED, original_document, read_original
from app.fiscal.seal import b64
from app.fiscal.tables import table_in_force
from app.fiscal.zones import TIMEZONES
from app.services.ledger.crediting import spelled
from app.services.ledger.facts import append_event
from app.services.ledger.party import Calls, SealingParty
from app.store.engine import Session
from app.store.ledger.originals import (
    add_foreign_original,
    foreign_original,
    number_of_code,
)
from app.store.outlets import OutletFacts
from app.store.people.people import person
from app.store.tables.ledger import ForeignOriginal

_TEXT: Final = "Une facture d'un autre système a été saisie pour être créditée ici."


def enter_original(sealing: Calls, outlet: OutletFacts, document: Any, by: str) -> str:
    """The invoice can be credited under its Code DEF/DGI, which is returned in its one spelling.

    The same again, by anyone, changes nothing. The ledger says who entered what.

    Raises:
        InvalidInvoice: a rule of what was entered; `SFE-1.1.26` for one of our own invoices or a
            code already entered otherwise.
        Forbidden: `scope.operation`, `by` is none of the outlet's managers.
        SealRefused: the sealing party does not answer now.
    """
    read = read_original(document)
    read["code_def_dgi"] = code = spelled(read["code_def_dgi"])
    morning = datetime.fromisoformat(read["day"]).replace(tzinfo=TIMEZONES[outlet.zone])
    table = table_in_force(morning, outlet.zone, outlet.tables)
    body = canonical(original_document(read, table, outlet.ts_order))

    def work(session: Session, party: SealingParty, at: str) -> str:
        someone = person(session, outlet.outlet_id, by)
        if someone is None or someone.role != "manager":
            raise Forbidden("scope.operation", "", "Seul un gérant saisit une telle facture.")
        if _stands(session, outlet.outlet_id, code, body):
            return code
        row = ForeignOriginal(
            outlet_id=outlet.outlet_id, code=code, body=body, entered_at=at, entered_by=by
        )
        add_foreign_original(session, row)
        more = {"code_def_dgi": code, "by": by, "original": b64(body), "hash": digest(body)}
        append_event(
            session, (outlet.outlet_id, party.series), ENTERED, _TEXT, more, at, about=code
        )
        return code

    return sealing.write(work, outlet.outlet_id).result()


def _stands(session: Session, outlet_id: str, code: str, body: bytes) -> bool:
    """Whether this very invoice was entered before."""
    if number_of_code(session, outlet_id, code) is not None:
        raise InvalidInvoice(
            "SFE-1.1.26", "/code_def_dgi", "Cette facture est la nôtre : créditez-la directement."
        )
    known = foreign_original(session, outlet_id, code)
    if known is not None and known.body != body:
        raise InvalidInvoice(
            "SFE-1.1.26", "/code_def_dgi", "Une autre facture est déjà saisie sous ce code."
        )
    return known is not None
