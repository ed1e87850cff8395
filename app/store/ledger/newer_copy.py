"""What a newer copy of this database has of an outlet, and this one lacks."""

from typing import Any, Final

from sqlalchemy import Table, insert, select
from sqlmodel import Session, SQLModel, col

from app.store import tables
from app.store.tables.dgi import Delivery
from app.store.tables.ledger import Series, SigningKey

_PAGE: Final = 500


def take(session: Session, copy: Session, outlet_id: str) -> int:
    """Everything append-only that the copy has of the outlet stands here; returns the entries.

    Its heads, its deliveries and the keys it knows are those of the copy; its series may grow.
    """
    for key in copy.scalars(select(SigningKey)):
        if session.get(SigningKey, key.kid) is None:
            session.add(SigningKey(**key.model_dump()))
    counts = {name: _take_rows(session, copy, name, outlet_id) for name in tables.APPEND_ONLY}
    models: tuple[type[Delivery | Series], ...] = (Delivery, Series)
    for model in models:
        for row in copy.scalars(select(model).where(col(model.outlet_id) == outlet_id)):
            session.merge(model(**row.model_dump()))
    for series in session.scalars(select(Series).where(col(Series.outlet_id) == outlet_id)):
        if series.standing == "quarantine":
            series.standing = "open"
    session.flush()
    return counts["ledger"]


def _take_rows(session: Session, copy: Session, name: str, outlet_id: str) -> int:
    table: Table = SQLModel.metadata.tables[name]
    if "outlet_id" not in table.columns:
        return 0
    keys = list(table.primary_key.columns)
    here = select(*keys).where(table.c.outlet_id == outlet_id)
    known = {tuple(row) for row in session.connection().execute(here)}
    rows = copy.connection().execute(select(table).where(table.c.outlet_id == outlet_id))
    count, page = 0, list[dict[str, Any]]()
    for row in rows.mappings():
        if tuple(row[key.name] for key in keys) not in known:
            page.append(dict(row))
            count += 1
        if len(page) == _PAGE:
            session.connection().execute(insert(table), page)
            page = []
    if page:
        session.connection().execute(insert(table), page)
    return count
