"""The sealing thread: what stops one outlet stops no other, and the time it seals is trusted."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from sqlalchemy import text

from app.fiscal.canonical import parse_canonical
from app.fiscal.errors import ClockRollback, LedgerBroken, SignerBusy
from app.fiscal.ledger import parse_entry, sealed_statement
from app.fiscal.proof import StoredEntry
from app.services.ledger.settle import Settled
from app.services.ledger.thread import SealingThread
from app.services.proof.fsck import StoreBroken, check_store
from app.signing.pkcs11 import HsmSigner
from app.signing.software import InsecureSoftwareSigner
from app.store.engine import Engine, open_engine, reading, writing
from app.store.ledger import entries as rows
from tests.given import shop_in_process
from tests.given.clocks import NOON, HandClock
from tests.given.shop_in_process import (
    InProcessShop,
    new_sale_id,
    opened_shop,
    started_shop,
    submitted,
)
from tests.harness import in_other_processes
from tests.harness.softhsm import HsmToken

OUTLETS = ("KIN01", "KIN02")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def shop(database_url: str, clock: HandClock) -> Iterator[InProcessShop]:
    """Two outlets without control module, five sales in each."""
    shop = opened_shop(database_url, OUTLETS, clock=clock)
    at = datetime.fromtimestamp(NOON, UTC)
    shop.settle_all(submitted(shop.facts(o), at=at) for o in OUTLETS for _ in range(5))
    yield shop
    shop.end()


def entries(shop: InProcessShop, outlet_id: str = "KIN01") -> list[StoredEntry]:
    with reading(shop.engine) as session:
        return [*rows.walk_entries(session, outlet_id, "1")]


def sealed_at(outcome: Settled | BaseException) -> str:
    assert isinstance(outcome, Settled), outcome
    return str(sealed_statement(parse_entry(outcome.sale.entry))["timestamp"])


def reference(outcome: Settled | BaseException) -> str:
    assert isinstance(outcome, Settled), outcome
    return str(sealed_statement(parse_entry(outcome.sale.entry))["reference"])


# --- A broken head stops its own outlet


def set_head(engine: Engine, **members: object) -> Mapping[str, object]:
    """The head row of KIN01 says something else; returns what it said before."""
    changes = ", ".join(f"{name} = :{name}" for name in members)
    with writing(engine) as session:
        before = session.execute(text("SELECT * FROM series WHERE outlet_id = 'KIN01'"))
        old = dict(before.mappings().one())
        session.execute(
            text(f"UPDATE series SET {changes} WHERE outlet_id = 'KIN01'"),  # noqa: S608
            members,
        )
    return old


def an_older_head(shop: InProcessShop) -> dict[str, object]:
    """The head after three entries, as a restored backup of that one table would say it."""
    third = entries(shop)[2]
    return {"position": 3, "entry_hash": third.entry_hash, "counter": 2, "number": 2}


BROKEN: dict[str, Callable[[InProcessShop], dict[str, object]]] = {
    "the hash is another": lambda _: {"entry_hash": "ab" * 32},
    "the head is ahead": lambda _: {"position": 9},
    "the head is an older one": an_older_head,
    "the counter went back": lambda _: {"counter": 1},
    "the series belongs to another party": lambda _: {"authority": "kin01-b"},
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_head_stops_that_outlet_and_no_other(shop: InProcessShop, how: str) -> None:
    old = set_head(shop.engine, **BROKEN[how](shop))
    known = shop.state(parse_canonical(entries(shop)[1].body)["sale_id"])
    mixed = [submitted(shop.facts(outlet_id)) for outlet_id in (*OUTLETS, *OUTLETS)]
    outcomes = shop.settle_all(mixed)
    assert [isinstance(o, LedgerBroken) for o in outcomes] == [True, False, True, False]
    assert all(isinstance(o, Settled) for o in outcomes[1::2])
    assert len(entries(shop)) == 6  # nothing was written behind the break
    assert known.sale.fiscal_number == "KIN01-1-00000001"  # reads are served
    set_head(shop.engine, **old)
    assert isinstance(shop.sell(), Settled)
    assert [c.verified.invoices for c in check_store(shop.engine)] == [6, 7]


def test_fsck_finds_a_head_that_is_not_the_last_entry(shop: InProcessShop) -> None:
    check_store(shop.engine)
    set_head(shop.engine, entry_hash="ab" * 32)
    with pytest.raises(StoreBroken, match="KIN01-1"):
        check_store(shop.engine)


def test_fsck_of_a_living_store_does_not_stumble_over_new_sales(shop: InProcessShop) -> None:
    outlet = shop.facts()
    futures = [shop.sealing.submit(submitted(outlet)) for _ in range(300)]
    checks = 0
    while not futures[-1].done() or checks == 0:
        check_store(shop.engine)
        checks += 1
    (first, _) = check_store(shop.engine)
    assert first.verified.invoices == 305


# --- The signer


class FailingSigner(InsecureSoftwareSigner):
    """Refuses what contains a word."""

    word = b"never"

    def seal(self, to_sign: bytes) -> bytes:
        if self.word in to_sign:
            raise SignerBusy("the token is gone")
        return super().seal(to_sign)


def test_a_sale_that_cannot_be_signed_leaves_its_place_to_the_next(database_url: str) -> None:
    with shop_in_process.unwarned():
        signer = FailingSigner("centre", "test-1", generate_private_key(SECP256R1()))
    shop = opened_shop(database_url, signer=signer)
    signer.word = b""
    with pytest.raises(SignerBusy):
        shop.sell()
    signer.word = b"never"
    assert shop.sell().sale.fiscal_number == "KIN01-1-00000001"
    check_store(shop.engine)
    shop.end()


def test_a_signer_that_cannot_be_opened_is_tried_again_at_the_next_sale(database_url: str) -> None:
    signer = shop_in_process.insecure_signer()
    opened_shop(database_url, signer=signer).end()
    there = False

    def opener() -> InsecureSoftwareSigner:
        if not there:
            raise SignerBusy("no token in the slot")
        return signer

    engine = open_engine(database_url)
    sealing = SealingThread(engine, opener, shop_in_process.HOST)
    sealing.start()
    shop = InProcessShop(engine, sealing)
    with pytest.raises(SignerBusy, match="no token"):
        shop.sell()
    there = True
    assert shop.sell().created
    shop.end()


def test_sales_are_sealed_by_the_hsm(
    database_url: str, hsm_token: HsmToken, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("locks"))
    opened = []

    def opener() -> HsmSigner:
        opened.append(
            in_other_processes.hsm(hsm_token.module, hsm_token.label, hsm_token.pin, folder)
        )
        return opened[-1]

    shop = opened_shop(database_url, OUTLETS, signer=opener)
    outcomes = shop.settle_all(submitted(shop.facts(o)) for o in OUTLETS for _ in range(10))
    pkcs11.lib(hsm_token.module).reinitialize()  # the token forgets us (F10)
    outcomes += shop.settle_all(submitted(shop.facts()) for _ in range(5))
    assert [o for o in outcomes if not isinstance(o, Settled)] == []
    assert [c.verified.invoices for c in check_store(shop.engine)] == [15, 10]
    shop.end()
    opened[0].close()


# --- The clock (F5)


def test_a_start_behind_the_last_entry_refuses_until_the_clock_is_right(
    shop: InProcessShop, clock: HandClock
) -> None:
    shop.sealing.stop()
    slow = clock.restart(NOON - 3600)
    sealing = SealingThread(
        shop.engine, shop_in_process.insecure_signer, shop_in_process.HOST, clock=slow
    )
    sealing.start()
    late = InProcessShop(shop.engine, sealing)
    for _ in range(2):
        with pytest.raises(ClockRollback, match="3600 seconds before") as refusal:
            late.sell()
        assert refusal.value.reason == "signer.clock-rollback"
    assert len(entries(shop)) == 6
    assert shop.state(parse_canonical(entries(shop)[1].body)["sale_id"]).frozen  # reads go on
    slow.jump(3600)
    sealing.stop()


def test_a_clock_that_was_put_right_seals_without_another_start(database_url: str) -> None:
    signer = shop_in_process.insecure_signer()
    first = opened_shop(database_url, signer=signer, clock=HandClock())
    first.sell()
    first.end()
    slow = HandClock(NOON - 86_400)
    engine = open_engine(database_url)
    sealing = SealingThread(engine, lambda: signer, shop_in_process.HOST, clock=slow)
    sealing.start()
    shop = InProcessShop(engine, sealing)
    with pytest.raises(ClockRollback):
        shop.sell()
    slow.jump(86_400 + 10)
    assert sealed_at(shop.sell()) == "2026-11-22T11:00:10Z"
    check_store(shop.engine)
    shop.end()


def test_a_start_a_few_seconds_behind_holds_the_last_time(
    shop: InProcessShop, clock: HandClock
) -> None:
    signer = shop_in_process.insecure_signer(kid="test-2")
    shop.sealing.stop()
    again = started_shop(shop.engine, signer=signer, clock=clock.restart(NOON - 5))
    assert sealed_at(again.sell()) == "2026-11-22T11:00:00Z"
    check_store(shop.engine)
    again.sealing.stop()
    shop.sealing = again.sealing


@pytest.mark.parametrize("seconds", [86_400, -86_400, 3_600, -61])
def test_a_clock_that_jumps_is_an_event_and_the_seals_follow_the_time_elapsed(
    shop: InProcessShop, clock: HandClock, seconds: int
) -> None:
    clock.pass_time(10)
    assert sealed_at(shop.sell()) == "2026-11-22T11:00:10Z"
    clock.pass_time(5)
    clock.jump(seconds)
    assert sealed_at(shop.sell()) == "2026-11-22T11:00:15Z"
    clock.pass_time(7)
    assert sealed_at(shop.sell()) == "2026-11-22T11:00:22Z"
    for outlet_id in OUTLETS:
        events = [e for e in entries(shop, outlet_id) if parse_entry(e.entry).kind == "event"]
        (body,) = [parse_canonical(event.body) for event in events]
        assert (body["name"], body["data"]) == ("clock-step", {"seconds": str(seconds)})
    clock.jump(-seconds)
    assert sealed_at(shop.sell()) == "2026-11-22T11:00:22Z"
    check_store(shop.engine)


@pytest.mark.parametrize("seconds", [15, -15, -5])
def test_a_small_correction_of_the_clock_is_no_event(
    shop: InProcessShop, clock: HandClock, seconds: int
) -> None:
    before = sealed_at(shop.sell())
    clock.pass_time(1)
    clock.jump(seconds)
    assert sealed_at(shop.sell()) >= before
    assert {parse_entry(e.entry).kind for e in entries(shop)} == {"opened", "invoice"}
    check_store(shop.engine)


def test_a_jump_is_recorded_by_every_outlet_whose_ledger_holds(
    shop: InProcessShop, clock: HandClock
) -> None:
    old = set_head(shop.engine, entry_hash="ab" * 32)
    clock.jump(3600)
    with pytest.raises(LedgerBroken):
        shop.sell("KIN01")
    assert shop.sell("KIN02").created
    kinds = [[parse_entry(e.entry).kind for e in entries(shop, o)] for o in OUTLETS]
    assert [of.count("event") for of in kinds] == [0, 1]
    assert kinds[1][-2:] == ["event", "invoice"]
    set_head(shop.engine, **old)
    check_store(shop.engine)


def test_the_reference_begins_anew_with_the_year_and_the_number_does_not(
    database_url: str,
) -> None:
    last_second = int(datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC).timestamp())
    clock = HandClock(last_second)  # Kinshasa is an hour ahead of UTC
    shop = opened_shop(database_url, clock=clock)
    old = [shop.sell() for _ in range(3)]
    clock.pass_time(1)
    new = [shop.sell() for _ in range(2)]
    assert [reference(s) for s in old] == [f"KIN01-1/2026/00000{n}" for n in (1, 2, 3)]
    assert [reference(s) for s in new] == [f"KIN01-1/2027/00000{n}" for n in (1, 2)]
    assert [s.sale.fiscal_number[-2:] for s in old + new] == ["01", "02", "03", "04", "05"]
    check_store(shop.engine)
    shop.end()


def test_a_sale_that_waits_into_the_new_year_follows_the_new_table(database_url: str) -> None:
    midnight = int(datetime(2025, 12, 31, 23, 0, 0, tzinfo=UTC).timestamp())
    clock = HandClock(midnight)
    shop = opened_shop(database_url, clock=clock)
    before = datetime.fromtimestamp(midnight - 1, UTC)
    submission = submitted(shop.facts(), at=before)
    assert submission.prepared.invoice["tax_table"] == "CD-2025-05"
    sale = shop.settle(submission).sale
    assert parse_canonical(sale.body)["tax_table"] == "CD-2026-02"
    check_store(shop.engine)
    shop.end()


# --- The end


def test_what_was_submitted_before_the_end_is_settled(database_url: str) -> None:
    shop = opened_shop(database_url)
    outlet = shop.facts()
    futures = [shop.sealing.submit(submitted(outlet, new_sale_id())) for _ in range(200)]
    shop.sealing.stop()
    assert sorted(int(f.result(0).sale.fiscal_number[-8:]) for f in futures) == [*range(1, 201)]
    check_store(shop.engine)
    shop.engine.dispose()
