"""A sale is sealed once, in its place, or refused with nothing stored."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.fiscal.errors import InvalidInvoice, SignerBusy
from app.fiscal.ledger import parse_entry, sealed_statement
from app.services.ledger.answers import current_answer
from app.services.ledger.settle import Settled
from app.services.proof.fsck import check_store
from app.store.engine import open_engine, reading
from app.store.ledger.keys import signing_keys
from tests.given import requests, shop_in_process
from tests.given.shop_in_process import InProcessShop, credited, new_sale_id, opened_shop, submitted
from tests.harness import forks, in_other_processes
from tests.harness.softhsm import HsmToken


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """A shop without control module: a sealed invoice is complete."""
    shop = opened_shop(database_url)
    yield shop
    check_store(shop.engine)
    shop.end()


def rule(outcome: Settled | BaseException) -> str:
    assert isinstance(outcome, InvalidInvoice)
    return outcome.rule


def number(outcome: Settled | BaseException) -> int:
    assert isinstance(outcome, Settled), outcome
    return int(outcome.sale.fiscal_number[-8:])


def test_the_first_sale_has_the_first_number(shop: InProcessShop) -> None:
    sale = shop.sell().sale
    statement = sealed_statement(parse_entry(sale.entry))
    assert sale.fiscal_number == "KIN01-1-00000001"
    assert statement["reference"] == f"KIN01-1/{statement['timestamp'][:4]}/000001"
    assert sale.position == 2  # the opening of the series is the first entry


def test_without_a_control_module_the_answer_is_frozen_by_the_sealing_commit(
    shop: InProcessShop,
) -> None:
    settled = shop.sell()
    state = shop.state(settled.sale.sale_id)
    assert settled.frozen is not None
    assert (state.frozen, state.frozen_status) == (settled.frozen, "sealed")
    assert current_answer(state, shop_in_process.HOST) == settled.frozen


def test_numbers_are_dense_whoever_sells(shop: InProcessShop) -> None:
    outlet = shop.facts()

    def sell_ten(_: int) -> list[int]:
        return [number(shop.settle(submitted(outlet))) for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        taken = [n for ten in pool.map(sell_ten, range(8)) for n in ten]
    assert sorted(taken) == [*range(1, 81)]


def test_outlets_of_one_commit_keep_their_own_numbers(database_url: str) -> None:
    shop = opened_shop(database_url, ["KIN01", "KIN02", "KIN03"])
    work = [submitted(shop.facts(o)) for _ in range(5) for o in ("KIN03", "KIN01", "KIN02")]
    outcomes = shop.settle_all(work)
    assert [number(o) for o in outcomes] == [n for n in range(1, 6) for _ in range(3)]
    check_store(shop.engine)
    shop.end()


def test_a_sale_sent_again_is_found_and_not_sealed_again(shop: InProcessShop) -> None:
    one = new_sale_id()
    first = shop.settle(submitted(shop.facts(), one))
    again = shop.settle(submitted(shop.facts(), one))
    assert (first.created, again.created) == (True, False)
    assert again.sale == first.sale
    assert number(shop.sell()) == 2


def test_a_sale_that_is_in_the_batch_twice_is_sealed_once(shop: InProcessShop) -> None:
    one = new_sale_id()
    outcomes = shop.settle_all(submitted(shop.facts(), one) for _ in range(20))
    assert [o.created for o in outcomes if isinstance(o, Settled)].count(True) == 1
    assert {number(o) for o in outcomes} == {1}


def test_an_id_with_another_content_is_a_conflict(shop: InProcessShop) -> None:
    one = new_sale_id()
    shop.settle(submitted(shop.facts(), one))
    with pytest.raises(InvalidInvoice) as refusal:
        shop.settle(submitted(shop.facts(), one, operator="Joseph"))
    assert (refusal.value.rule, refusal.value.path) == ("id.conflict", "/sale_id")
    two = new_sale_id()
    outcomes = shop.settle_all(
        [submitted(shop.facts(), two), submitted(shop.facts(), two, operator="Joseph")]
    )
    assert (number(outcomes[0]), rule(outcomes[1])) == (2, "id.conflict")


def test_a_refused_sale_does_not_stop_the_others(shop: InProcessShop) -> None:
    outlet = shop.facts()
    outcomes = shop.settle_all(
        [
            submitted(outlet),
            credited(outlet, "KIN01-1-00000999", "1"),
            submitted(outlet, replaces=new_sale_id()),
            submitted(outlet),
        ]
    )
    assert [number(outcomes[0]), number(outcomes[3])] == [1, 2]
    assert [rule(outcomes[1]), rule(outcomes[2])] == ["SFE-1.1.26", "SFE-1.1.5"]


def test_a_refused_sale_may_come_again_corrected_under_its_id(shop: InProcessShop) -> None:
    one = new_sale_id()
    with pytest.raises(InvalidInvoice):
        shop.settle(credited(shop.facts(), "KIN01-1-00000999", "1", one))
    assert number(shop.settle(submitted(shop.facts(), one))) == 1


def test_an_outlet_whose_series_is_not_open_is_told_so(shop: InProcessShop) -> None:
    shop_in_process.put_outlet(shop.engine, "KIN02")
    outcomes = shop.settle_all([submitted(shop.facts("KIN02")), submitted(shop.facts())])
    assert isinstance(outcomes[0], SignerBusy)
    assert number(outcomes[1]) == 1


def test_someone_who_gave_up_before_the_seal_does_not_stop_the_thread(shop: InProcessShop) -> None:
    outlet = shop.facts()
    futures = [shop.sealing.submit(submitted(outlet)) for _ in range(50)]
    given_up = [future.cancel() for future in reversed(futures)]
    assert number(shop.sell()) == 50 - given_up.count(True) + 1


# --- Credit notes, judged by the ledger under the lock (SFE 1.1.26, 1.1.27)


def test_a_credit_note_takes_back_no_more_than_was_sold(shop: InProcessShop) -> None:
    original = shop.sell().sale.fiscal_number
    outlet = shop.facts()
    outcomes = shop.settle_all(credited(outlet, original, "1") for _ in range(3))
    assert [number(outcomes[0]), number(outcomes[1])] == [2, 3]
    assert rule(outcomes[2]) == "SFE-1.1.26"
    with pytest.raises(InvalidInvoice):
        shop.settle(credited(outlet, original, "1"))


def test_credit_notes_from_several_processes_never_exceed_their_original(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("keys"))
    shop = opened_shop(database_url, signer=in_other_processes.software(folder))
    original = shop.sell().sale.fiscal_number
    work = [(database_url, folder, original, new_sale_id()) for _ in range(5)]
    outcomes = forks.at_once(in_other_processes.credited, *work)
    assert sorted(outcomes).count("sealed") == 2
    assert set(outcomes) == {"sealed", "SFE-1.1.26"}
    check_store(shop.engine)
    shop.end()


def test_a_credit_note_cannot_take_back_another_outlets_invoice(database_url: str) -> None:
    shop = opened_shop(database_url, ["KIN01", "KIN02"])
    original = shop.sell("KIN02").sale.fiscal_number
    with pytest.raises(InvalidInvoice, match="inconnue ici"):
        shop.settle(credited(shop.facts("KIN01"), original, "1"))
    shop.end()


# --- Many processes on one outlet


def test_eight_processes_make_one_chain(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("keys"))
    shop = opened_shop(database_url, signer=in_other_processes.software(folder))
    mine = [[new_sale_id() for _ in range(200)] for _ in range(8)]
    outcomes = [
        sold
        for by_one in forks.at_once(
            in_other_processes.sold_with_key_file,
            *[(database_url, folder, "KIN01", ids, 8) for ids in mine],
        )
        for sold in by_one
    ]
    assert [o for o in outcomes if isinstance(o, str)] == []
    assert all(created for _, _, created in outcomes)
    assert {sale_id for sale_id, _, _ in outcomes} == {one for ids in mine for one in ids}
    assert sorted(int(n[-8:]) for _, n, _ in outcomes) == [*range(1, 1601)]
    (checked,) = check_store(shop.engine)
    assert (checked.verified.invoices, checked.verified.entries) == (1600, 1601)
    shop.end()


def test_the_same_sales_from_several_processes_are_sealed_once_each(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("keys"))
    shop = opened_shop(database_url, signer=in_other_processes.software(folder))
    ids = [new_sale_id() for _ in range(30)]
    work = [
        (database_url, folder, "KIN01", ids if n % 2 else ids[::-1], size)
        for n, size in enumerate((1, 5, 7, 30))
    ]
    outcomes = [
        o for by_one in forks.at_once(in_other_processes.sold_with_key_file, *work) for o in by_one
    ]
    assert [o for o in outcomes if isinstance(o, str)] == []
    assert sum(created for _, _, created in outcomes) == 30
    assert len({number for _, number, _ in outcomes}) == 30
    (checked,) = check_store(shop.engine)
    assert checked.verified.invoices == 30
    shop.end()


def test_several_processes_seal_with_one_hsm(
    database_url: str, hsm_token: HsmToken, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("locks"))
    token = (hsm_token.module, hsm_token.label, hsm_token.pin)
    engine = shop_in_process.opened_engine(database_url)
    shop_in_process.put_outlet(engine)
    ids = [[new_sale_id() for _ in range(15)] for _ in range(3)]
    outcomes = forks.at_once(
        in_other_processes.sold_with_hsm,
        *[(database_url, token, folder, "KIN01", these) for these in ids],
    )
    assert sorted(int(n[-8:]) for sold in outcomes for _, n, _ in sold) == [*range(1, 46)]
    (checked,) = check_store(engine)
    assert checked.verified.invoices == 45
    with reading(engine) as session:
        assert [key.kid for key in signing_keys(session)] == ["hsm-1"]
    engine.dispose()


def test_the_sale_of_before_is_found_by_the_next_process(database_url: str) -> None:
    signer = shop_in_process.insecure_signer()
    first = opened_shop(database_url, signer=signer)
    sale = first.sell().sale
    first.end()
    second = shop_in_process.started_shop(open_engine(database_url), signer=signer)
    again = second.settle(submitted(second.facts(), sale.sale_id))
    assert (again.created, again.sale) == (False, sale)
    assert number(second.sell()) == 2
    second.end()


def test_the_seal_names_who_sealed_and_what(shop: InProcessShop) -> None:
    sale = shop.sell(operator="Béatrice").sale
    statement = sealed_statement(parse_entry(sale.entry))
    assert statement["merchant_nif"] == requests.NIF
    assert statement["total"] == "90000.00"
    assert b"B\xc3\xa9atrice" in sale.body
