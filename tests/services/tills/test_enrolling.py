"""One tablet is a terminal: two at once, lost answers, replaced and revoked ones."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlmodel import select

from app.fiscal.canonical import parse_canonical
from app.services.proof.fsck import check_store
from app.services.tills import enrolling, links
from app.services.tills.enrolling import DeviceKey, Enrolled, NotEnrolled
from app.store.engine import Session, reading, writing
from app.store.ledger import entries as entry_rows
from app.store.tables.tills import Device, TillSession
from app.store.tills import devices as rows
from app.store.tills import terminals as terminal_rows
from tests.given.shop_in_process import InProcessShop, opened_shop
from tests.given.signing_tablet import SigningTablet

NOW: Final = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TEXT: Final = "2026-11-22T09:00:00Z"
OUTLETS: Final = ("KIN01", "KIN02")


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """Two outlets of one merchant, each with a terminal T1."""
    shop = opened_shop(database_url, OUTLETS)
    yield shop
    check_store(shop.engine)
    shop.end()


def key_of(tablet: SigningTablet) -> DeviceKey:
    """The tablet's key as it is enrolled."""
    return DeviceKey.read(tablet.jwk)


def link(shop: InProcessShop, terminal_id: str = "T1", outlet_id: str = "KIN01") -> str:
    """A new link for that terminal."""
    return links.new_link(shop.engine, (outlet_id, terminal_id), NOW)


def enrol(shop: InProcessShop, token: str, tablet: SigningTablet, now: datetime = NOW) -> Enrolled:
    """The tablet uses that link."""
    return enrolling.enrol(shop.engine, shop.sealing, token, key_of(tablet), now)


def outcome(shop: InProcessShop, token: str, tablet: SigningTablet) -> str:
    """The terminal, or the rule of the refusal."""
    try:
        return enrol(shop, token, tablet).terminal_id
    except NotEnrolled as error:
        return error.rule


def stored(shop: InProcessShop, tablet: SigningTablet) -> Device:
    """The tablet's row."""
    with reading(shop.engine) as session:
        row = rows.device(session, tablet.device_id)
    assert row is not None
    return row


def change(shop: InProcessShop, tablet: SigningTablet, **members: Any) -> None:
    """The tablet's row says so from now on."""
    with writing(shop.engine) as session:
        row = rows.device(session, tablet.device_id)
        assert row is not None
        for name, value in members.items():
            setattr(row, name, value)


def events(shop: InProcessShop) -> list[dict[str, Any]]:
    """The events of the ledger."""
    with reading(shop.engine) as session:
        entries = list(entry_rows.walk_entries(session, "KIN01", "1"))
    bodies = [parse_canonical(entry.body) for entry in entries]
    return [body for body in bodies if body["v"] == "event/1"]


def test_the_id_of_a_tablet_follows_from_its_key() -> None:
    tablet = SigningTablet()
    assert key_of(tablet).device_id == tablet.device_id
    assert len(tablet.device_id) == 22


def test_a_link_enrols_one_tablet_and_then_never_another(shop: InProcessShop) -> None:
    tablet, token = SigningTablet(), link(shop)
    assert links.link_works(shop.engine, token, NOW)
    assert enrol(shop, token, tablet) == Enrolled(
        tablet.device_id, "KIN01", "T1", "Caisse 1", created=True
    )
    assert not links.link_works(shop.engine, token, NOW)
    assert outcome(shop, token, SigningTablet()) == "enrol.link"


def test_the_same_tablet_hears_the_same_again_even_when_the_link_is_old(
    shop: InProcessShop,
) -> None:
    tablet, token = SigningTablet(), link(shop)
    first = enrol(shop, token, tablet)
    again = enrol(shop, token, tablet, NOW + timedelta(hours=1))
    assert (again.created, again.terminal_id) == (False, first.terminal_id)


def test_a_link_stops_working_after_fifteen_minutes(shop: InProcessShop) -> None:
    token = link(shop)
    with pytest.raises(NotEnrolled):
        enrol(shop, token, SigningTablet(), NOW + timedelta(minutes=15))


def test_of_two_tablets_on_one_link_at_once_exactly_one_wins(shop: InProcessShop) -> None:
    token, tablets = link(shop), [SigningTablet() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda tablet: outcome(shop, token, tablet), tablets))
    assert sorted(outcomes) == ["T1"] + ["enrol.link"] * 5
    with reading(shop.engine) as session:
        standing = rows.standing_at(session, "KIN01", "T1")
        known = [rows.device(session, tablet.device_id) for tablet in tablets]
    assert [row.device_id for row in standing] == [row.device_id for row in known if row]


def test_of_two_tablets_on_two_links_of_one_terminal_the_later_one_is_it(
    shop: InProcessShop,
) -> None:
    tablets = [SigningTablet() for _ in range(4)]
    pairs = [(link(shop), tablet) for tablet in tablets]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda pair: outcome(shop, *pair), pairs))
    assert outcomes == ["T1"] * 4
    with reading(shop.engine) as session:
        assert len(rows.standing_at(session, "KIN01", "T1")) == 1


