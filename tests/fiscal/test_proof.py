"""A good ledger broken in exactly one way, and the step that says so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.fiscal.between_entries import Verified
from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import VerificationFailed
from app.fiscal.ledger import PlainKind
from app.fiscal.normalised import refused_body
from app.fiscal.proof import Start, Verifier, verify_ledger
from tests.fiscal.breaks_between_entries import CREDITS, NORMALISED, QR
from tests.fiscal.breaks_in_the_chain import (
    BODY_HASH,
    ENTRY_HASH,
    FOLLOWING,
    PARSING,
    PREVIOUS,
    TIME,
)
from tests.fiscal.breaks_in_the_seal import SEAL_AND_KEY, SIGNATURE
from tests.fiscal.breaks_in_the_statement import STATEMENT
from tests.fiscal.forging import forged, says
from tests.fiscal.sample_ledger import (
    BOOK,
    FIRST,
    FIRST_OK,
    GOOD,
    LAST_NOTE,
    NOTE,
    NOTE_OK,
    OPENED,
    SECOND,
    SECOND_OK,
    THIRD,
    THIRD_NO,
    Ledger,
    failed,
    walked,
)
from tests.given.keys import KEY, public_keys, throw_away_key
from tests.given.ledgers import (
    code_def_dgi,
    normalise,
    normalised,
    open_book,
    record,
    refuse,
    sell,
    verify,
)
from tests.given.requests import credit_request, flour, sale_id, sale_request


def test_a_good_ledger_holds_every_step() -> None:
    verified = walked(GOOD)
    assert verified == verify(BOOK)
    assert (verified.entries, verified.invoices) == (14, 5)
    assert (verified.normalised, verified.refused, verified.not_verifiable) == (3, 1, 0)
    assert verified.heads == {"1": BOOK.head.entry_hash}
    assert verified.codes == {f"KIN01-1-{n:08d}": code_def_dgi(n) for n in (1, 2, 3)}


def test_an_empty_ledger_holds() -> None:
    assert walked([]) == Verified()


def test_a_ledger_without_recorded_hashes_holds_as_well() -> None:
    assert walked([replace(stored, entry_hash=None) for stored in GOOD]) == walked(GOOD)


# --- One break each: what the forger does, and the step that fails

BREAKS = {
    1: PARSING,
    2: BODY_HASH,
    3: ENTRY_HASH,
    4: PREVIOUS,
    5: FOLLOWING,
    6: SEAL_AND_KEY,
    7: SIGNATURE,
    8: STATEMENT,
    9: TIME,
    11: CREDITS,
    13: NORMALISED,
}
ONE_EACH = [
    pytest.param(step, make, id=f"step {step}: {sentence}")
    for step, breaks in BREAKS.items()
    for sentence, make in breaks.items()
]


@pytest.mark.parametrize(("step", "make"), ONE_EACH)
def test_a_ledger_broken_in_one_way_fails_at_the_step_that_looks_there(
    step: int, make: Callable[[], Ledger]
) -> None:
    assert failed(make()).step == step


def test_the_forger_who_changes_nothing_is_not_found_out() -> None:
    for index in range(len(GOOD)):
        assert forged(GOOD, index) == GOOD


def test_a_failure_names_the_place() -> None:
    assert failed(BODY_HASH["a byte of a body changed"]()).where == "KIN01-1 position 2"


# --- Keys


@pytest.mark.parametrize(
    "change",
    [
        {"nbf": "2026-11-22T06:00:01Z"},
        {"exp": "2026-11-22T06:00:12Z"},
        {"outlets": ["LUB01"]},
        {"authority": "kin-2"},
        {"kid": "k2"},
    ],
    ids=str,
)
def test_a_key_that_was_not_valid_for_every_seal_fails_step_6(change: dict[str, Any]) -> None:
    assert failed(GOOD, {"keys": [KEY.jwk(**change)]}).step == 6


def test_a_key_valid_exactly_as_long_as_the_ledger_is_enough() -> None:
    last = BOOK.head.timestamp
    keys = {"keys": [KEY.jwk(nbf="2026-11-22T06:00:00Z", exp=last, outlets=["KIN01"])]}
    assert walked(GOOD, keys=keys).entries == len(GOOD)


def test_a_rotated_key_of_the_same_party_continues_its_series() -> None:
    book = open_book()
    sell(book)
    book.key = throw_away_key(kid="k2", secret=9)
    sell(book)
    verified = verify_ledger([("KIN01", "1", Start(), book.entries)], public_keys(KEY, book.key))
    assert verified.invoices == 2


# --- Ranges


def facts_before(first: int) -> int:
    """Facts at or after `first` about an invoice before it."""
    about = {FIRST_OK: FIRST, SECOND_OK: SECOND, NOTE_OK: NOTE, THIRD_NO: THIRD}
    about |= {NOTE: FIRST, LAST_NOTE: FIRST}
    return sum(fact >= first > target for fact, target in about.items())


@pytest.mark.parametrize("first", range(1, len(GOOD)))
def test_a_range_that_starts_in_the_middle_holds_and_counts_what_lies_outside(first: int) -> None:
    verified = walked(GOOD[first:], Start(first, digest(GOOD[first - 1].entry)))
    assert verified.entries == len(GOOD) - first
    assert verified.not_verifiable == facts_before(first)
    assert verified.heads == {"1": BOOK.head.entry_hash}


@pytest.mark.parametrize("last", range(len(GOOD)))
def test_every_beginning_of_a_good_ledger_is_a_good_ledger(last: int) -> None:
    verified = walked(GOOD[:last])
    assert (verified.entries, verified.not_verifiable) == (last, 0)


def test_a_range_follows_what_is_said_to_stand_before_it() -> None:
    with pytest.raises(VerificationFailed) as failure:
        walked(GOOD[3:], Start(3, "0" * 64))
    assert failure.value.step == 4
    with pytest.raises(VerificationFailed) as failure:
        walked(GOOD[3:], Start(2, digest(GOOD[2].entry)))
    assert failure.value.step == 5


def test_within_a_range_the_counters_still_follow() -> None:
    entries = forged(GOOD, NOTE, statement=says(fiscal_number="KIN01-1-00000004"))
    with pytest.raises(VerificationFailed) as failure:
        walked(entries[SECOND:], Start(SECOND, digest(entries[FIRST_OK].entry)))
    assert failure.value.step == 5


def test_within_a_range_the_references_still_follow() -> None:
    entries = forged(GOOD, NOTE, statement=says(reference="KIN01-1/2026/000004"))
    with pytest.raises(VerificationFailed) as failure:
        walked(entries[SECOND:], Start(SECOND, digest(entries[FIRST_OK].entry)))
    assert failure.value.step == 5


def test_nothing_stands_before_the_first_position_whatever_is_said() -> None:
    first = forged(GOOD, OPENED, statement=says(previous="1" * 64), entry=says(previous="1" * 64))
    with pytest.raises(VerificationFailed) as failure:
        walked(first, Start(0, "1" * 64))
    assert failure.value.step == 4


def test_an_entry_of_a_series_that_was_not_begun_is_foreign() -> None:
    with pytest.raises(VerificationFailed) as failure:
        Verifier(public_keys()).add(GOOD[0])
    assert failure.value.step == 1


def test_the_reference_starts_again_in_the_new_year() -> None:
    book = open_book()
    sell(book, at="2026-12-31T22:59:59Z")
    assert sell(book, at="2026-12-31T23:00:00Z").reference == "KIN01-1/2027/000001"
    assert verify(book).invoices == 2


# --- Facts


def test_a_sale_refused_before_it_was_sealed_counts_as_refused() -> None:
    book = open_book()
    body = refused_body(
        sale_id=sale_id(1),
        fiscal_number="",
        entry_hash="",
        by="till",
        code="",
        text="Table fiscale changée",
        answer=b"",
    )
    assert body == {
        "v": "refused/1",
        "sale_id": sale_id(1),
        "by": "till",
        "text": "Table fiscale changée",
    }
    record(book, "refused", body)
    verified = verify(book)
    assert (verified.refused, verified.not_verifiable) == (1, 0)


def test_what_a_refused_credit_note_took_back_may_be_taken_back_again() -> None:
    book = open_book()
    sold = sell(book)
    both = credit_request(sold.fiscal_number, items=[flour()], payments=sale_request()["payments"])
    refuse(book, sell(book, both))
    sell(book, both)
    assert verify(book).refused == 1
    sell(book, both)
    with pytest.raises(VerificationFailed) as failure:
        verify(book)
    assert failure.value.step == 11


@pytest.mark.parametrize("fact", ["normalised", "refused"])
@pytest.mark.parametrize("number", ["KIN01-7-00000001", "nonsense", ["x"], {"x": "y"}], ids=str)
def test_a_fact_about_an_invoice_that_is_not_at_hand_is_counted(
    fact: PlainKind, number: Any
) -> None:
    book = open_book()
    record(book, fact, {"v": f"{fact}/1", "fiscal_number": number})
    assert verify(book).not_verifiable == 1


def test_an_answer_of_a_hardware_module_needs_no_request() -> None:
    book = open_book()
    sold = sell(book)
    qr_code = QR.replace("RDCF01", "RDCDEF01")
    normalise(book, sold, module="mcf", request=b"", answer=b"", qr_code=qr_code)
    assert verify(book).normalised == 1


# --- Several series


@pytest.mark.parametrize("order", [1, -1])
def test_series_speak_of_each_other_in_whatever_order_they_are_walked(order: int) -> None:
    one, two = open_book(series="1"), open_book(throw_away_key("box-1", "b1", 11), series="2")
    sold = sell(one)
    code = normalise(two, sold)["code_def_dgi"]
    sell(two, credit_request(sold.fiscal_number), code_def_dgi=code)
    refuse(one, sell(two))
    verified = verify(*[one, two][::order])
    assert (verified.invoices, verified.normalised, verified.refused) == (3, 1, 1)
    assert verified.not_verifiable == 0
    assert set(verified.heads) == {"1", "2"}


def test_credit_notes_are_summed_across_series() -> None:
    one, two = open_book(series="1"), open_book(throw_away_key("box-1", "b1", 11), series="2")
    sold = sell(one)
    for book in (one, two, two):
        sell(book, credit_request(sold.fiscal_number))
    with pytest.raises(VerificationFailed) as failure:
        verify(one, two)
    assert failure.value.step == 11


def test_one_series_alone_leaves_the_facts_about_the_other_open() -> None:
    one, two = open_book(series="1"), open_book(throw_away_key("box-1", "b1", 11), series="2")
    normalise(two, sell(one))
    assert verify(two).not_verifiable == 1
    assert verify(one).not_verifiable == 0


def test_a_party_does_not_seal_with_the_key_of_another() -> None:
    box = throw_away_key("box-1", "b1", 11)
    entries = forged(GOOD, FIRST, key=box)
    with pytest.raises(VerificationFailed) as failure:
        verify_ledger([("KIN01", "1", Start(), entries)], public_keys(KEY, box))
    assert failure.value.step == 6


def test_the_same_sale_in_two_series_fails() -> None:
    one, two = open_book(series="1"), open_book(series="2")
    sell(one, identity=sale_id(1))
    sell(two, identity=sale_id(1))
    with pytest.raises(VerificationFailed) as failure:
        verify(one, two)
    assert failure.value.step == 5


def test_two_outlets_may_have_a_sale_of_the_same_id() -> None:
    one, two = open_book(), open_book(outlet_id="LUB01")
    sell(one, identity=sale_id(1))
    sell(two, identity=sale_id(1))
    assert verify(one, two).invoices == 2


def test_the_body_of_a_normalisation_keeps_the_raw_bytes() -> None:
    sold = sell(open_book())
    body = normalised(sold, request=b"\x00\xff", confirmation=b"")
    assert body["request"] == "AP8"
    assert "confirmation" not in body
    assert canonical(body)
