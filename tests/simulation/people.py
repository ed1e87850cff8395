"""The people of a history: they look at the taxpayer's portal and settle what is in doubt."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import clock_text, parse_entry, sealed_statement
from app.fiscal.portal import Absent, Found
from app.services.cases.cases import close
from app.services.doubts.deciding import approve, propose
from app.store.cases.cases import open_cases
from app.store.dgi import queues
from app.store.engine import reading, writing
from app.store.tables.cases import REFUSALS
from app.store.tables.dgi import DeliveryState
from tests.simulation.furnished import APPROVES, PROPOSES

if TYPE_CHECKING:
    from tests.simulation.processes import Process
    from tests.simulation.what_is_sold import Sale
    from tests.simulation.world import World


def close_refusals(world: "World") -> None:
    """Whoever looks after refused sales has looked: they hold nobody back any more."""
    at = clock_text(int(world.time.now))
    for place in world.places:
        with writing(world.engine) as session:
            for case in open_cases(session, place.outlet_id):
                if case.kind in REFUSALS:
                    close(session, place.outlet_id, case.case_id, PROPOSES, "Vu.", at)


def doubted(world: "World") -> "list[Sale]":
    """The sales in doubt, of all outlets."""
    with reading(world.engine) as session:
        rows = [row for place in world.places for row in queues.queue(session, place.nim, DOUBT)]
        return [world.tills.of(row.sale_id) for row in rows]


DOUBT: Final[tuple[DeliveryState, ...]] = ("in_doubt",)


def seen_on_portal(world: "World", sale: "Sale") -> Found | Absent:
    """What the portal shows of that sale at this moment."""
    state = world.state_of(sale)
    assert state is not None
    reference = sealed_statement(parse_entry(state.sale.entry))["reference"]
    for invoice in world.authority.invoices():
        if (invoice["rn"], invoice["nim"]) == (reference, sale.place.nim):
            return _copied(invoice)
    return Absent("Le portail ne montre pas cette facture.")


def _copied(invoice: dict[str, Any]) -> Found:
    code = invoice["code"]
    return Found(
        code_def_dgi="-".join(code[at : at + 4] for at in range(0, 24, 4)),
        counters=invoice["counters"],
        date_time=datetime.fromisoformat(invoice["date"]).strftime("%d/%m/%Y %H:%M:%S"),
        nim=invoice["nim"],
    )


def settle_doubt(world: "World", process: "Process", sale: "Sale") -> bool:
    """Two people say what became of that sale; False when the product did not take it now."""
    seen = seen_on_portal(world, sale)
    where = (world.engine, process.sealing, sale.place.outlet_id, sale.sale_id)

    def settled() -> bool:
        try:
            proposal = propose(*where, seen, PROPOSES, process.clock.steady_moment())
            world.time.go_by(world.chance.choice((1, 30)))
            approve(*where, APPROVES, process.clock.steady_moment(), proposal.number)
        except InvalidInvoice as error:
            world.note("people wait", error.rule)
            return False
        return True

    if not world.run(process, settled):
        return False
    world.note("doubt settled", f"{sale.sale_id[-6:]} {type(seen).__name__}")
    return True
