"""The names of people, for those who read what they did."""

from collections.abc import Mapping

from app.store.engine import Session
from app.store.people import people as people_rows


def name_of(people: Mapping[str, str], by: str | None) -> str:
    """The person behind a `cashier_id` or `operator:{name}`, as people call them."""
    if by is None or by == "system":
        return "Bono Pay" if by else ""
    operator = by.removeprefix("operator:")
    return f"{operator} (service central)" if operator != by else people.get(by, by)


def people_of(session: Session, outlet_id: str) -> dict[str, str]:
    """The names of the outlet's people, by `cashier_id`."""
    return {row.cashier_id: row.name for row in people_rows.people_of(session, outlet_id)}
