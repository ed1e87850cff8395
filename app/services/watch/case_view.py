"""A case as a person reads it: what happened to which sale, what was said, what may be done."""

from dataclasses import dataclass

from app.fiscal.canonical import parse_canonical
from app.services.cases.advice import advice
from app.services.doubts.view import DoubtView
from app.services.doubts.view import view as doubt_view
from app.services.people.names import people_of
from app.store.cases import cases
from app.store.dgi import deliveries
from app.store.engine import Engine, Session, reading
from app.store.ledger import entries as rows
from app.store.ledger.sales import RecordedSale, find_sales
from app.store.tables.cases import Case
from app.store.tables.dgi import DeliveryChange


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case of an outlet, open or closed."""

    case: Case
    people: dict[str, str]
    """Names by `cashier_id`."""
    sale: RecordedSale | None
    """The sale that it is about, when it is about one."""
    changes: list[DeliveryChange]
    """Each state that the sale's delivery has been in."""
    advice: str
    """What to do about the refusal, when it is one."""
    doubt: DoubtView | None
    """While the sale is in doubt."""


def case_view(engine: Engine, outlet_id: str, case_id: str) -> CaseView | None:
    """That case of that outlet; None when there is none."""
    with reading(engine) as session:
        case = cases.case_of(session, outlet_id, case_id)
        if case is None:
            return None
        key = (outlet_id, case.about)
        sale = find_sales(session, [key]).get(key)
        in_doubt = case.kind == "in_doubt" and case.closed_at is None
        return CaseView(
            case=case,
            people=people_of(session, outlet_id),
            sale=sale,
            changes=deliveries.changes(session, *key),
            advice=_advice(session, sale) if sale else "",
            doubt=doubt_view(session, *key) if in_doubt else None,
        )


def _advice(session: Session, sale: RecordedSale) -> str:
    """What to do about the refusal of that sale, empty when it was not refused."""
    said = rows.entries_about(session, sale.outlet_id, sale.fiscal_number, "refused")
    return advice(parse_canonical(said[-1])["code"]) if said else ""
