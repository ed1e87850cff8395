"""The one cleaner of every text, and the characters that none of them holds."""

import json
import unicodedata
from pathlib import Path

import pytest

from app.fiscal.draft import read_draft
from app.fiscal.errors import InvalidInvoice
from app.fiscal.invisible import UNICODE
from app.fiscal.printable import PRINTABLE, unprintable
from app.fiscal.rules import check_nif
from app.fiscal.texts import clean, clean_nif, has_word
from tests.given.requests import SALE_ID, changed, credit_request, example_request, read
from tests.vectors import make_characters, make_texts

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/texts.json").read_text())
ITS_UNICODE = pytest.mark.skipif(
    unicodedata.unidata_version != UNICODE, reason="another Unicode wrote the tables"
)


@ITS_UNICODE
def test_server_and_browser_have_the_table_that_unicode_says() -> None:
    for path, text in make_characters.files().items():
        assert path.read_text() == text, path


@ITS_UNICODE
def test_the_vectors_say_what_the_server_does() -> None:
    assert make_texts.vectors() == VECTORS


def test_the_table_ends_and_begins_where_the_vectors_say() -> None:
    edges = VECTORS["edges"]
    for edge in edges:
        here, before = (unprintable(chr(code)) is None for code in (edge, edge - 1))
        assert here != before, hex(edge)


@ITS_UNICODE
def test_papers_print_nothing_that_is_unseen_or_does_not_exist() -> None:
    printed = {code for first, last in PRINTABLE for code in range(first, last + 1)}
    assert not printed & make_characters.invisible()
    never = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    assert [hex(code) for code in printed if unicodedata.category(chr(code)) in never] == []


@pytest.mark.parametrize("text", make_texts.texts())
def test_a_clean_text_holds_nothing_more_to_clean(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once == once.strip()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("\u202a+243\u00a081 234 56 78\u202c", "+243 81 234 56 78"),
        ("9XK\t22", "9XK 22"),
        ("9XK\u202822 ", "9XK 22"),
        ("Ma\u200brie", "Marie"),
        ("\u3164", ""),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_what_was_pasted_becomes_what_was_meant(text: str, meant: str) -> None:
    assert clean(text) == meant


SPELLINGS = (
    "A2699999B",
    "a2699999b",
    "A 2699999 B",
    "A-2699999-B",
    "A2699999\u200bB",
    "A.2699999/B",
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_nif_has_one_spelling_however_it_was_written(spelling: str) -> None:
    request = changed(example_request(), "/client/nif", spelling)
    assert read(request).client.nif == "A2699999B"
    assert clean_nif(spelling) == "A2699999B"


def refused(request: object) -> tuple[str, str, str]:
    with pytest.raises(InvalidInvoice) as refusal:
        read_draft(request, SALE_ID)
    return refusal.value.rule, refusal.value.path, refusal.value.detail


@pytest.mark.parametrize("nif", ["", "\u200b", "-", "A269999é", "\u04102699999B"])
def test_a_nif_is_of_letters_and_digits(nif: str) -> None:
    rule, path, detail = refused(changed(example_request(), "/client/nif", nif))
    assert (rule, path) == ("format.text", "/client/nif")
    assert detail == "NIF du client : des lettres et des chiffres, sans accent."


@pytest.mark.parametrize(
    ("nif", "invoice_type", "of_the_dgi", "fits"),
    [
        ("A2699999B", "FV", True, True),
        ("abc", "FV", True, False),
        ("abc", "FV", False, False),
        ("00001234A", "FV", True, False),
        ("00001234A", "FV", False, True),
        ("FR12345678901", "EV", True, True),
        ("abc", "ET", True, False),
    ],
)
def test_a_nif_has_the_shape_that_its_authority_gives(
    nif: str, invoice_type: str, *, of_the_dgi: bool, fits: bool
) -> None:
    draft = read(changed(example_request(invoice_type=invoice_type), "/client/nif", nif))
    if fits:
        check_nif(draft, of_the_dgi=of_the_dgi)
        return
    with pytest.raises(InvalidInvoice) as refusal:
        check_nif(draft, of_the_dgi=of_the_dgi)
    assert (refusal.value.rule, refusal.value.path) == ("SFE-1.1.11", "/client/nif")


def test_nobody_without_a_nif_and_no_credit_note_is_asked_for_its_shape() -> None:
    check_nif(read(), of_the_dgi=True)
    client = {"type": "PM", "name": "Exemple", "nif": "abc"}  # as the original named him
    check_nif(read(credit_request("KIN01-1-00000105", client=client)), of_the_dgi=True)


@pytest.mark.parametrize("name", ["...", "— —", "\u0301\u0301"])
@pytest.mark.parametrize("pointer", ["/client/name", "/operator", "/items/0/name", "/items/0/code"])
def test_a_name_holds_a_letter_or_a_digit(pointer: str, name: str) -> None:
    rule, path, detail = refused(changed(example_request(), pointer, name))
    assert (rule, path) == ("format.text", pointer)
    assert detail.endswith("il faut une lettre ou un chiffre.")
    assert not has_word(name)


def test_a_refusal_names_the_field_and_the_limit_as_people_say_them() -> None:
    long = refused(changed(example_request(), "/client/name", "x" * 65))[2]
    assert long == "Nom du client : 64 caractères au plus."
    accents = refused(changed(example_request(), "/client/name", "é" * 33))[2]
    assert accents == (
        "Nom du client : 64 caractères au plus ; une lettre accentuée en compte deux."
    )
    unseen = refused(changed(example_request(), "/payments/0/reference", "9\u202eXK"))[2]
    assert unseen == (
        "Référence du paiement : le caractère U+202E ne se voit pas ou ne s'imprime pas."
    )
