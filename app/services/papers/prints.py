"""Papers: the original of a sale exists once; any other is a DUPLICATA (SFE 1.1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import utc_text, utc_time
from app.printing.paper import NoPaper, check
from app.services.papers.receipts import paper_of
from app.store.engine import Engine, Session, reading, writing
from app.store.ledger.sales import RecordedSale, sale_named
from app.store.papers.prints import ORIGINAL, add_paper, held_papers
from app.store.tables.papers import Print


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which paper of which sale, and which tablet prints it."""

    outlet_id: str
    name: str
    """The sale's id or its fiscal number."""
    copy_id: str
    """`original`, or a UUID that the tablet made for this copy."""
    device_id: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper that the tablet may put on paper."""

    sale: RecordedSale
    copy_id: str
    number: int
    """1 for the original; of a copy, which DUPLICATA it is, from 1."""
    at: str
    new: bool
    """False when this very paper was asked for before."""


def print_paper(engine: Engine, wanted: Wanted, verify_host: str, now: datetime) -> Printed | None:
    """The paper that is wanted, the same one however often; None when there is no such sale.

    Raises:
        InvalidInvoice: `SFE-1.1.5` while the sale has no legal paper, `print.original` for a copy
            of what was never printed.
    """
    sale = _legal_sale(engine, wanted, verify_host)
    if sale is None:
        return None
    with writing(engine) as session:
        return _kept(session, sale, wanted, now)


def _legal_sale(engine: Engine, wanted: Wanted, verify_host: str) -> RecordedSale | None:
    with reading(engine) as session:
        state = sale_named(session, wanted.outlet_id, wanted.name)
        if state is None:
            return None
        try:
            check(paper_of(session, state.sale, verify_host))
        except NoPaper as error:
            raise InvalidInvoice("SFE-1.1.5", "", str(error)) from error
        return state.sale


def _kept(session: Session, sale: RecordedSale, wanted: Wanted, now: datetime) -> Printed:
    """The paper as it stands, or as it stands from now on."""
    papers = held_papers(session, sale.outlet_id, sale.sale_id)
    for place, paper in enumerate(papers):
        if paper.copy_id == wanted.copy_id:
            return Printed(sale, paper.copy_id, max(place, 1), paper.at, new=False)
    if not papers and wanted.copy_id != ORIGINAL:
        raise InvalidInvoice("print.original", "", "L'original de cette facture n'est pas imprimé.")
    paper = Print(
        outlet_id=sale.outlet_id,
        sale_id=sale.sale_id,
        copy_id=wanted.copy_id,
        device_id=wanted.device_id,
        at=_after(papers, now),
    )
    add_paper(session, paper)
    return Printed(sale, wanted.copy_id, max(len(papers), 1), paper.at, new=True)


def _after(papers: Sequence[Print], now: datetime) -> str:
    """Now, or a second after the paper before: no two papers of a sale have the same time."""
    if not papers:
        return utc_text(now)
    return utc_text(max(now, utc_time(papers[-1].at) + timedelta(seconds=1)))
