"""`bono fsck`: the live store holds what it promises (invariants I1 to I4, I6)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from app.fiscal.between_entries import Verified
from app.fiscal.ledger import GENESIS
from app.fiscal.proof import Start, Verifier
from app.services.ledger import anchoring
from app.services.ledger.keys import public_keys
from app.store.engine import Engine, Session, reading
from app.store.ledger import entries as rows
from app.store.ledger.sales import SaleFilter, SaleState, list_sales
from app.store.outlets import outlet_facts, outlet_ids
from app.store.tables.ledger import Series


class StoreBroken(Exception):
    """What lives beside the ledger contradicts it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked of one outlet."""

    outlet_id: str
    verified: Verified
    answers: int
    waiting: int
    """Sealed sales whose control module has not answered."""


def check_store(
    engine: Engine,
    say: Callable[[str], None] = lambda _text: None,
    anchors: Mapping[rows.Key, str] | None = None,
) -> list[Checked]:
    """Every outlet's ledger verifies, its heads and answers agree with it, and it with `anchors`.

    Raises:
        VerificationFailed: a step of the proof does not hold.
        StoreBroken: a head, an answer or a delivery contradicts the ledger.
    """
    checked = []
    with reading(engine) as session:
        for outlet_id in outlet_ids(session):
            outlet = _check_outlet(session, outlet_id)
            _check_anchors(session, outlet_id, anchors or {})
            say(
                f"{outlet_id} : {outlet.verified.entries} écritures, "
                f"{outlet.verified.invoices} factures, {outlet.verified.normalised} normalisées, "
                f"{outlet.waiting} en attente"
            )
            checked.append(outlet)
    return checked


def _check_outlet(session: Session, outlet_id: str) -> Checked:
    verifier = Verifier(public_keys(session))
    series = rows.series_of(session, outlet_id)
    for row in series:
        verifier.begin(outlet_id, row.series, Start())
    for row in series:
        for stored in rows.walk_entries(session, outlet_id, row.series):
            verifier.add(stored)
        _check_head(row, verifier.verified)
    verified = verifier.finish()
    outlet = outlet_facts(session, outlet_id)
    answers, waiting = 0, 0
    for state in all_sales(session, outlet_id):
        if state.frozen is None:
            waiting += 1
            _check_waiting(state, outlet is not None and outlet.control_module is not None)
        else:
            answers += 1
            _check_answer(state, verified)
    return Checked(outlet_id, verified, answers, waiting)


def _check_anchors(session: Session, outlet_id: str, anchors: Mapping[rows.Key, str]) -> None:
    """The store holds what was anchored; a series that was left is known not to."""
    left = {s.series for s in rows.series_of(session, outlet_id) if s.standing == "left"}
    here = {
        key: text for key, text in anchors.items() if key[0] == outlet_id and key[1] not in left
    }
    for found in anchoring.read_all(here.items(), public_keys(session)):
        words = anchoring.judge(session, found)
        if words:
            raise StoreBroken(words)


def _check_head(row: Series, verified: Verified) -> None:
    if verified.heads.get(row.series, GENESIS) != row.entry_hash:
        raise StoreBroken(f"{row.outlet_id}-{row.series} : la tête n'est pas la dernière écriture")


def all_sales(session: Session, outlet_id: str) -> Iterator[SaleState]:
    """Every sale of an outlet, newest first, a page at a time."""
    before = None
    while page := list_sales(session, outlet_id, SaleFilter(before=before), 200):
        yield from page
        before = (page[-1].sale.series, page[-1].sale.position)


def _check_waiting(state: SaleState, expected: bool) -> None:  # noqa: FBT001
    number = state.sale.fiscal_number
    if state.delivery is None or state.delivery.state == "done":
        raise StoreBroken(f"{number} : ni réponse gelée, ni envoi en attente")
    if not expected:
        raise StoreBroken(f"{number} : en attente d'un module que le point de vente n'a pas")


def _check_answer(state: SaleState, verified: Verified) -> None:
    answer = msgspec.json.decode(state.frozen or b"")
    sale = state.sale
    security = answer["security"]
    if (security["fiscal_number"], security["entry_hash"]) != (sale.fiscal_number, sale.entry_hash):
        raise StoreBroken(f"{sale.fiscal_number} : la réponse gelée dit un autre sceau")
    code = answer.get("normalisation", {}).get("code_def_dgi")
    if code != verified.codes.get(sale.fiscal_number):
        raise StoreBroken(f"{sale.fiscal_number} : la réponse gelée dit un autre code DEF/DGI")
