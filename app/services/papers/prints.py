"""Papers: the original of a sale exists once; any other is a DUPLICATA (SFE 1.1.8)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.fiscal.canonical import digest
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import utc_text, utc_time
from app.printing.paper import NoPaper, check
from app.services.papers.receipts import paper_of
from app.store.engine import Engine, Session, reading, writing
from app.store.ledger.sales import RecordedSale, sale_named
from app.store.papers.prints import AT_ITS_ADDRESS, ORIGINAL, add_paper, held_papers, papers_of
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
    taken: bool
    """The original was already given out at the receipt's address: this one is a DUPLICATA too."""
    key: str
    """What opens the original at the receipt's address again, for the tablet that prints it."""


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
            return _printed(sale, paper, max(place, 1), new=False)
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
    return _printed(sale, paper, max(len(papers), 1), new=True)


def _printed(sale: RecordedSale, paper: Print, number: int, *, new: bool) -> Printed:
    taken = paper.device_id == AT_ITS_ADDRESS
    return Printed(sale, paper.copy_id, number, paper.at, new, taken, _key(paper))


def _key(paper: Print) -> str:
    """Nobody knows the device but the device: no other paper passes for the original."""
    named = f"{paper.outlet_id} {paper.sale_id} {paper.copy_id} {paper.device_id} {paper.at}"
    return digest(named.encode())[:20]


def is_key(session: Session, sale: RecordedSale, key: str) -> bool:
    """Whether it opens the original of that sale, which a tablet printed."""
    papers = papers_of(session, sale.outlet_id, sale.sale_id)
    return any(
        paper.copy_id == ORIGINAL
        and paper.device_id != AT_ITS_ADDRESS
        and hmac.compare_digest(_key(paper).encode(), key.encode())
        for paper in papers
    )


def take_original(engine: Engine, sale: RecordedSale, now: datetime) -> bool:
    """Whether the paper that the receipt's address gives now is the original.

    It is, once: whoever integrates us prints it, and prints a DUPLICATA after that (SFE 1.1.8).
    """
    with writing(engine) as session:
        if held_papers(session, sale.outlet_id, sale.sale_id):
            return False
        paper = Print(
            outlet_id=sale.outlet_id,
            sale_id=sale.sale_id,
            copy_id=ORIGINAL,
            device_id=AT_ITS_ADDRESS,
            at=utc_text(now),
        )
        add_paper(session, paper)
        return True


def _after(papers: Sequence[Print], now: datetime) -> str:
    """Now, or a second after the paper before: no two papers of a sale have the same time."""
    if not papers:
        return utc_text(now)
    return utc_text(max(now, utc_time(papers[-1].at) + timedelta(seconds=1)))
