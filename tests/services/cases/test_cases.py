"""Cases: who can fix what, and how they end."""

from collections.abc import Iterator

import pytest

from app.fiscal.errors import InvalidInvoice
from app.services.cases import advice, cases, following
from app.services.cases.following import Topic, Trouble
from app.store.cases.cases import open_case, open_cases
from app.store.engine import Engine, reading, writing
from app.store.tables.cases import CaseKind
from tests.given import sales_in_doubt
from tests.given.shop_in_process import InProcessShop, opened_shop

AT = "2026-11-22T10:00:00Z"
TOPIC = Topic("KIN01", "table", "C", "device.table")


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    shop = opened_shop(database_url)
    yield shop
    shop.end()


def opened(engine: Engine, kind: CaseKind, about: str = "vente") -> str:
    with writing(engine) as session:
        case = open_case(session, "KIN01", kind, about, text="Pourquoi.", fix="manager", at=AT)
    assert case is not None
    return f"{kind}-1"


def close(engine: Engine, case_id: str, outcome: str, outlet_id: str = "KIN01") -> None:
    with writing(engine) as session:
        cases.close(session, outlet_id, case_id, "M1", outcome, AT)


def rule(engine: Engine, case_id: str, outcome: str, outlet_id: str = "KIN01") -> str:
    with pytest.raises(InvalidInvoice) as refused:
        close(engine, case_id, outcome, outlet_id)
    assert refused.value.detail.endswith(".")
    return refused.value.rule


# --- Advice


@pytest.mark.parametrize(
    ("code", "fixer"),
    [
        ("7", "cashier"),
        ("8", "cashier"),
        ("9", "manager"),
        ("12", "manager"),
        ("33", "operator"),
        ("HTTP-400", "operator"),
        ("TOTALS", "operator"),
        ("99", "dgi"),
        ("ABSENT", "cashier"),
        ("4242", "manager"),
    ],
)
def test_each_refusal_names_who_can_fix_it(code: str, fixer: str) -> None:
    assert advice.fix_for(code) == fixer
    assert advice.advice(code).endswith(".")


def test_an_unpublished_code_sends_people_to_the_sentence_of_the_authority() -> None:
    assert "Lisez la phrase de la DGI" in advice.advice("47")


# --- Closing by hand


def test_a_person_closes_a_refused_case_with_an_outcome(shop: InProcessShop) -> None:
    case_id = opened(shop.engine, "refused")
    close(shop.engine, case_id, "  Le client\nest parti. ")
    (case,) = sales_in_doubt.cases(shop)
    assert (case.closed_by, case.outcome) == ("M1", "Le client est parti.")
    close(shop.engine, case_id, "Une seconde fois.")
    assert sales_in_doubt.cases(shop)[0].outcome == "Le client est parti."


@pytest.mark.parametrize("outcome", ["", " \n", "\x00", "x" * 501])
def test_an_outcome_that_says_nothing_closes_nothing(shop: InProcessShop, outcome: str) -> None:
    case_id = opened(shop.engine, "refused")
    assert rule(shop.engine, case_id, outcome) == "format.text"
    assert sales_in_doubt.open_kinds(shop) == ["refused"]


@pytest.mark.parametrize("kind", ["in_doubt", "failed", "table", "token", "clock", "grace"])
def test_nobody_can_wish_a_fact_away(shop: InProcessShop, kind: CaseKind) -> None:
    case_id = opened(shop.engine, kind)
    assert rule(shop.engine, case_id, "Vu.") == "case.open"
    assert sales_in_doubt.open_kinds(shop) == [kind]


def test_a_case_of_another_outlet_is_unknown_here(shop: InProcessShop) -> None:
    case_id = opened(shop.engine, "refused")
    assert rule(shop.engine, case_id, "Vu.", "KIN02") == "case.unknown"


# --- Cases that follow a fact


def follow(engine: Engine, text: str | None, *, lasting: bool = False) -> None:
    trouble = None if text is None else Trouble(text, "operator", {"group": "C"}, lasting)
    with writing(engine) as session:
        following.follow(session, TOPIC, trouble, "Tout va bien.", AT)


def test_the_same_trouble_is_one_case_and_one_announcement(shop: InProcessShop) -> None:
    for text in ("8 %", "8 %", None, None, "8 %"):
        follow(shop.engine, text)
    assert [case.closed_at is None for case in sales_in_doubt.cases(shop)] == [False, True]
    assert len(sales_in_doubt.announced(shop, "device.table")) == 3


def test_other_words_are_the_next_case_unless_the_trouble_lasts(shop: InProcessShop) -> None:
    follow(shop.engine, "8 %")
    follow(shop.engine, "6 %")
    follow(shop.engine, "4 %", lasting=True)
    with reading(shop.engine) as session:
        (case,) = open_cases(session, "KIN01")
        assert case.text == "6 %"
    assert len(sales_in_doubt.cases(shop)) == 2
