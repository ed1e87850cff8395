from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from app.services.people import pins
from app.services.people.pins import LockedOut, WrongPin
from app.services.tills import links, unlocking
from app.services.tills.unlocking import Unlocked
from app.store import outlets
from app.store.engine import Engine, migrate, open_engine, reading, writing
from app.store.people import people
from app.store.tables.outlets import Merchant, Outlet
from app.store.tables.people import Person
from app.store.tables.tills import Terminal, TillSession
from app.store.tills import terminals as terminal_rows
from tests.given.signing_tablet import SigningTablet

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEY = ("KIN01", "T1")
MARIE = pins.hash_pin("1234")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    with writing(engine) as session:
        outlets.put(session, Merchant(nif="A2512345Z", name="Exemple"))
        outlets.put(
            session,
            Outlet(
                outlet_id="KIN01",
                merchant_nif="A2512345Z",
                name="Alimentation Exemple",
                address="1 av. Fictive",
                contact="+243000000000",
                regime="Réel",
                isf="TEST_SFE",
                zone="Africa/Kinshasa",
            ),
        )
        for number in (1, 2):
            terminal = Terminal(
                outlet_id="KIN01", terminal_id=f"T{number}", name=f"Caisse {number}"
            )
            terminal_rows.put_terminal(session, terminal)
        for cashier_id, name in (("C1", "Marie"), ("C2", "Jean")):
            person = Person(
                outlet_id="KIN01", cashier_id=cashier_id, name=name, role="cashier", pin_hash=MARIE
            )
            people.put_people(session, person)
    yield engine
    engine.dispose()


def _unlocked(engine: Engine, cashier_id: str = "C1") -> Unlocked:
    result = unlocking.unlock(engine, KEY, cashier_id, "1234", NOW)
    assert isinstance(result, Unlocked)
    return result


def _open(engine: Engine) -> list[tuple[str, str]]:
    """Who stands at which open till."""
    query = select(TillSession).where(col(TillSession.closed_at).is_(None))
    with reading(engine) as session:
        return [(row.terminal_id, row.cashier_id) for row in session.exec(query)]


def test_the_right_pin_opens_the_till_in_a_new_session(engine: Engine) -> None:
    first, second = _unlocked(engine), _unlocked(engine, "C2")
    assert (first.person.name, second.person.name) == ("Marie", "Jean")
    assert first.secret != second.secret
    assert _open(engine) == [("T1", "C2")]


def test_a_closed_till_is_closed_however_often(engine: Engine) -> None:
    _unlocked(engine)
    unlocking.unlock(engine, ("KIN01", "T2"), "C2", "1234", NOW)
    for _ in range(2):
        unlocking.close(engine, KEY, NOW)
    assert _open(engine) == [("T2", "C2")]


def test_five_wrong_pins_lock_that_person_on_that_terminal_for_a_minute(engine: Engine) -> None:
    answers = [unlocking.unlock(engine, KEY, "C1", "0000", NOW) for _ in range(5)]
    assert answers == [WrongPin(4), WrongPin(3), WrongPin(2), WrongPin(1), LockedOut(60)]
    assert isinstance(unlocking.unlock(engine, KEY, "C1", "1234", NOW), LockedOut)
    assert isinstance(unlocking.unlock(engine, KEY, "C2", "1234", NOW), Unlocked)
    assert isinstance(unlocking.unlock(engine, ("KIN01", "T2"), "C1", "1234", NOW), Unlocked)
    later = NOW + timedelta(seconds=61)
    assert isinstance(unlocking.unlock(engine, KEY, "C1", "1234", later), Unlocked)


def test_a_right_pin_forgets_the_wrong_ones(engine: Engine) -> None:
    for _ in range(4):
        unlocking.unlock(engine, KEY, "C1", "0000", NOW)
    _unlocked(engine)
    assert unlocking.unlock(engine, KEY, "C1", "0000", NOW) == WrongPin(4)


def test_an_unknown_person_opens_nothing(engine: Engine) -> None:
    assert unlocking.unlock(engine, KEY, "C9", "1234", NOW) == WrongPin(4)


def test_tries_made_at_once_are_no_more_than_five(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: unlocking.unlock(engine, KEY, "C1", "0000", NOW), range(8))
        )
    assert sum(isinstance(answer, WrongPin) for answer in answers) == 4
    assert isinstance(unlocking.unlock(engine, KEY, "C1", "1234", NOW), LockedOut)


def test_a_free_terminal_is_one_that_no_tablet_is(engine: Engine) -> None:
    assert links.free_terminal(engine, "KIN01", "T9") == ("KIN01", "T1")
    assert links.free_terminal(engine, "KIN01", "T1") == ("KIN01", "T2")
    SigningTablet().put_in(engine, "KIN01", "T2")
    SigningTablet().put_in(engine, "KIN01", "T1", replaced_at="2026-11-22T10:00:00Z")
    assert links.free_terminal(engine, "KIN01", "T9") == ("KIN01", "T1")
    assert links.free_terminal(engine, "KIN01", "T1") == ("KIN01", "T3")
