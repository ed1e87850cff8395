"""What a till shows of the sales that are not through: waiting, in doubt, failed or refused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from app.fiscal.ledger import clock_text, utc_text
from app.services.ledger.answers import Upload, delivery_state
from app.store.cases.cases import open_cases
from app.store.dgi.waiting import count_open, open_deliveries
from app.store.engine import Engine, Session, reading
from app.store.ledger.sales import RecordedSale, find_sales
from app.store.tables.cases import REFUSALS, Case
from app.store.tables.dgi import Delivery

MOST_SALES_SHOWN: Final = 20
"""Rows that a person reads in one look."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One sale as the list tells it."""

    sale_id: str
    state: Upload | Literal["in_doubt", "refused"]
    since: str
    text: str
    case: Case | None

    def document(self, sale: RecordedSale) -> dict[str, str]:
        """The row with what the ledger says of its sale."""
        invoice = msgspec.json.decode(sale.body)
        return {
            "sale_id": self.sale_id,
            "fiscal_number": sale.fiscal_number,
            "terminal_id": invoice["pos_terminal_id"],
            "total": invoice["totals"]["total"],
            "state": self.state,
            "since": self.since,
            "text": self.text,
            "case": self.case.kind if self.case else "",
            "fix": self.case.fix if self.case else "",
        }


def unfinished_document(engine: Engine, outlet_id: str, now: datetime) -> dict[str, Any]:
    """At most `MOST_SALES_SHOWN` sales, those that need a person first; `count` is of all."""
    with reading(engine) as session:
        cases = open_cases(session, outlet_id)
        refused = [case for case in cases if case.kind in REFUSALS]
        others = {case.about: case for case in cases if case.kind not in REFUSALS}
        deliveries = open_deliveries(session, outlet_id, MOST_SALES_SHOWN)
        count = len(refused) + count_open(session, outlet_id)
        rows = [*map(_refused, refused), *(_unanswered(d, others) for d in deliveries)]
        items = list(_with_sales(session, outlet_id, rows[:MOST_SALES_SHOWN]))
    return {"time": utc_text(now), "count": str(count), "items": items}


def _refused(case: Case) -> _Row:
    return _Row(case.about, "refused", case.opened_at, case.text, case)


def _unanswered(delivery: Delivery, cases: Mapping[str, Case]) -> _Row:
    queued = clock_text(delivery.queued_at)
    case = cases.get(delivery.sale_id)
    if delivery.state == "in_doubt":
        since, text = delivery.doubt_since or queued, delivery.doubt_reason or ""
        return _Row(delivery.sale_id, "in_doubt", since, text, case)
    state = delivery_state(delivery.state)
    return _Row(delivery.sale_id, state, queued, delivery.last_error or "", case)


def _with_sales(session: Session, outlet_id: str, rows: list[_Row]) -> Iterator[dict[str, str]]:
    sales = find_sales(session, [(outlet_id, row.sale_id) for row in rows])
    for row in rows:
        sale = sales.get((outlet_id, row.sale_id))
        if sale is not None:
            yield row.document(sale)
