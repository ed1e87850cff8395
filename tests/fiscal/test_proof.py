"""A good ledger broken in exactly one way, and the step that says so."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.fiscal.canonical import canonical, decode, digest
from app.fiscal.errors import VerificationFailed
from app.fiscal.normalised import refused_body
from app.fiscal.proof import STEPS, Start, StoredEntry, Verified, Verifier, verify_ledger
from app.fiscal.seal import b64, unb64
from app.fiscal.verification import read_keys
from tests.builders import (
    KEY,
    NIM,
    Book,
    Document,
    changed,
    code_def_dgi,
    credit_request,
    example_request,
    flour,
    jwks,
    normalise,
    normalised,
    open_book,
    public_keys,
    record,
    refuse,
    sale_id,
    sale_request,
    sell,
    throw_away_key,
    verify,
    without,
)
from tests.fiscal.forging import forged, says

Ledger = list[StoredEntry]
OPENED, FIRST, FIRST_OK, SECOND, SECOND_OK, NOTE, NOTE_OK, THIRD, THIRD_NO = range(9)
EVENT, REPORT, CLOSING, CREDENTIAL, LAST_NOTE = range(9, 14)


def written() -> Book:
    """Two sales, two credit notes on the first, a refusal, and one of every other kind."""
    book = open_book()
    first = sell(book)
    code = normalise(book, first)["code_def_dgi"]
    normalise(book, sell(book, example_request()))
    normalise(book, sell(book, credit_request(first.fiscal_number), code_def_dgi=code))
    refuse(book, sell(book))
    for kind in ("event", "report", "closing", "credential"):
        record(book, kind, {"v": f"{kind}/1", "text": "Relève de midi"})
    sell(book, credit_request(first.fiscal_number), code_def_dgi=code)
    return book


BOOK = written()
GOOD = BOOK.entries


def walked(entries: Ledger, start: Start | None = None, keys: Document | None = None) -> Verified:
    walk = ("KIN01", "1", start or Start(), entries)
    return verify_ledger([walk], read_keys(keys or jwks()))


def failed(entries: Ledger, keys: Document | None = None) -> VerificationFailed:
    with pytest.raises(VerificationFailed) as failure:
        walked(entries, keys=keys)
    assert failure.value.step in STEPS
    assert str(failure.value).startswith(f"étape {failure.value.step}, ")
    return failure.value


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


def entry_at(index: int, **members: Any) -> Callable[[], Ledger]:
    return lambda: forged(GOOD, index, entry=says(**members))


def body_at(index: int, **members: Any) -> Callable[[], Ledger]:
    return lambda: forged(GOOD, index, body=says(**members))


def statement_at(index: int, **members: Any) -> Callable[[], Ledger]:
    return lambda: forged(GOOD, index, statement=says(**members))


def with_entry(index: int, stored: StoredEntry) -> Ledger:
    return [*GOOD[:index], stored, *GOOD[index + 1 :]]


def raw_entry(index: int, data: bytes) -> Callable[[], Ledger]:
    return lambda: with_entry(index, StoredEntry(data, GOOD[index].body))


def raw_body(index: int, data: bytes) -> Callable[[], Ledger]:
    return lambda: with_entry(index, StoredEntry(GOOD[index].entry, data))


FAR_DIGITS = "9" * 5000
PARSING = {
    "the entry is no JSON": raw_entry(EVENT, b"{"),
    "the entry has a blank": raw_entry(EVENT, GOOD[EVENT].entry.replace(b":", b": ", 1)),
    "the entry is empty": raw_entry(EVENT, b""),
    "the entry is an array": raw_entry(EVENT, b"[]"),
    "the entry nests without end": raw_entry(EVENT, b'{"a":' + b"[" * 600 + b"]" * 600 + b"}"),
    "the version is another": entry_at(EVENT, v="entry/2"),
    "a member is missing": entry_at(EVENT, recorded_at=None),
    "a member is too many": entry_at(EVENT, note="x"),
    "a member is a list": entry_at(EVENT, kind=["event"]),
    "the kind is unknown": entry_at(EVENT, kind="sale"),
    "the position has a leading zero": entry_at(EVENT, position="010"),
    "the position is in Arabic-Indic digits": entry_at(EVENT, position="\u0661\u0660"),
    "the position has five thousand digits": entry_at(EVENT, position=FAR_DIGITS),
    "the time does not exist": entry_at(EVENT, recorded_at="2026-02-30T10:00:00Z"),
    "the time has another spelling": entry_at(EVENT, recorded_at="20261122T101531Z"),
    "the time is beyond all clocks": entry_at(EVENT, recorded_at="9999-12-31T23:59:59Z"),
    "the entry is of another series": entry_at(EVENT, series="2"),
    "the entry is of another outlet": entry_at(EVENT, outlet_id="LUB01"),
    "the series is an object": entry_at(EVENT, series={"a": "b"}),
}
BODY_HASH = {
    "a byte of a body changed": raw_body(FIRST, GOOD[FIRST].body.replace(b"Farine", b"Farinx")),
    "the body is that of another entry": raw_body(FIRST, GOOD[SECOND].body),
    "the body is missing": raw_body(FIRST, b""),
    "the body hash changed": entry_at(EVENT, body="0" * 64),
    "a refusal is hidden": raw_body(THIRD_NO, GOOD[FIRST_OK].body),
}
ENTRY_HASH = {
    "the store recorded another hash": lambda: with_entry(
        EVENT, replace(GOOD[EVENT], entry_hash="0" * 64)
    ),
    "the store recorded the hash of the next": lambda: with_entry(
        EVENT, replace(GOOD[EVENT], entry_hash=GOOD[REPORT].entry_hash)
    ),
}
PREVIOUS = {
    "an entry was removed": lambda: [*GOOD[:EVENT], *GOOD[REPORT:]],
    "the first entry was removed": lambda: GOOD[1:],
    "two entries changed places": lambda: [
        *GOOD[:EVENT],
        GOOD[REPORT],
        GOOD[EVENT],
        *GOOD[CLOSING:],
    ],
    "an entry stands twice": lambda: [*GOOD[:REPORT], *GOOD[EVENT:]],
    "an entry was rewritten and the next ones left": lambda: [
        *forged(GOOD, EVENT, body=says(text="Autre relève"))[:REPORT],
        *GOOD[REPORT:],
    ],
    "the entry names zeros": entry_at(EVENT, previous="0" * 64),
    "the entry names the one before the last": entry_at(EVENT, previous=GOOD[THIRD].entry_hash),
    "the first entry names something": lambda: forged(
        GOOD, OPENED, statement=says(previous="1" * 64), entry=says(previous="1" * 64)
    ),
}


def invoice_number(fiscal_number: str) -> Callable[[], Ledger]:
    return statement_at(SECOND, fiscal_number=fiscal_number)


def second_reference(reference: str) -> Callable[[], Ledger]:
    return statement_at(SECOND, reference=reference)


def opened_again() -> Ledger:
    book = written()
    record(book, "opened", decode(GOOD[OPENED].body))
    return book.entries


def sold_twice() -> Ledger:
    book = open_book()
    sell(book, identity=sale_id(7))
    sell(book, example_request(), identity=sale_id(7))
    return book.entries


def year_turned(reference: str) -> Callable[[], Ledger]:
    def make() -> Ledger:
        book = open_book()
        sell(book, at="2026-12-31T22:59:59Z")
        sell(book, at="2026-12-31T23:00:00Z")
        return forged(book.entries, 2, statement=says(reference=reference))

    return make


FOLLOWING = {
    "a position is skipped": entry_at(EVENT, position="11"),
    "a position is repeated": entry_at(EVENT, position="9"),
    "a counter is skipped": invoice_number("KIN01-1-00000003"),
    "a counter is repeated": invoice_number("KIN01-1-00000001"),
    "a counter of zero": invoice_number("KIN01-1-00000000"),
    "a fiscal number of another series": invoice_number("KIN01-2-00000002"),
    "a fiscal number of another outlet": invoice_number("LUB01-1-00000002"),
    "a fiscal number that is none": invoice_number("KIN01-1-2"),
    "a fiscal number in Arabic-Indic digits": invoice_number("KIN01-1-0000000\u0662"),
    "a reference is skipped": second_reference("KIN01-1/2026/000003"),
    "a reference is repeated": second_reference("KIN01-1/2026/000001"),
    "a reference without its zeros": second_reference("KIN01-1/2026/2"),
    "a reference of another series": second_reference("KIN01-2/2026/000002"),
    "a reference of another outlet": second_reference("LUB01-1/2026/000002"),
    "a reference of another year": second_reference("KIN01-1/2025/000002"),
    "a reference in Arabic-Indic digits": second_reference("KIN01-1/2026/00000\u0662"),
    "a reference that is none": second_reference("two"),
    "a first reference that is not one": statement_at(FIRST, reference="KIN01-1/2026/000002"),
    "a reference that runs on into the new year": year_turned("KIN01-1/2027/000002"),
    "a reference of the old year at midnight": year_turned("KIN01-1/2026/000002"),
    "a series that opens a second time": opened_again,
    "the same sale twice": sold_twice,
}


def resealed(index: int, seal: str | None) -> Callable[[], Ledger]:
    return entry_at(index, seal=seal)


def seal_text(index: int) -> str:
    return str(decode(GOOD[index].entry)["seal"])


def headed(header: Any) -> Callable[[], Ledger]:
    return lambda: forged(GOOD, FIRST, header=header)


SEAL_AND_KEY = {
    "an invoice without seal": resealed(FIRST, None),
    "an opening without seal": resealed(OPENED, None),
    "a closing without seal": resealed(CLOSING, None),
    "a credential without seal": resealed(CREDENTIAL, None),
    "an event with a seal": resealed(EVENT, seal_text(CLOSING)),
    "a normalisation with a seal": resealed(FIRST_OK, seal_text(FIRST)),
    "a seal that is no JWS": resealed(FIRST, "sceau"),
    "a seal of two parts": resealed(FIRST, seal_text(FIRST).rpartition(".")[0]),
    "a signature of the wrong length": resealed(FIRST, seal_text(FIRST)[:-4]),
    "alg none": headed({"alg": "none", "kid": "k1"}),
    "alg HS256": headed({"alg": "HS256", "kid": "k1"}),
    "a header member too many": headed({"alg": "ES256", "kid": "k1", "typ": "JWT"}),
    "a header without kid": headed({"alg": "ES256"}),
    "a kid that is a list": headed({"alg": "ES256", "kid": ["k1"]}),
    "an unknown kid": headed({"alg": "ES256", "kid": "k2"}),
    "a statement of another use": statement_at(FIRST, v="credential/1"),
    "a statement without version": statement_at(FIRST, v=None),
    "a statement with a number": statement_at(FIRST, total=90_000),
    "a statement with a list": statement_at(FIRST, fiscal_number=["KIN01-1-00000001"]),
    "a statement with an object": statement_at(CLOSING, series={"a": "1"}),
    "a statement that is an array": lambda: forged(GOOD, FIRST, statement=lambda _: ["seal/1"]),
    "another authority": statement_at(FIRST, authority="kin-2"),
    "no authority": statement_at(FIRST, authority=None),
    "no time": statement_at(FIRST, timestamp=None),
    "a time before the key": statement_at(FIRST, timestamp="2024-12-31T23:59:59Z"),
    "a time after the key": statement_at(FIRST, timestamp="2036-01-01T00:00:01Z"),
}
OTHER_KEY = throw_away_key(secret=8)


def flipped(index: int) -> str:
    text = seal_text(index)
    return text[:-10] + ("A" if text[-10] != "A" else "B") + text[-9:]


def cheaper(index: int) -> str:
    header, statement, signature = seal_text(index).split(".")
    said = decode(unb64(statement)) | {"total": "9000.00"}
    return f"{header}.{b64(canonical(said))}.{signature}"


SIGNATURE = {
    "a bit of the signature changed": resealed(FIRST, flipped(FIRST)),
    "the signature of another entry": resealed(
        FIRST, f"{seal_text(FIRST).rpartition('.')[0]}.{seal_text(SECOND).rpartition('.')[2]}"
    ),
    "another key of the same name signed": lambda: forged(GOOD, FIRST, key=OTHER_KEY),
    "the amount was changed after signing": resealed(FIRST, cheaper(FIRST)),
    "another key signed the closing": lambda: forged(GOOD, CLOSING, key=OTHER_KEY),
}

STATEMENT = {
    f"the statement says another {name}": statement_at(FIRST, **{name: value})
    for name, value in {
        "merchant_nif": "A9999999Z",
        "outlet_id": "LUB01",
        "invoice_type": "FT",
        "total": "9000.00",
        "currency": "USD",
        "payload": "0" * 64,
        "previous": "0" * 64,
    }.items()
} | {
    f"the statement has no {name}": statement_at(FIRST, **{name: None})
    for name in ("merchant_nif", "outlet_id", "fiscal_number", "reference", "total", "payload")
} | {
    f"the statement of a closing says another {name}": statement_at(CLOSING, **{name: value})
    for name, value in {
        "kind": "credential",
        "outlet_id": "LUB01",
        "series": "2",
        "position": "13",
        "payload": "0" * 64,
        "previous": "0" * 64,
    }.items()
} | {
    "the statement says more": statement_at(FIRST, note="x"),
    "the statement of a closing says more": statement_at(CLOSING, note="x"),
    "the statement of a closing lacks its merchant": statement_at(CLOSING, merchant_nif=None),
    "the statement has a time that does not exist": statement_at(
        FIRST, timestamp="2026-11-31T10:00:00Z"
    ),
    "the statement has a time in another spelling": statement_at(
        FIRST, timestamp="2026-11-22T07:00:01+01:00"
    ),
    "a closing was sealed as an invoice": entry_at(CLOSING, kind="invoice"),
    "an invoice was filed as a closing": entry_at(FIRST, kind="closing"),
    "the body is of another version": body_at(FIRST, v="invoice/2"),
    "the body has no version": body_at(FIRST, v=None),
    "the body sells for another merchant": body_at(FIRST, merchant_nif="A9999999Z"),
    "the body is of another outlet": lambda: forged(
        GOOD, FIRST, body=says(outlet_id="LUB01"), statement=says(outlet_id="LUB01")
    ),
    "the body has another total": lambda: forged(
        GOOD, FIRST, body=lambda b: changed(b, "/totals/total", "1.00")
    ),
    "the body has no totals": body_at(FIRST, totals=None),
    "the totals are a text": body_at(FIRST, totals="90000.00"),
    "the totals are a list": body_at(FIRST, totals=["90000.00"]),
    "the body has no sale": body_at(FIRST, sale_id=None),
    "the sale is a list": body_at(FIRST, sale_id=["x"]),
    "the sale is an object": body_at(FIRST, sale_id={"a": "b"}),
    "the body has no seller": body_at(FIRST, seller=None),
    "the seller is a text": body_at(FIRST, seller="Boutique"),
    "the seller has no zone": lambda: forged(
        GOOD, FIRST, body=lambda b: without(b, "/seller/zone")
    ),
    "the zone is in another country": lambda: forged(
        GOOD, FIRST, body=lambda b: changed(b, "/seller/zone", "Europe/Paris")
    ),
    "the zone is a list": lambda: forged(
        GOOD, FIRST, body=lambda b: changed(b, "/seller/zone", ["Africa/Kinshasa"])
    ),
    "the credit is a text": body_at(NOTE, credit="RAM"),
    "the credit is a list": body_at(NOTE, credit=["RAM"]),
    "the original is a list": body_at(NOTE, credit={"nature": "RAM", "original": ["x"]}),
    "the original is an object": body_at(NOTE, credit={"nature": "RAM", "original": {"x": "y"}}),
    "the body is no JSON": lambda: forged(GOOD, EVENT, body=lambda _: b"note"),
    "the body is not canonical": lambda: forged(GOOD, EVENT, body=lambda _: b'{"v": "event/1"}'),
    "the body is an array": lambda: forged(GOOD, EVENT, body=lambda _: ["event/1"]),
    "the body holds a number": body_at(EVENT, count=1),
    "the body nests without end": lambda: forged(
        GOOD, EVENT, body=lambda _: b'{"a":' + b"[" * 900 + b'"x"' + b"]" * 900 + b"}"
    ),
}  # fmt: skip
TIME = {
    "a seal is older than the one before it": statement_at(
        SECOND, timestamp="2026-11-22T06:00:00Z"
    ),
    "a closing is older than the last invoice": statement_at(
        CLOSING, timestamp="2026-11-22T06:00:00Z"
    ),
    "an event was recorded before the entry before it": entry_at(
        EVENT, recorded_at="2026-11-22T06:00:00Z"
    ),
    "an invoice was recorded before the entry before it": entry_at(
        SECOND, recorded_at="2026-11-22T06:00:00Z"
    ),
}


def note_with(*items: Any) -> Callable[[], Ledger]:
    return body_at(NOTE, items=list(items))


SACK = decode(GOOD[NOTE].body)["items"][0]
CREDITS = {
    "more is taken back than was sold": note_with(SACK | {"quantity": "3"}),
    "more is taken back than remained": body_at(LAST_NOTE, items=[SACK | {"quantity": "1.001"}]),
    "another article is taken back": note_with(SACK | {"code": "FAR50"}),
    "another price is taken back": note_with(SACK | {"unit_price": "45001.00"}),
    "another group is taken back": note_with(SACK | {"tax_group": "C"}),
    "an export credit note aims at a home sale": lambda: forged(
        GOOD, NOTE, body=says(invoice_type="EA"), statement=says(invoice_type="EA")
    ),
    "a credit note aims at a credit note": body_at(
        LAST_NOTE, credit={"nature": "RAM", "original": "KIN01-1-00000003"}
    ),
    "an item is a text": note_with("Farine"),
    "an item is a list": note_with(["Farine"]),
    "the items are an object": body_at(NOTE, items={"a": "b"}),
    "the items are a text": body_at(NOTE, items="Farine"),
    "the items are missing": body_at(NOTE, items=None),
    "an item has no quantity": note_with(without(SACK, "/quantity")),
    "a quantity is a list": note_with(SACK | {"quantity": ["1"]}),
    "a quantity is no number": note_with(SACK | {"quantity": "one"}),
    "a code is a list": note_with(SACK | {"code": ["FAR25"]}),
    "a specific tax is a text": note_with(SACK | {"specific_tax": "10"}),
    "the original lists no items": body_at(FIRST, items=None),
    "the original lists an item that is a text": body_at(FIRST, items=["Farine"]),
}


def sent(request: Any) -> Callable[[], Ledger]:
    data = request if type(request) is bytes else json.dumps(request).encode()
    return body_at(FIRST_OK, request=b64(data))


FIRST_CODE = code_def_dgi(1).replace("-", "")
QR = f"RDCF01;{NIM};{FIRST_CODE};A2512345Z;20261122111531"


def normalised_twice() -> Ledger:
    book = open_book()
    sold = sell(book)
    normalise(book, sold)
    normalise(book, sold)
    return book.entries


NORMALISED = {
    "the module had another total": body_at(FIRST_OK, total="90000.01"),
    "the module had another VAT": body_at(FIRST_OK, vat="12413.80"),
    "the module had no total": body_at(FIRST_OK, total=None),
    "the module's VAT is a list": body_at(FIRST_OK, vat=["12413.79"]),
    "the invoice tells no VAT and neither does the module": lambda: forged(
        forged(GOOD, FIRST, body=lambda b: without(b, "/totals/vat")), FIRST_OK, body=says(vat=None)
    ),
    "the code has no hyphens": body_at(FIRST_OK, code_def_dgi=FIRST_CODE),
    "the code is too short": body_at(FIRST_OK, code_def_dgi=code_def_dgi(1)[:-1]),
    "the code is in small letters": body_at(FIRST_OK, code_def_dgi=code_def_dgi(1).lower()),
    "the code is missing": body_at(FIRST_OK, code_def_dgi=None),
    "the code is a list": body_at(FIRST_OK, code_def_dgi=[code_def_dgi(1)]),
    "the QR names another code": body_at(FIRST_OK, code_def_dgi=code_def_dgi(2)),
    "the QR names another module": body_at(FIRST_OK, nim="CD01999902-1"),
    "the QR names another NIF": body_at(FIRST_OK, qr_code=QR.replace("A2512345Z", "A9999999Z")),
    "the QR is of another kind": body_at(FIRST_OK, qr_code=QR.replace("RDCF01", "F")),
    "the QR is cut short": body_at(FIRST_OK, qr_code=f"RDCF01;{NIM}"),
    "the QR is missing": body_at(FIRST_OK, qr_code=None),
    "the QR is a list": body_at(FIRST_OK, qr_code=[QR]),
    "the module's name is missing": body_at(FIRST_OK, nim=None),
    "the answer aims at another entry": body_at(FIRST_OK, entry_hash="0" * 64),
    "the answer aims at no entry": body_at(FIRST_OK, entry_hash=None),
    "the refusal aims at another entry": body_at(THIRD_NO, entry_hash="0" * 64),
    "the same invoice is normalised twice": normalised_twice,
    "the request carried another reference": sent(
        {"rn": "KIN01-1/2026/000002", "nif": "A2512345Z"}
    ),
    "the request carried another NIF": sent({"rn": "KIN01-1/2026/000001", "nif": "A9999999Z"}),
    "the request carried the reference deeper down": sent(
        {"nif": "A2512345Z", "client": {"rn": "KIN01-1/2026/000001"}}
    ),
    "the request carried no reference": sent({"nif": "A2512345Z"}),
    "the request is an array": sent(["KIN01-1/2026/000001", "A2512345Z"]),
    "the request is no JSON": sent(b"rn=KIN01-1/2026/000001"),
    "the request is no text": sent(b"\xff\xfe"),
    "the request is not base64url": body_at(FIRST_OK, request="+/+/"),
    "the request is missing": body_at(FIRST_OK, request=None),
    "the request is a list": body_at(FIRST_OK, request=["e30"]),
}

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
def test_a_fact_about_an_invoice_that_is_not_at_hand_is_counted(fact: str, number: Any) -> None:
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
