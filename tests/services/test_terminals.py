from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.services import terminals
from app.services.terminals import LockedOut, Unlocked, WrongPin
from app.store import accounts, outlets
from app.store.engine import Engine, migrate, open_engine, writing
from app.store.tables import Merchant, Outlet, Person, Terminal

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEY = ("KIN01", "T1")
MARIE = terminals.hashed_pin("1234")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'till.sqlite'}")
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
            outlets.put_terminal(session, terminal)
        for cashier_id, name in (("C1", "Marie"), ("C2", "Jean")):
            person = Person(
                outlet_id="KIN01", cashier_id=cashier_id, name=name, role="cashier", pin_hash=MARIE
            )
            accounts.put_people(session, person)
    yield engine
    engine.dispose()


def _enrolled(engine: Engine) -> str:
    secret = terminals.enrol(engine, terminals.new_link(engine, KEY, NOW), NOW)
    assert secret is not None
    return secret


def _unlocked(engine: Engine, cashier_id: str = "C1") -> str:
    result = terminals.unlock(engine, KEY, cashier_id, "1234", NOW)
    assert isinstance(result, Unlocked)
    return result.secret


def test_a_link_enrols_one_browser_and_then_never_again(engine: Engine) -> None:
    link = terminals.new_link(engine, KEY, NOW)
    assert terminals.link_works(engine, link, NOW)
    secret = terminals.enrol(engine, link, NOW)
    assert secret is not None
    closed = terminals.closed_till(engine, secret)
    assert closed is not None
    assert (closed.key, [person.name for person in closed.people]) == (KEY, ["Jean", "Marie"])
    assert terminals.enrol(engine, link, NOW) is None
    assert not terminals.link_works(engine, link, NOW)


def test_a_link_stops_working_after_fifteen_minutes(engine: Engine) -> None:
    link = terminals.new_link(engine, KEY, NOW)
    assert terminals.enrol(engine, link, NOW + timedelta(minutes=15)) is None


def test_of_two_browsers_that_open_one_link_at_once_one_is_enrolled(engine: Engine) -> None:
    link = terminals.new_link(engine, KEY, NOW)
    with ThreadPoolExecutor(2) as pool:
        secrets = list(pool.map(lambda _: terminals.enrol(engine, link, NOW), range(2)))
    assert secrets.count(None) == 1


def test_enrolling_again_shuts_the_old_browser_out(engine: Engine) -> None:
    old = _enrolled(engine)
    session = _unlocked(engine)
    new = _enrolled(engine)
    assert terminals.closed_till(engine, old) is None
    assert terminals.closed_till(engine, new) is not None
    assert terminals.open_till(engine, session, new) is None


def test_the_demo_gives_each_browser_its_own_terminal(engine: Engine) -> None:
    secrets = [terminals.enrol_next(engine, "KIN01") for _ in range(3)]
    closed = [terminals.closed_till(engine, secret) for secret in secrets]
    assert [till and till.key[1] for till in closed] == ["T1", "T2", "T3"]


def test_the_right_pin_opens_the_till_in_a_new_session(engine: Engine) -> None:
    terminal = _enrolled(engine)
    first, second = _unlocked(engine), _unlocked(engine, "C2")
    assert terminals.open_till(engine, first, terminal) is None
    till = terminals.open_till(engine, second, terminal)
    assert till is not None
    assert (till.cashier_name, till.terminal_id, till.merchant_nif) == ("Jean", "T1", "A2512345Z")


def test_a_session_opens_nothing_without_its_terminal(engine: Engine) -> None:
    session = _unlocked(engine)
    other = terminals.enrol(engine, terminals.new_link(engine, ("KIN01", "T2"), NOW), NOW)
    assert other is not None
    assert terminals.open_till(engine, session, other) is None


def test_a_closed_till_is_closed(engine: Engine) -> None:
    terminal = _enrolled(engine)
    session = _unlocked(engine)
    till = terminals.open_till(engine, session, terminal)
    assert till is not None
    terminals.close(engine, till, NOW)
    assert terminals.open_till(engine, session, terminal) is None


def test_five_wrong_pins_lock_that_person_on_that_terminal_for_a_minute(engine: Engine) -> None:
    answers = [terminals.unlock(engine, KEY, "C1", "0000", NOW) for _ in range(5)]
    assert answers == [WrongPin(4), WrongPin(3), WrongPin(2), WrongPin(1), LockedOut(60)]
    assert isinstance(terminals.unlock(engine, KEY, "C1", "1234", NOW), LockedOut)
    assert isinstance(terminals.unlock(engine, KEY, "C2", "1234", NOW), Unlocked)
    assert isinstance(terminals.unlock(engine, ("KIN01", "T2"), "C1", "1234", NOW), Unlocked)
    later = NOW + timedelta(seconds=61)
    assert isinstance(terminals.unlock(engine, KEY, "C1", "1234", later), Unlocked)


def test_a_right_pin_forgets_the_wrong_ones(engine: Engine) -> None:
    for _ in range(4):
        terminals.unlock(engine, KEY, "C1", "0000", NOW)
    _unlocked(engine)
    assert terminals.unlock(engine, KEY, "C1", "0000", NOW) == WrongPin(4)


def test_an_unknown_person_opens_nothing(engine: Engine) -> None:
    assert terminals.unlock(engine, KEY, "C9", "1234", NOW) == WrongPin(4)


def test_the_till_speaks_for_its_terminal_whoever_sold(engine: Engine) -> None:
    terminal = _enrolled(engine)
    till = terminals.open_till(engine, _unlocked(engine), terminal)
    assert till is not None
    principal = terminals.principal_of_till(till)
    assert (principal.terminal_id, principal.cashier_id) == ("T1", None)
