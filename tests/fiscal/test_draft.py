"""Reading a sale: every refusal names its rule and the JSON pointer of the member."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.canonical import decode
from app.fiscal.draft import SALE, read_draft, request_hash
from app.fiscal.errors import InvalidInvoice
from app.fiscal.reading import SECURITY_MEMBERS
from app.fiscal.tax import SpecificTax
from tests.given.requests import (
    SALE_ID,
    changed,
    credit_request,
    example_request,
    sale_id,
    tax_of,
    without,
)

REQUEST = example_request()
CREDIT = credit_request("KIN01-1-00000105")


def refused(request: Any, identity: str = SALE_ID) -> tuple[str, str]:
    with pytest.raises(InvalidInvoice) as refusal:
        read_draft(request, identity)
    assert refusal.value.detail.endswith(".")
    assert msgspec.json.encode([refusal.value.path, refusal.value.detail])
    return refusal.value.rule, refusal.value.path


def pointers(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every member of a document with its JSON pointer, objects and arrays included."""
    members = value.items() if type(value) is dict else enumerate(value)
    found = []
    for name, member in members:
        pointer = f"{path}/{name}"
        found.append((pointer, member))
        if type(member) in {dict, list}:
            found += pointers(member, pointer)
    return found


EVERYWHERE = pointers(REQUEST | {"credit": CREDIT["credit"], "replaces": sale_id(1)})
MEMBERS = [pointer for pointer, _ in EVERYWHERE]
LEAVES = [pointer for pointer, member in EVERYWHERE if type(member) is str]
OBJECTS = ["", *(pointer for pointer, member in EVERYWHERE if type(member) is dict)]
WHOLE = REQUEST | {"credit": CREDIT["credit"], "replaces": sale_id(1)}


def test_the_example_of_the_api_is_read_into_centimes_and_thousandths() -> None:
    draft = read_draft(REQUEST, SALE_ID)
    flour, wine = draft.items
    assert (draft.sale_id, draft.invoice_type, draft.comments) == (
        SALE_ID,
        "FV",
        {"B": "Livraison lundi"},
    )
    assert (flour.unit_price, flour.quantity, flour.specific_taxes) == (4_500_000, 2000, ())
    assert wine.specific_taxes == (SpecificTax("percent", 10_000, "Droit de conso."),)
    assert (wine.original_price, wine.price_change_reason) == (13_000_000, "Remise fidélité")
    assert draft.payments is not None
    phone, dollars = draft.payments
    assert (phone.provider, phone.reference, phone.rate) == ("M-PESA", "9XK22", None)
    assert (dollars.tendered, dollars.rate, dollars.rate_date) == (6600, 28_500_000, "2026-11-22")
    assert draft.expected is not None
    assert (draft.expected.total, draft.expected.vat) == (28_800_000, 3_972_414)


def test_what_may_be_absent_is_none_and_nothing_is_made_up() -> None:
    request = REQUEST
    for name in ("payments", "comments", "expected"):
        request = without(request, f"/{name}")
    draft = read_draft(request, SALE_ID)
    assert (draft.payments, draft.comments, draft.expected) == (None, {}, None)
    assert (draft.credit, draft.replaces) == (None, None)


def one_tax(tax: dict[str, str]) -> SpecificTax:
    draft = read_draft(changed(REQUEST, "/items/1/specific_tax", tax), SALE_ID)
    (read,) = draft.items[1].specific_taxes
    return read


def test_a_specific_tax_is_an_amount_unless_it_is_a_percentage() -> None:
    assert one_tax(tax_of("per_unit", "75.5")) == SpecificTax("per_unit", 7550, "Accise")
    assert one_tax(tax_of("amount", "75.5")) == SpecificTax("amount", 7550, "Accise")
    assert one_tax(tax_of("percent", "2.125")) == SpecificTax("percent", 2125, "Accise")
    for kind in ("per_unit", "amount"):
        assert refused(changed(REQUEST, "/items/1/specific_tax", tax_of(kind, "75.555"))) == (
            "format.decimal",
            "/items/1/specific_tax/value",
        )


