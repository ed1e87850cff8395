"""The rates of foreign money, day by day."""

from sqlmodel import Session, col, select

from app.store.tables.shop import CurrencyRate


def mean_rate(session: Session, outlet_id: str, currency: str, day: str) -> CurrencyRate | None:
    """The outlet's latest rate row on or before that day."""
    return session.exec(
        select(CurrencyRate)
        .where(
            CurrencyRate.outlet_id == outlet_id,
            CurrencyRate.currency == currency,
            CurrencyRate.day <= day,
        )
        .order_by(col(CurrencyRate.day).desc())
        .limit(1)
    ).one_or_none()


def newest_rates(session: Session, outlet_id: str, count: int) -> list[CurrencyRate]:
    """At most `count` rates of the outlet, newest first."""
    query = (
        select(CurrencyRate)
        .where(CurrencyRate.outlet_id == outlet_id)
        .order_by(col(CurrencyRate.day).desc(), col(CurrencyRate.currency))
        .limit(count)
    )
    return list(session.exec(query))


def put_rate(session: Session, row: CurrencyRate) -> None:
    """The rate of that day is this one, whether new or not."""
    session.merge(row)
    session.flush()
