from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.store.tables.people import ExternalPerson, Person, PinAttempts
from app.store.tills.terminals import TerminalKey


def put_people(session: Session, *people: Person | ExternalPerson) -> None:
    """The people stand as given, whether new or not."""
    for person in people:
        session.merge(person)


def people_of(session: Session, outlet_id: str) -> list[Person]:
    """Everyone who may open a till of the outlet, by name."""
    query = select(Person).where(Person.outlet_id == outlet_id).order_by(col(Person.name))
    return list(session.exec(query))


def person(session: Session, outlet_id: str, cashier_id: str) -> Person | None:
    """That person of the outlet."""
    return session.get(Person, (outlet_id, cashier_id))


def external_people(session: Session, outlet_id: str, key_id: str) -> dict[str, str]:
    """Names by `cashier_id` of those whom that key of the outlet may name beside its people."""
    query = select(ExternalPerson.cashier_id, ExternalPerson.name).where(
        ExternalPerson.outlet_id == outlet_id, ExternalPerson.key_id == key_id
    )
    return dict(session.exec(query).all())


def attempts(session: Session, key: TerminalKey, cashier_id: str) -> PinAttempts:
    """The wrong PINs of that person on that terminal, locked until the transaction ends."""
    row = session.get(PinAttempts, (*key, cashier_id), with_for_update=True)
    if row is None:
        row = PinAttempts(outlet_id=key[0], terminal_id=key[1], cashier_id=cashier_id)
        session.add(row)
    return row


def forget_attempts(session: Session, key: TerminalKey, cashier_id: str) -> None:
    """That person starts again at none."""
    session.execute(
        delete(PinAttempts).where(
            col(PinAttempts.outlet_id) == key[0],
            col(PinAttempts.terminal_id) == key[1],
            col(PinAttempts.cashier_id) == cashier_id,
        )
    )