def test_an_item_may_have_up_to_four_specific_taxes_and_says_them_in_one_place() -> None:
    request = without(REQUEST, "/items/1/specific_tax")
    pointer = "/items/1/specific_taxes"
    four = [tax_of("amount", "1"), tax_of("per_unit", "2"), tax_of("percent", "3", "FPI")]
    four.append(tax_of("amount", "4", "Redevance"))
    taxes = read_draft(changed(request, pointer, four), SALE_ID).items[1].specific_taxes
    assert [(tax.kind, tax.value) for tax in taxes] == [
        ("amount", 100),
        ("per_unit", 200),
        ("percent", 3000),
        ("amount", 400),
    ]
    for wrong in ([], [*four, tax_of("amount", "5")]):
        assert refused(changed(request, pointer, wrong)) == ("SFE-1.1.13", pointer)
    assert refused(changed(REQUEST, pointer, four)) == ("SFE-1.1.13", pointer)
    assert refused(changed(request, pointer, [four[0], tax_of("amount", "0.001")])) == (
        "format.decimal",
        f"{pointer}/1/value",
    )


# --- Members


@pytest.mark.parametrize("inside", OBJECTS)
@pytest.mark.parametrize("name", sorted(SECURITY_MEMBERS))
def test_a_security_element_that_is_sent_is_refused_wherever_it_stands(
    inside: str, name: str
) -> None:
    pointer = f"{inside}/{name}"
    assert refused(changed(WHOLE, pointer, "x")) == ("security.supplied", pointer)


@pytest.mark.parametrize("inside", OBJECTS)
@pytest.mark.parametrize("name", ["discount", "Client", "client ", "", "items[]", "é", "\x00"])
def test_an_unknown_member_is_refused_wherever_it_stands(inside: str, name: str) -> None:
    pointer = f"{inside}/{name}"
    assert refused(changed(WHOLE, pointer, "x")) == ("format.member", pointer)


def test_the_pointer_of_a_strange_name_is_escaped_short_and_encodable() -> None:
    assert refused(REQUEST | {"a/b~c": "x"}) == ("format.member", "/a~1b~0c")
    assert refused(REQUEST | {"\ud800": "x"}) == ("format.member", "/\\ud800")
    assert refused(REQUEST | {"x" * 1000: "x"}) == ("format.member", "/" + "x" * 64)


OPTIONAL = {
    *("/payments", "/comments", "/comments/B", "/expected", "/expected/total", "/expected/vat"),
    *("/credit", "/credit/original", "/replaces"),
    *("/client/name", "/client/nif", "/client/contact", "/client/address"),
    "/items/1/specific_tax",
    *("/items/1/original_price", "/items/1/price_change_reason"),
    *("/payments/0/provider", "/payments/0/reference"),
    *("/payments/1/tendered", "/payments/1/rate", "/payments/1/rate_date"),
}
ELEMENTS = {"/items/0", "/items/1", "/payments/0", "/payments/1"}


@pytest.mark.parametrize("pointer", [p for p in MEMBERS if p not in OPTIONAL | ELEMENTS])
def test_a_required_member_that_is_missing_is_named(pointer: str) -> None:
    assert refused(without(WHOLE, pointer)) == ("format.missing", pointer)


@pytest.mark.parametrize("pointer", sorted(OPTIONAL))
def test_an_optional_member_may_be_absent(pointer: str) -> None:
    assert read_draft(without(WHOLE, pointer), SALE_ID).sale_id == SALE_ID


@pytest.mark.parametrize("pointer", MEMBERS)
@pytest.mark.parametrize("value", [None, 1, 2.5, True, False], ids=str)
def test_null_numbers_and_booleans_are_refused_at_every_member(pointer: str, value: object) -> None:
    assert refused(changed(WHOLE, pointer, value)) == ("format.type", pointer)


