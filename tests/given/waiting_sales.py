"""Sales that have waited for the DGI so long, and what was said of them."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import col, select

from app.fiscal.ledger import utc_text
from app.store.cases.cases import open_cases
from app.store.engine import reading, writing
from app.store.tables.cases import Case
from app.store.tables.dgi import Delivery, queued_from
from app.store.tables.ledger import Answer, FrozenStatus
from app.store.tables.messages import Announcement
from tests.given.shop_in_process import InProcessShop, Module

NOW: Final = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECONDS: Final = int(NOW.timestamp())
HOUR: Final = 3600
NOWHERE: Final = Module("CD00000001-1", "http://127.0.0.1:9/edef", "none")


def sold(shop: InProcessShop, *ages: int, outlet_id: str = "KIN01") -> list[str]:
    """The ids of sales that were queued so many seconds before NOW."""
    ids = [shop.sell(outlet_id).sale.sale_id for _ in ages]
    for sale_id, age in zip(ids, ages, strict=True):
        put(shop, sale_id, outlet_id, queued=queued_from(SECONDS - age))
    return ids


def put(shop: InProcessShop, sale_id: str, outlet_id: str = "KIN01", **values: Any) -> None:
    """The delivery of that sale says so."""
    with writing(shop.engine) as session:
        session.execute(
            update(Delivery)
            .where(col(Delivery.outlet_id) == outlet_id, col(Delivery.sale_id) == sale_id)
            .values(**values)
        )


def ended(
    shop: InProcessShop, sale_id: str, status: FrozenStatus, seconds: int, **values: Any
) -> None:
    """The DGI decided that sale so many seconds after it was queued."""
    row = shop.state(sale_id).delivery
    assert row is not None
    done = datetime.fromtimestamp(row.queued_at + seconds, UTC)
    put(shop, sale_id, state="done", done_at=utc_text(done), **values)
    with writing(shop.engine) as session:
        session.add(Answer(outlet_id="KIN01", sale_id=sale_id, status=status, body=b"{}"))


def announced(shop: InProcessShop, event: str, outlet_id: str = "KIN01") -> list[dict[str, str]]:
    """What was announced under that name, the first one first."""
    with reading(shop.engine) as session:
        rows = session.exec(
            select(Announcement)
            .where(Announcement.outlet_id == outlet_id, Announcement.event == event)
            .order_by(col(Announcement.number))
        )
        return [json.loads(row.data) for row in rows]


def grace_cases(shop: InProcessShop) -> list[Case]:
    """The open cases about the grace period of the first outlet."""
    with reading(shop.engine) as session:
        return [case for case in open_cases(session, "KIN01") if case.kind == "grace"]
