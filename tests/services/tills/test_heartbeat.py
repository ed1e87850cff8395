"""What a tablet says of itself, what is believed of it, and when sales may be lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.access import KnownDevice
from app.fiscal.canonical import parse_canonical
from app.fiscal.errors import InvalidInvoice, Quarantined
from app.services.ledger.settle import Settled
from app.services.proof.fsck import check_store
from app.services.tills.heartbeat import ROLLED_BACK, keep_heartbeat, read_heartbeat
from app.services.tills.lamps import state_document
from app.store.cases.cases import open_cases
from app.store.engine import reading, writing
from app.store.ledger.entries import series_of, walk_entries
from app.store.tables.tills import Device, HeldSale
from tests.given.shop_in_process import InProcessShop, opened_shop
from tests.given.signing_tablet import SigningTablet

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HEADS = [f"{n:064x}" for n in range(100)]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    shop = opened_shop(database_url)
    yield shop
    shop.end()


@pytest.fixture
def tablet(shop: InProcessShop) -> KnownDevice:
    tablet = SigningTablet().put_in(shop.engine, "KIN01", "T1")
    public = tablet.key.public_key()
    return KnownDevice(tablet.device_id, "KIN01", "T1", public, replaced=False, revoked=False)


def beat(seq: int, head: str | None = None, outbox: int = 0, **more: Any) -> dict[str, Any]:
    return {"last_seq": str(seq), "head": head or HEADS[seq], "outbox": str(outbox), **more}


def say(shop: InProcessShop, tablet: KnownDevice, said: dict[str, Any], at: datetime = NOW) -> None:
    keep_heartbeat(shop.engine, shop.sealing, tablet, read_heartbeat(said), at)


def row(shop: InProcessShop, tablet: KnownDevice) -> Device:
    with reading(shop.engine) as session:
        return session.get_one(Device, ("KIN01", tablet.device_id))


def change(shop: InProcessShop, tablet: KnownDevice, **members: str) -> None:
    with writing(shop.engine) as session:
        device = session.get_one(Device, ("KIN01", tablet.device_id))
        for name, value in members.items():
            setattr(device, name, value)


def lost(shop: InProcessShop, at: datetime = NOW) -> list[tuple[str, str, str]]:
    found = state_document(shop.engine, shop.sealing, "KIN01", at)["lost"]
    assert all(entry["terminal_id"] == "T1" for entry in found)
    return [(entry["why"], entry["count"], entry["since"]) for entry in found]


def events(shop: InProcessShop) -> list[dict[str, Any]]:
    with reading(shop.engine) as session:
        bodies = [parse_canonical(entry.body) for entry in walk_entries(session, "KIN01", "1")]
    return [body for body in bodies if body.get("name") == ROLLED_BACK]


def test_all_that_a_tablet_says_is_kept(shop: InProcessShop, tablet: KnownDevice) -> None:
    more: dict[str, Any] = {
        "oldest": "2026-11-22T09:58:00Z", "build": "b7", "persisted": True, "usage": "1000",
        "quota": "90000", "clock_offset": "-3", "newer_member": [1],
    }  # fmt: skip
    say(shop, tablet, beat(12, outbox=3, **more))
    kept = row(shop, tablet)
    assert (kept.last_seq, kept.journal_head, kept.outbox) == (12, HEADS[12], 3)
    assert (kept.oldest, kept.heard_at) == ("2026-11-22T09:58:00Z", "2026-11-22T10:00:00Z")
    said = msgspec.json.decode(kept.heartbeat)["said"]
    assert (said["build"], said["persisted"], said["clock_offset"]) == ("b7", True, "-3")
    say(shop, tablet, beat(13))
    assert (row(shop, tablet).outbox, row(shop, tablet).oldest) == (0, None)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"last_seq": 12}, "/last_seq"),
        ({"last_seq": "-1"}, "/last_seq"),
        ({"head": "XYZ"}, "/head"),
        ({"outbox": "1.5"}, "/outbox"),
        ({"oldest": "hier"}, "/oldest"),
        ({"persisted": "oui"}, "/persisted"),
        ({"clock_offset": "3\n"}, "/clock_offset"),
    ],
)
def test_a_heartbeat_that_cannot_be_read_is_refused_by_its_member(
    changes: dict[str, Any], path: str
) -> None:
    with pytest.raises(InvalidInvoice) as refused:
        read_heartbeat(beat(1) | changes)
    assert (refused.value.rule, refused.value.path) == ("format.member", path)


def test_a_journal_that_is_shorter_is_red_and_the_longest_stays_known(
    shop: InProcessShop, tablet: KnownDevice
) -> None:
    say(shop, tablet, beat(12))
    say(shop, tablet, beat(9))
    assert (row(shop, tablet).last_seq, row(shop, tablet).journal_head) == (12, HEADS[12])
    assert lost(shop) == [("rolled-back", "3", "2026-11-22T10:00:00Z")]
    assert events(shop) == []


def test_an_old_heartbeat_that_arrives_late_is_forgotten(
    shop: InProcessShop, tablet: KnownDevice
) -> None:
    for seq in (12, 11, 13, 13, 12, 13):
        say(shop, tablet, beat(seq))
    assert lost(shop) == []
    assert events(shop) == []


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([beat(9), beat(10)], id="shorter twice"),
        pytest.param([beat(12, HEADS[99])], id="another entry at the same place"),
    ],
)
def test_a_journal_that_went_back_stays_red_and_the_ledger_says_so_once(
    shop: InProcessShop, tablet: KnownDevice, said: list[dict[str, Any]]
) -> None:
    say(shop, tablet, beat(12))
    for one in [*said, *said, beat(20), beat(21)]:
        say(shop, tablet, one, NOW + MINUTE)
    assert lost(shop, NOW + MINUTE) == [("rolled-back", "0", "2026-11-22T10:01:00Z")]
    assert row(shop, tablet).last_seq == 21
    (event,) = events(shop)
    assert (event["data"]["device_id"], event["data"]["last_seq"]) == (tablet.device_id, "12")
    check_store(shop.engine)


def test_while_nobody_seals_the_heartbeat_is_kept_all_the_same(
    shop: InProcessShop, tablet: KnownDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise TimeoutError

    say(shop, tablet, beat(12))
    with monkeypatch.context() as patch:
        patch.setattr(shop.sealing, "write", refuse)
        say(shop, tablet, beat(12, HEADS[99]))
    assert events(shop) == []
    assert [why for why, _, _ in lost(shop)] == ["rolled-back"]
    say(shop, tablet, beat(13))
    assert len(events(shop)) == 1


def test_heartbeats_at_once_leave_the_longest_journal(
    shop: InProcessShop, tablet: KnownDevice
) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: say(shop, tablet, beat(n)), range(1, 9)))
    assert (row(shop, tablet).last_seq, row(shop, tablet).journal_head) == (8, HEADS[8])


def test_a_silent_tablet_with_sales_is_lost_after_a_quarter_of_an_hour(
    shop: InProcessShop, tablet: KnownDevice
) -> None:
    say(shop, tablet, beat(12, outbox=3))
    assert lost(shop, NOW + 14 * MINUTE) == []
    assert lost(shop, NOW + 16 * MINUTE) == [("silent", "3", "2026-11-22T10:00:00Z")]
    say(shop, tablet, beat(13), NOW + 17 * MINUTE)
    assert lost(shop, NOW + 60 * MINUTE) == []


def test_a_replaced_tablet_with_sales_is_lost_at_once(
    shop: InProcessShop, tablet: KnownDevice
) -> None:
    say(shop, tablet, beat(12, outbox=1))
    change(shop, tablet, replaced_at="2026-11-22T10:00:30Z")
    assert lost(shop) == [("replaced", "1", "2026-11-22T10:00:00Z")]
    say(shop, tablet, beat(13))  # switched on again, it sent what it had
    assert lost(shop) == []


def test_sales_of_a_revoked_tablet_that_are_kept_are_not_lost(
    shop: InProcessShop, tablet: KnownDevice
) -> None:
    say(shop, tablet, beat(12, outbox=2))
    change(shop, tablet, revoked_at="2026-11-22T10:00:30Z")
    for left, sale_id in ((1, "a"), (0, "b")):
        with writing(shop.engine) as session:
            session.add(
                HeldSale(
                    outlet_id="KIN01",
                    sale_id=sale_id,
                    device_id=tablet.device_id,
                    body=b"{}",
                    at="2026-11-22T10:05:00Z",
                )
            )
        expected = [("revoked", str(left), "2026-11-22T10:00:00Z")] if left else []
        assert lost(shop, NOW + 60 * MINUTE) == expected


# --- What it has seen


def seen(outcome: Settled, **changes: str) -> dict[str, Any]:
    sale = outcome.sale
    return beat(1, seen={"number": sale.fiscal_number, "hash": sale.entry_hash} | changes)


def standings(shop: InProcessShop) -> list[str]:
    with reading(shop.engine) as session:
        return [row.standing for row in series_of(session, "KIN01")]


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, "open"),
        ({"number": "KIN01-1-00000009"}, "quarantine"),  # a copy that was put back
        ({"hash": "ab" * 32}, "quarantine"),  # one of two that seal
        ({"number": "KIN02-1-00000009"}, "open"),  # nothing of this outlet
    ],
)
def test_an_invoice_that_a_tablet_holds_and_the_store_does_not_is_a_quarantine(
    shop: InProcessShop, tablet: KnownDevice, changes: dict[str, str], standing: str
) -> None:
    say(shop, tablet, seen(shop.sell(), **changes))
    assert standings(shop) == [standing]
    if standing == "quarantine":
        with pytest.raises(Quarantined):
            shop.sell()
        with reading(shop.engine) as session:
            (case,) = open_cases(session, "KIN01")
        assert "La tablette T1 tient la facture" in case.text


def test_a_tablet_that_was_revoked_puts_nobody_in_quarantine(
    shop: InProcessShop, tablet: KnownDevice
) -> None:
    gone = replace(tablet, revoked=True)
    say(shop, gone, seen(shop.sell(), number="KIN01-1-00000009"))
    assert standings(shop) == ["open"]
