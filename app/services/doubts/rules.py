"""Who may settle a sale in doubt, and what may be true of it."""

from datetime import datetime, timedelta
from typing import Final

from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import utc_time
from app.fiscal.portal import Absent, Expected, Found, check_found
from app.services.cases.cases import read_words
from app.services.doubts.history import Doubt
from app.store.cases import decisions as rows
from app.store.dgi import deliveries
from app.store.engine import Session
from app.store.people import people

OPERATOR: Final = "operator:"
"""What stands before the name of a person of the central service."""

CLOCKS_APART: Final = timedelta(days=1)
"""How far the authority's clock may stand from ours when a found time is judged."""


# --- Who may

QUIET: Final = timedelta(minutes=3)
"""After so long without a call nothing is on its way and no request waits any more at DGI.

Its requests live two minutes, and the longest call is shorter.
"""


def check_first(session: Session, outlet_id: str, by: str) -> None:
    """That person may propose: a manager of the outlet, or an operator (`doubt.person`)."""
    if not (_is_operator(by) or _is_manager(session, outlet_id, by)):
        raise InvalidInvoice(
            "doubt.person", "/by", "Seul un gérant décide de l'issue d'une vente en doute."
        )


def check_second(session: Session, outlet_id: str, first: str, second: str) -> None:
    """The second person may approve what the first proposed.

    Raises:
        InvalidInvoice: `doubt.same-person`; `doubt.person` for a stranger, or when neither is a
            manager of the outlet.
    """
    if first == second:
        raise InvalidInvoice(
            "doubt.same-person", "/by", "Une autre personne que celle qui propose doit approuver."
        )
    if not _is_operator(second) and people.person(session, outlet_id, second) is None:
        raise InvalidInvoice(
            "doubt.person", "/by", "Cette personne n'est pas de ce point de vente."
        )
    if not any(_is_manager(session, outlet_id, person) for person in (first, second)):
        raise InvalidInvoice("doubt.person", "/by", "L'une des deux personnes doit être un gérant.")


def _is_operator(by: str) -> bool:
    return by.startswith(OPERATOR) and by != OPERATOR


def _is_manager(session: Session, outlet_id: str, by: str) -> bool:
    person = people.person(session, outlet_id, by)
    return person is not None and person.role == "manager"


# --- What may be true


def judge(doubt: Doubt, found: Found | Absent, now: datetime) -> Found | Absent:
    """What was found in its official spelling, if it can be true of this sale.

    Raises:
        InvalidInvoice: a `doubt.…` rule, or `format.text` for an absence without a reason.
    """
    if isinstance(found, Absent):
        return Absent(
            read_words(found.reason, "/reason", "Dites comment l'absence a été constatée.")
        )
    expected = Expected(
        nim=doubt.row.nim,
        nif=doubt.sealed.invoice["merchant_nif"],
        invoice_type=doubt.sealed.invoice["invoice_type"],
        not_before=doubt.sealed_at - CLOCKS_APART,
        not_after=now + CLOCKS_APART,
    )
    return check_found(found, expected)


def check_free(session: Session, outlet_id: str, sale_id: str, found: Found | Absent) -> None:
    """No other invoice of the module has that code or those counters (`doubt.taken`).

    Reads every normalised invoice of the module: never inside a sealing transaction.
    """
    row = deliveries.delivery(session, outlet_id, sale_id)
    if row is None or isinstance(found, Absent):
        return
    for member, value, words in (
        ("code_def_dgi", found.code_def_dgi, "Ce code est déjà celui"),
        ("counters", found.counters, "Ces compteurs sont déjà ceux"),
    ):
        other = rows.normalised_with(session, row, member, value)
        if other is not None:
            ours = other.outlet_id == outlet_id
            whose = f"de la facture {other.fiscal_number}" if ours else "d'une autre facture"
            raise InvalidInvoice("doubt.taken", f"/{member}", f"{words} {whose}.")


def check_now(
    session: Session, doubt: Doubt, found: Found | Absent, now: datetime, seen_at: str | None
) -> None:
    """What only the locked rows can tell: another doubt with that code, or a late call.

    `seen_at` is when the first person had looked; None while that is now.

    Raises:
        InvalidInvoice: `doubt.taken`, `doubt.busy` or `doubt.changed`.
    """
    if isinstance(found, Absent):
        _check_quiet(session, doubt, now, seen_at)
    elif rows.approved_with(session, doubt.row, found.code_def_dgi):
        raise InvalidInvoice(
            "doubt.taken", "/code_def_dgi", "Ce code est déjà celui d'une autre vente en doute."
        )


def last_asked(session: Session, doubt: Doubt) -> str:
    """When DGI was last asked about the sale; empty: never."""
    calls = deliveries.exchanges(session, doubt.row.outlet_id, doubt.row.sale_id)
    return max((exchange.call.at for exchange in calls), default="")


def _check_quiet(session: Session, doubt: Doubt, now: datetime, seen_at: str | None) -> None:
    """No call may still record what people say is not there, and none came after they looked."""
    last = last_asked(session, doubt)
    if last and now - utc_time(last) < QUIET:
        raise InvalidInvoice(
            "doubt.busy",
            "/sale_id",
            "Un échange avec la DGI vient d'avoir lieu pour cette vente. Attendez trois minutes, "
            "regardez de nouveau le portail, puis recommencez.",
        )
    if seen_at is not None and last > seen_at:
        raise InvalidInvoice(
            "doubt.changed",
            "/sale_id",
            "La DGI a été interrogée depuis cette proposition : regardez de nouveau le portail et "
            "proposez encore.",
        )
