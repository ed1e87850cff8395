"""The sales of an outlet whose invoice has not come through to the authority."""

from typing import Final

from sqlmodel import Session, case, col, func, select

from app.store.tables.dgi import Delivery
from app.store.telemetry import is_open

STUCK: Final = ("in_doubt", "failed")
"""A person decides, or watches."""


def open_deliveries(session: Session, outlet_id: str, most: int) -> list[Delivery]:
    """What has no final answer yet: what people look at first, then the oldest first."""
    stuck = case((col(Delivery.state).in_(STUCK), 0), else_=1)
    return list(
        session.exec(
            select(Delivery)
            .where(Delivery.outlet_id == outlet_id, is_open())
            .order_by(stuck, col(Delivery.queued), col(Delivery.position))
            .limit(most)
        )
    )


def count_open(session: Session, outlet_id: str) -> int:
    """How many these are in all."""
    query = select(func.count()).select_from(Delivery)
    return session.exec(query.where(Delivery.outlet_id == outlet_id, is_open())).one()