@pytest.mark.parametrize("pointer", LEAVES)
@pytest.mark.parametrize("value", [{}, [], ["x"], {"x": "y"}], ids=str)
def test_a_text_is_no_object_and_no_array(pointer: str, value: object) -> None:
    assert refused(changed(WHOLE, pointer, value)) == ("format.type", pointer)


@pytest.mark.parametrize("pointer", [p for p in MEMBERS if p not in LEAVES])
def test_an_object_or_an_array_is_no_text(pointer: str) -> None:
    assert refused(changed(WHOLE, pointer, "x")) == ("format.type", pointer)


@pytest.mark.parametrize(
    ("pointer", "missing"),
    [
        ("/client", "/client/type"),
        ("/credit", "/credit/nature"),
        ("/expected", "/expected/tax_table"),
        ("/items/0", "/items/0/code"),
        ("/items/1/specific_tax", "/items/1/specific_tax/kind"),
        ("/payments/1", "/payments/1/method"),
    ],
)
def test_an_empty_object_lacks_its_first_required_member(pointer: str, missing: str) -> None:
    assert refused(changed(WHOLE, pointer, {})) == ("format.missing", missing)


@pytest.mark.parametrize("document", [None, [], "x", 1, [REQUEST]], ids=lambda d: type(d).__name__)
def test_a_sale_is_an_object(document: object) -> None:
    assert refused(document) == ("format.type", "")


# --- Texts

MOST_BYTES = {
    "/merchant_nif": 16,
    "/pos_terminal_id": 16,
    "/cashier_id": 16,
    "/operator": 32,
    "/client/name": 64,
    "/client/nif": 16,
    "/client/contact": 64,
    "/client/address": 64,
    "/items/0/code": 24,
    "/items/0/name": 64,
    "/items/0/unit": 16,
    "/items/1/specific_tax/label": 16,
    "/items/1/price_change_reason": 24,
    "/payments/0/provider": 32,
    "/payments/0/reference": 64,
    "/comments/B": 190,
    "/credit/original": 32,
    "/expected/tax_table": 16,
}


NIFS = ("/merchant_nif", "/client/nif")
"""They are cleaned, whatever way they are written: see test_texts.py."""
TEXTS = [pointer for pointer in MOST_BYTES if pointer not in NIFS]