def test_who_was_the_terminal_before_is_replaced_and_its_till_closed(shop: InProcessShop) -> None:
    old, new = SigningTablet(), SigningTablet()
    enrol(shop, link(shop), old)
    with writing(shop.engine) as session:
        terminal_rows.open_till(session, _session())
    enrol(shop, link(shop), new)
    assert stored(shop, old).replaced_at == "2026-11-22T10:00:00Z"
    assert stored(shop, new).replaced_at is None
    with reading(shop.engine) as session:
        assert [row.closed_at for row in session.exec(select(TillSession))] == [
            "2026-11-22T10:00:00Z"
        ]
    assert events(shop) == []


def _session() -> TillSession:
    return TillSession(
        token_hash="0" * 64,
        outlet_id="KIN01",
        terminal_id="T1",
        cashier_id="C1",
        csrf_token="x",
        opened_at=TEXT,
    )


def test_a_tablet_that_held_sales_when_it_is_replaced_is_an_event(shop: InProcessShop) -> None:
    old, new, token = SigningTablet(), SigningTablet(), link(shop)
    enrol(shop, link(shop), old)
    change(shop, old, outbox=2, last_seq=9, oldest=TEXT, heard_at=TEXT)
    for _ in range(2):
        enrol(shop, token, new)
    (event,) = events(shop)
    assert event["name"] == "tablet.replaced"
    assert event["data"] == {
        "terminal_id": "T1", "device_id": old.device_id, "replaced_by": new.device_id,
        "outbox": "2", "last_seq": "9", "oldest": TEXT, "heard_at": TEXT,
    }  # fmt: skip
    assert stored(shop, old).replaced_at is not None


def test_a_replaced_tablet_s_old_link_does_not_bring_it_back(shop: InProcessShop) -> None:
    old, token = SigningTablet(), link(shop)
    enrol(shop, token, old)
    enrol(shop, link(shop), SigningTablet())
    assert outcome(shop, token, old) == "enrol.link"
    assert outcome(shop, link(shop), old) == "T1"
    assert stored(shop, old).replaced_at is None


def test_a_revoked_tablet_is_enrolled_no_more_and_the_link_still_works(shop: InProcessShop) -> None:
    tablet, token = SigningTablet(), link(shop)
    enrol(shop, link(shop), tablet)
    change(shop, tablet, revoked_at=TEXT)
    assert outcome(shop, token, tablet) == "auth.revoked"
    assert outcome(shop, token, SigningTablet()) == "T1"


def test_a_tablet_of_another_outlet_stays_there(shop: InProcessShop) -> None:
    tablet = SigningTablet()
    enrol(shop, link(shop), tablet)
    assert outcome(shop, link(shop, outlet_id="KIN02"), tablet) == "enrol.outlet"
    assert stored(shop, tablet).outlet_id == "KIN01"


def test_a_tablet_moves_to_another_terminal_only_with_nothing_to_send(shop: InProcessShop) -> None:
    tablet = SigningTablet()
    enrol(shop, link(shop), tablet)
    second = links.free_terminal(shop.engine, "KIN01", "T1")[1]
    change(shop, tablet, outbox=1)
    assert outcome(shop, link(shop, second), tablet) == "enrol.outbox"
    assert outcome(shop, link(shop), tablet) == "T1"
    change(shop, tablet, outbox=0)
    assert outcome(shop, link(shop, second), tablet) == "T2"
    with reading(shop.engine) as session:
        assert rows.occupied_terminals(session, "KIN01") == {"T2"}


def test_the_demo_gives_each_browser_its_own_terminal_and_the_same_again(
    shop: InProcessShop,
) -> None:
    tablets = [SigningTablet() for _ in range(3)]

    def ask(tablet: SigningTablet) -> tuple[str, bool]:
        enrolled = enrolling.enrol_next(shop.engine, shop.sealing, key_of(tablet), NOW)
        return enrolled.terminal_id, enrolled.created

    with ThreadPoolExecutor(3) as pool:
        first = dict(zip(tablets, pool.map(ask, tablets), strict=True))
    assert sorted(first.values()) == [("T1", True), ("T2", True), ("T3", True)]
    assert [ask(tablet) for tablet in tablets] == [(first[t][0], False) for t in tablets]


def test_a_write_that_fails_leaves_link_and_terminal_as_they_were(
    shop: InProcessShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, token = SigningTablet(), SigningTablet(), link(shop)
    enrol(shop, link(shop), old)

    def fail(_session: Session, *_row: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(terminal_rows, "close_till", fail)
        with pytest.raises(OSError, match="disk full"):
            enrol(shop, token, new)
    assert links.link_works(shop.engine, token, NOW)
    assert stored(shop, old).replaced_at is None
    assert outcome(shop, token, new) == "T1"
