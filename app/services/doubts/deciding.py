"""The way out of a doubt: one person proposes what became of the sale, another approves it.

Nothing is ever sent again. What two people saw on the taxpayer's portal becomes the fact that the
control module's answer would have been: `normalised` with the elements they copied, or `refused`
because DGI does not have the invoice. Both names stand in the ledger, and in the confirmation that
is kept with the fact.
"""

from collections.abc import Sequence
from datetime import datetime

from app.fiscal.errors import InvalidInvoice
from app.fiscal.portal import Absent, Found
from app.services.doubts import rules
from app.services.doubts.history import (
    APPROVE,
    PROPOSE,
    WITHDRAW,
    Doubt,
    Proposal,
    document_of,
    doubt_of,
    found_in,
    held_doubt,
    standing_proposal,
)
from app.services.doubts.settling import Settling, settle_absent, settle_found
from app.services.ledger.party import Calls, SealingParty
from app.store.cases import decisions as rows
from app.store.engine import Engine, Session, reading
from app.store.tables.cases import Act, Decision
from app.store.tables.dgi import Ending


def propose(
    engine: Engine,
    sealing: Calls,
    outlet_id: str,
    sale_id: str,
    found: Found | Absent,
    by: str,
    now: datetime,
) -> Proposal:
    """What was found waits for a second person; a proposal before it stands no more.

    `by` is a manager of the outlet or `operator:{name}`.

    Raises:
        InvalidInvoice: a `doubt.…` rule, or `format.text` for an absence without a reason.
        SealRefused: the sealing party does not answer now.
    """
    with reading(engine) as session:
        judged = rules.judge(doubt_of(session, outlet_id, sale_id), found, now)
        rules.check_free(session, outlet_id, sale_id, judged)

    def work(session: Session, _party: SealingParty, at: str) -> Proposal:
        doubt = held_doubt(session, outlet_id, sale_id)
        rules.check_first(session, outlet_id, by)
        rules.check_now(session, doubt, judged, now, None)
        standing = standing_proposal(doubt.history)
        same = standing is not None and (standing.by, standing.found) == (by, judged)
        if standing is not None and same and rules.last_asked(session, doubt) <= standing.at:
            return standing  # its answer was lost
        row = _decide(session, doubt, PROPOSE, by, at, judged)
        return Proposal(row.number, by, at, judged)

    return sealing.write(work, outlet_id).result()


def withdraw(engine: Engine, sealing: Calls, outlet_id: str, sale_id: str, by: str) -> None:
    """Nothing is proposed any more. Whoever proposed may withdraw, and every manager.

    Raises:
        InvalidInvoice: `doubt.none`, `doubt.person` or `doubt.settled`.
        SealRefused: the sealing party does not answer now.
    """
    with reading(engine) as session:
        history = rows.decisions(session, outlet_id, sale_id)
    if history and history[-1].act == WITHDRAW:
        return  # its answer was lost

    def work(session: Session, _party: SealingParty, at: str) -> None:
        doubt = held_doubt(session, outlet_id, sale_id)
        if by != _needed_proposal(doubt, None).by:
            rules.check_first(session, outlet_id, by)
        _decide(session, doubt, WITHDRAW, by, at, None)

    sealing.write(work, outlet_id).result()


def approve(
    engine: Engine,
    sealing: Calls,
    outlet_id: str,
    sale_id: str,
    by: str,
    now: datetime,
    number: int | None = None,
) -> str:
    """The sale is what was proposed, for ever: `normalised` or `refused`.

    `by` is another person of the outlet or `operator:{name}`; one of the two is a manager. `number`
    is that of the proposal which the person saw. Ledger, frozen answer, delivery and case change
    together or not at all; approved again by the same person, it answers the same.

    Raises:
        InvalidInvoice: a `doubt.…` rule.
        SealRefused: the sealing party does not answer now.
    """
    with reading(engine) as session:
        history = rows.decisions(session, outlet_id, sale_id)
        if _approved_before(history, by):
            return _outcome(found_in(history[-1].document))
        seen = standing_proposal(history)
        if seen is not None:
            rules.check_free(session, outlet_id, sale_id, seen.found)

    def work(session: Session, party: SealingParty, at: str) -> str:
        doubt = held_doubt(session, outlet_id, sale_id)
        standing = _needed_proposal(doubt, number if seen is None else number or seen.number)
        rules.check_second(session, outlet_id, standing.by, by)
        rules.check_now(session, doubt, standing.found, now, standing.at)
        _decide(session, doubt, APPROVE, by, at, standing.found)
        _settle(Settling(session, party, doubt.row, doubt.sealed, standing.by, by, at), standing)
        return _outcome(standing.found)

    return sealing.write(work, outlet_id).result()


def _settle(settling: Settling, proposal: Proposal) -> None:
    if isinstance(proposal.found, Absent):
        settle_absent(settling, proposal.found.reason)
    else:
        settle_found(settling, proposal.found)


def _needed_proposal(doubt: Doubt, number: int | None) -> Proposal:
    standing = standing_proposal(doubt.history)
    if standing is None:
        raise InvalidInvoice("doubt.none", "/sale_id", "Aucune proposition n'attend.")
    if number not in {None, standing.number}:
        raise InvalidInvoice(
            "doubt.changed", "/number", "La proposition a changé : relisez-la avant d'approuver."
        )
    return standing


def _approved_before(history: Sequence[Decision], by: str) -> bool:
    """This very person's approval settled the sale, and the answer to it was lost."""
    return bool(history) and (history[-1].act, history[-1].by) == (APPROVE, by)


def _decide(
    session: Session, doubt: Doubt, act: Act, by: str, at: str, found: Found | Absent | None
) -> Decision:
    key = (doubt.row.outlet_id, doubt.row.sale_id)
    document = "{}" if found is None else document_of(found)
    return rows.add_decision(session, key, act, by=by, at=at, document=document)


def _outcome(found: Found | Absent) -> Ending:
    return "refused" if isinstance(found, Absent) else "normalised"
