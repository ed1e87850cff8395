"""The rates of foreign money, day by day."""

from sqlmodel import Session, col, select

from app.store.tables.shop import CurrencyRate


def rates_until(
    session: Session, outlet_id: str, currency: str, day: str, count: int
) -> list[CurrencyRate]:
    """At most `count` rates of the outlet on or before that day, newest first."""
    query = (
        select(CurrencyRate)
        .where(
            CurrencyRate.outlet_id == outlet_id,
            CurrencyRate.currency == currency,
            CurrencyRate.day <= day,
        )
        .order_by(col(CurrencyRate.day).desc())
        .limit(count)
    )
    return list(session.exec(query))


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
