"""A COMMIT whose answer is lost is unknown: the ledger is asked, and nothing is doubled (F6)."""

from collections.abc import Iterator

import psycopg
import pytest

from app.fiscal.errors import FiscalError
from app.services.ledger.settle import Settled
from app.services.ledger.thread import StoreUnreachable
from app.services.proof.fsck import check_store
from tests.given.clocks import HandClock
from tests.given.shop_in_process import InProcessShop, new_sale_id, opened_shop, submitted
from tests.harness.cut_wire import CutWire, cut_wire


@pytest.fixture
def wire(postgresql_url: str) -> Iterator[CutWire]:
    with cut_wire(postgresql_url) as wire:
        yield wire


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def shop(wire: CutWire, clock: HandClock) -> Iterator[InProcessShop]:
    shop = opened_shop(wire.url, ["KIN01", "KIN02"], clock=clock)
    yield shop
    check_store(shop.engine)
    shop.end()


def created(outcomes: list[Settled | BaseException]) -> int:
    return sum(isinstance(o, Settled) and o.created for o in outcomes)


def test_a_commit_whose_answer_was_lost_is_found(shop: InProcessShop, wire: CutWire) -> None:
    one = new_sale_id()
    wire.cut_at = "after"
    settled = shop.settle(submitted(shop.facts(), one))
    assert wire.cuts == 1
    assert (settled.created, settled.sale.fiscal_number) == (True, "KIN01-1-00000001")
    again = shop.settle(submitted(shop.facts(), one))
    assert (again.created, again.sale) == (False, settled.sale)
    assert shop.sell().sale.fiscal_number == "KIN01-1-00000002"


def test_a_commit_that_never_arrived_is_refused_and_may_be_sent_again(
    shop: InProcessShop, wire: CutWire
) -> None:
    one = new_sale_id()
    wire.cut_at = "before"
    with pytest.raises(StoreUnreachable) as refusal:
        shop.settle(submitted(shop.facts(), one))
    assert (wire.cuts, refusal.value.reason) == (1, "signer.store")
    again = shop.settle(submitted(shop.facts(), one))
    assert (again.created, again.sale.fiscal_number) == (True, "KIN01-1-00000001")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_whole_batch_is_settled_once_each(
    shop: InProcessShop, wire: CutWire, moment: str
) -> None:
    outlets = [shop.facts("KIN01"), shop.facts("KIN02")]
    known = shop.settle(submitted(outlets[0])).sale
    ids = [new_sale_id() for _ in range(10)]
    work = [submitted(outlets[n % 2], one) for n, one in enumerate(ids) for _ in range(2)]
    wire.cut_at = moment  # type: ignore[assignment]
    outcomes = shop.settle_all([submitted(outlets[0], known.sale_id), *work])
    assert wire.cuts == 1
    while any(isinstance(o, FiscalError) for o in outcomes[1:]):
        assert all(isinstance(o, Settled | StoreUnreachable) for o in outcomes)
        assert created(outcomes) == len(
            {o.sale.sale_id for o in outcomes if isinstance(o, Settled) and o.created}
        )
        retried = [
            shop.settle_all([s])[0] if isinstance(o, FiscalError) else o
            for s, o in zip(work, outcomes[1:], strict=True)
        ]
        outcomes = [outcomes[0], *retried]
    assert created(outcomes) == 10
    counts = [checked.verified.invoices for checked in check_store(shop.engine)]
    assert counts == [6, 5]


def test_a_jump_of_the_clock_whose_commit_was_lost_is_recorded_by_the_next(
    shop: InProcessShop, wire: CutWire, clock: HandClock
) -> None:
    clock.jump(7200)
    wire.cut_at = "before"
    with pytest.raises(StoreUnreachable):
        shop.sell()
    shop.sell()
    assert [checked.verified.entries for checked in check_store(shop.engine)] == [3, 2]


def test_a_connection_that_the_server_ends_costs_no_sale(
    shop: InProcessShop, postgresql_url: str
) -> None:
    shop.sell()
    plain = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert shop.sell().sale.fiscal_number == "KIN01-1-00000002"


def test_a_server_that_ends_the_sealing_transaction_leaves_nothing_of_it(
    shop: InProcessShop, postgresql_url: str
) -> None:
    plain = postgresql_url.replace("+psycopg", "")
    one = new_sale_id()
    with psycopg.connect(plain, autocommit=True) as other, other.transaction():
        other.execute("SELECT 1 FROM series WHERE outlet_id = 'KIN01' FOR UPDATE")
        waiting = shop.sealing.submit(submitted(shop.facts(), one))
        ended = 0
        while not ended:  # once it waits for our lock
            ended = other.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()[0]  # type: ignore[index]
    with pytest.raises(StoreUnreachable):
        waiting.result(30)
    assert shop.settle(submitted(shop.facts(), one)).created