@pytest.mark.parametrize("pointer", TEXTS)
def test_a_text_is_measured_in_bytes_of_utf_8(pointer: str) -> None:
    most = MOST_BYTES[pointer]
    for fits in ("x" * most, "é" * (most // 2), "x" + "粉" * ((most - 1) // 3)):
        assert read_draft(changed(WHOLE, pointer, fits), SALE_ID)
    flour = "粉" * (most // 3) + "x" * (most % 3 + 1)
    for too_long in ("x" * (most + 1), "é" * (most // 2) + "x", flour):
        assert len(too_long.encode()) == most + 1
        assert refused(changed(WHOLE, pointer, too_long)) == ("format.text", pointer)


BAD_TEXTS = {
    "nothing": "",
    "a blank": " ",
    "a blank before": " x",
    "a blank after": "x ",
    "a no-break space after": "x\u00a0",
    "an ideographic space before": "\u3000x",
    "NUL": "x\x00y",
    "a line feed": "x\ny",
    "a tab": "x\ty",
    "escape": "\x1b[2Jx",
    "delete": "x\x7fy",
    "a control character of the second set": "x\x85y",
    "a line separator": "x\u2028y",
    "a paragraph separator": "x\u2029y",
    "decomposed letters": "e\u0301te\u0301",
    "decomposed Korean": "\u1112\u1161\u11ab",
    "a singleton that NFC replaces": "\u212b",
    "a lone high surrogate": "x\ud83e",
    "a lone low surrogate": "\uddfex",
    "a zero-width space": "Ma\u200brie",
    "a Hangul filler": "x\u3164y",
    "a text that runs backwards": "x\u202ey",
    "a byte order mark": "\ufeffx",
    "a soft hyphen": "x\u00ady",
    "a joiner where no script needs one": "x\u200dy",
    "a tag": "x\U000e0041",
    "a variation selector": "x\ufe0f",
    "a private character": "x\ue000",
    "a character that does not exist": "x\u0378",
    "a noncharacter": "x\ufdd0",
    "a picture": "x\U0001f9fe",
    "a writing that no paper joins": "\u0645\u0631\u062d",
    "a blank of braille": "x\u2800y",
}


@pytest.mark.parametrize("pointer", NIFS)
def test_a_nif_has_sixteen_letters_and_digits_at_most(pointer: str) -> None:
    assert read_draft(changed(WHOLE, pointer, "x" * 16), SALE_ID)
    assert refused(changed(WHOLE, pointer, "x" * 17)) == ("format.text", pointer)


@pytest.mark.parametrize("sentence", BAD_TEXTS)
@pytest.mark.parametrize("pointer", TEXTS)
def test_a_text_that_a_paper_could_not_show_faithfully_is_refused(
    pointer: str, sentence: str
) -> None:
    assert refused(changed(WHOLE, pointer, BAD_TEXTS[sentence])) == ("format.text", pointer)


@pytest.mark.parametrize("name", ["Thé à l'œillet", "Мука", "面粉", "a\u00a0b", "x" * 64])
def test_a_name_in_any_writing_is_kept_as_sent(name: str) -> None:
    assert read_draft(changed(WHOLE, "/items/0/name", name), SALE_ID).items[0].name == name


# --- Numbers, codes, times, identifiers

DECIMALS = {
    "/items/0/unit_price": 2,
    "/items/0/quantity": 3,
    "/items/1/original_price": 2,
    "/items/1/specific_tax/value": 3,
    "/payments/0/amount": 2,
    "/payments/1/tendered": 2,
    "/payments/1/rate": 4,
    "/expected/total": 2,
    "/expected/vat": 2,
}


@pytest.mark.parametrize("pointer", DECIMALS)
@pytest.mark.parametrize(
    "text", ["1e3", "NaN", "-1", "+1", "01", " 1", "1.", ".5", "1,5", "\u0661", "", "1" * 14]
)
def test_a_number_with_any_other_spelling_is_refused_where_it_stands(
    pointer: str, text: str
) -> None:
    assert refused(changed(WHOLE, pointer, text)) == ("format.decimal", pointer)


@pytest.mark.parametrize("pointer", DECIMALS)
def test_a_number_with_a_decimal_too_many_is_refused(pointer: str) -> None:
    fits = "1." + "1" * DECIMALS[pointer]
    assert read_draft(changed(WHOLE, pointer, fits), SALE_ID)
    assert refused(changed(WHOLE, pointer, fits + "1")) == ("format.decimal", pointer)


CODES = {
    "/invoice_type": "SFE-1.1.7",
    "/price_mode": "SFE-1.5.3",
    "/client/type": "SFE-1.1.11",
    "/items/0/type": "SFE-1.1.16",
    "/items/0/tax_group": "tax.group",
    "/items/1/specific_tax/kind": "SFE-1.1.13",
    "/payments/0/method": "SFE-1.1.18",
    "/payments/0/currency": "SFE-1.1.30",
    "/credit/nature": "SFE-1.1.25",
}


@pytest.mark.parametrize("pointer", CODES)
@pytest.mark.parametrize("code", ["", "ZZ", "fv", "b", " FV", "FV ", "Q", "TG01", "EUR"])
def test_a_code_outside_the_list_of_the_law_is_refused_with_its_clause(
    pointer: str, code: str
) -> None:
    assert refused(changed(WHOLE, pointer, code)) == (CODES[pointer], pointer)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-02-30T10:00:00Z", "2025-02-29T10:00:00Z", "2026-13-01T10:00:00Z"),
        *("2026-00-10T10:00:00Z", "2026-11-31T10:00:00Z", "2026-11-22T24:00:00Z"),
        *("2026-11-22T10:60:00Z", "2026-11-22T10:15:60Z", "0000-01-01T00:00:00Z"),
        *("2026-11-22T10:15:30", "2026-11-22T10:15:30+0100", "2026-11-22T10:15:30+01"),
        *("2026-11-22 10:15:30Z", "2026-11-22T10:15:30.Z", "2026-11-22T10:15Z", "2026-11-22"),
        *("20261122T101530Z", "2026-W47-7T10:15:30Z", "", "now", "2026-11-22T10:15:30Z\n"),
        *("2026-11-22T10:15:30+24:00", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"),
        *("2026-11-22T10:15:30,5Z", "2026-11-22T10:15:30.1234567890Z", "2026-11-22T10:15:30 Z"),
        *("\u0662026-11-22T10:15:30Z", "1795000000", " 2026-11-22T10:15:30Z"),
    ],
)
def test_a_time_that_does_not_exist_or_says_no_offset_is_refused(text: str) -> None:
    assert refused(changed(WHOLE, "/timestamp", text)) == ("format.time", "/timestamp")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-22T10:15:30Z", "2026-11-22T10:15:30Z"),
        ("2026-11-22T10:15:30+00:00", "2026-11-22T10:15:30Z"),
        ("2026-11-22T10:15:30-00:00", "2026-11-22T10:15:30Z"),
        ("2026-11-22t10:15:30z", "2026-11-22T10:15:30Z"),
        ("2026-11-22T11:15:30+01:00", "2026-11-22T10:15:30Z"),
        ("2026-11-22T04:45:30-05:30", "2026-11-22T10:15:30Z"),
        ("2026-11-23T00:15:30.999+14:00", "2026-11-22T10:15:30Z"),
        ("2026-11-22T10:15:30.123456789Z", "2026-11-22T10:15:30Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_time_of_any_offset_is_kept_as_the_second_of_utc_that_it_lies_in(
    text: str, utc: str
) -> None:
    assert read_draft(changed(WHOLE, "/timestamp", text), SALE_ID).timestamp == utc


def test_every_member_at_fault_is_named_in_the_order_of_the_request() -> None:
    request = without(WHOLE, "/operator")
    for pointer, value in (
        ("/items/0/unit_price", "1e3"),
        ("/items/0/colour", "red"),
        ("/items/1/name", ""),
        ("/client/type", "XX"),
    ):
        request = changed(request, pointer, value)
    with pytest.raises(InvalidInvoice) as refusal:
        read_draft(request, SALE_ID)
    assert sorted((fault.rule, fault.path) for fault in refusal.value.each()) == [
        ("SFE-1.1.11", "/client/type"),
        ("format.decimal", "/items/0/unit_price"),
        ("format.member", "/items/0/colour"),
        ("format.missing", "/operator"),
        ("format.text", "/items/1/name"),
    ]
    assert refusal.value.each()[-1].path == "/operator"


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-11-22T00:00:00Z", "22/11/2026", "2026-11", "20261122", "2026-W47-7", ""],
)
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    pointer = "/payments/1/rate_date"
    assert refused(changed(WHOLE, pointer, text)) == ("format.time", pointer)


def test_the_29th_of_february_exists_in_a_leap_year() -> None:
    draft = read_draft(changed(WHOLE, "/timestamp", "2028-02-29T23:59:59Z"), SALE_ID)
    assert draft.timestamp == "2028-02-29T23:59:59Z"


BAD_IDENTIFIERS = [
    *("", "1", SALE_ID.upper(), SALE_ID.replace("-", ""), f"{{{SALE_ID}}}", SALE_ID + "\n"),
    *(SALE_ID[:-1], SALE_ID + "0", SALE_ID.replace("0", "g"), "urn:uuid:" + SALE_ID),
]


@pytest.mark.parametrize("identity", BAD_IDENTIFIERS)
def test_a_sale_is_named_by_a_uuid_in_lower_case(identity: str) -> None:
    assert refused(REQUEST, identity) == ("format.text", "/sale_id")
    assert refused(changed(WHOLE, "/replaces", identity)) == ("format.text", "/replaces")


@pytest.mark.parametrize(
    "code", ["", "K1", "KIN001", "kin01", "KIN-1", "KIN 1", "KIN0\u0661", "KIÑ"]
)
def test_an_outlet_is_named_by_three_to_five_capitals_or_digits(code: str) -> None:
    assert refused(changed(WHOLE, "/outlet_id", code)) == ("format.text", "/outlet_id")


# --- The hash of the request


def shuffled(value: Any, order: Any) -> Any:
    if type(value) is dict:
        names = order.sample(sorted(value), len(value))
        return {name: shuffled(value[name], order) for name in names}
    return [shuffled(member, order) for member in value] if type(value) is list else value


@given(
    st.randoms(use_true_random=False), st.sampled_from([None, 1]), st.sampled_from(["é", "\\u00e9"])
)
def test_the_request_hash_does_not_depend_on_the_order_or_the_spelling_of_members(
    order: Any, indent: int | None, spelling: str
) -> None:
    ascii_only = spelling != "é"
    sent = json.dumps(shuffled(WHOLE, order), indent=indent, ensure_ascii=ascii_only)
    assert spelling in sent
    assert read_draft(decode(sent.encode()), SALE_ID).request_hash == request_hash(WHOLE)


@pytest.mark.parametrize("pointer", LEAVES)
def test_the_request_hash_depends_on_every_member(pointer: str) -> None:
    assert request_hash(changed(WHOLE, pointer, "other")) != request_hash(WHOLE)
    assert request_hash(without(WHOLE, pointer)) != request_hash(WHOLE)


def test_the_request_hash_is_of_what_was_sent_and_not_of_what_it_means() -> None:
    shorter = changed(REQUEST, "/items/0/unit_price", "45000")
    assert read_draft(shorter, SALE_ID).items == read_draft(REQUEST, SALE_ID).items
    assert request_hash(shorter) != request_hash(REQUEST)


def test_the_request_hash_does_not_depend_on_the_address() -> None:
    one, two = read_draft(REQUEST, sale_id(1)), read_draft(REQUEST, sale_id(2))
    assert one.request_hash == two.request_hash


@pytest.mark.parametrize("document", [{"a": ""}, {"a": None}, {"a": "\ud800"}, {"é": "x"}])
def test_a_request_that_is_not_canonical_has_no_hash(document: object) -> None:
    with pytest.raises(InvalidInvoice) as refusal:
        request_hash(document)
    assert (refusal.value.rule, refusal.value.path) == ("format.text", "")


# --- The schema that the OpenAPI document shows is the table that reads


def admits(schema: dict[str, Any], value: Any) -> bool:
    """What a JSON Schema validator would say, of the few words that ours use."""
    if schema["type"] == "object":
        names = set(value)
        return (
            set(schema["required"]) <= names <= set(schema["properties"])
            and not schema["additionalProperties"]
            and all(admits(schema["properties"][name], value[name]) for name in names)
        )
    if schema["type"] == "array":
        return all(admits(schema["items"], element) for element in value)
    return (
        type(value) is str
        and value in schema.get("enum", [value])
        and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**6)
        and ("pattern" not in schema or re.search(schema["pattern"], value) is not None)
    )


def test_the_schema_admits_what_is_read() -> None:
    assert admits(SALE.schema(), WHOLE)


@pytest.mark.parametrize("pointer", sorted({*CODES, *DECIMALS, "/timestamp", "/outlet_id"}))
def test_the_schema_refuses_what_is_refused(pointer: str) -> None:
    assert not admits(SALE.schema(), changed(WHOLE, pointer, "?"))


@pytest.mark.parametrize("pointer", [p for p in LEAVES if p not in OPTIONAL])
def test_the_schema_requires_what_is_required(pointer: str) -> None:
    assert not admits(SALE.schema(), without(WHOLE, pointer))


def test_the_schema_names_days_and_times() -> None:
    properties = SALE.schema()["properties"]
    assert properties["timestamp"]["format"] == "date-time"
    assert properties["payments"]["items"]["properties"]["rate_date"]["format"] == "date"
