"""The seal, against a JOSE library that shares no code with ours, and against other spellings."""

import base64
import hashlib
import json
from typing import Any

import pytest
import qrcode
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from app.fiscal.errors import NotCanonical
from app.fiscal.seal import (
    NotASeal,
    auth_code,
    b64,
    invoice_statement,
    other_statement,
    parse_seal,
    qr_payload,
    unb64,
)
from tests.given.keys import KEY, ThrowAwayKey, throw_away_key
from tests.given.requests import canonical_invoice, example_request

INVOICE = canonical_invoice(example_request())
STATEMENT = invoice_statement(
    INVOICE,
    authority="kin-1",
    fiscal_number="KIN01-1-00000105",
    reference="KIN01-1/2026/000105",
    timestamp="2026-11-22T10:15:31Z",
    payload="a" * 64,
    previous="b" * 64,
)
SEAL = KEY.seal(STATEMENT)


def jose(key: ThrowAwayKey) -> ECKey:
    return ECKey.import_key({name: key.jwk()[name] for name in ("kty", "crv", "x", "y")})


def test_any_jose_library_verifies_the_seal() -> None:
    token = jws.deserialize_compact(SEAL, jose(KEY), algorithms=["ES256"])
    assert token.protected == {"alg": "ES256", "kid": "k1"}
    assert token.payload == rfc8785.dumps(STATEMENT)


def test_a_jose_library_refuses_it_under_another_key() -> None:
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(SEAL, jose(throw_away_key(secret=8)), algorithms=["ES256"])


def test_a_seal_of_a_jose_library_is_one_of_ours() -> None:
    numbers = KEY.private.private_numbers().private_value
    private = ECKey.import_key(
        {name: KEY.jwk()[name] for name in ("kty", "crv", "x", "y")}
        | {"d": b64(numbers.to_bytes(32, "big"))}
    )
    header = {"alg": "ES256", "kid": "k1"}
    seal = parse_seal(jws.serialize_compact(header, rfc8785.dumps(STATEMENT), private))
    assert seal.statement == STATEMENT


def test_the_statement_of_an_invoice_says_these_twelve_things() -> None:
    assert STATEMENT == {
        "v": "seal/1",
        "authority": "kin-1",
        "merchant_nif": "A2512345Z",
        "outlet_id": "KIN01",
        "fiscal_number": "KIN01-1-00000105",
        "reference": "KIN01-1/2026/000105",
        "invoice_type": "FV",
        "total": "288000.00",
        "currency": "CDF",
        "timestamp": "2026-11-22T10:15:31Z",
        "payload": "a" * 64,
        "previous": "b" * 64,
    }


def test_the_statement_of_another_kind_names_its_position_and_no_counter() -> None:
    statement = other_statement(
        kind="closing",
        authority="kin-1",
        merchant_nif="A2512345Z",
        outlet_id="KIN01",
        series="1",
        position=207,
        timestamp="2026-11-22T10:15:31Z",
        payload="a" * 64,
        previous="b" * 64,
    )
    assert statement == {
        "v": "seal/1",
        "kind": "closing",
        "authority": "kin-1",
        "merchant_nif": "A2512345Z",
        "outlet_id": "KIN01",
        "series": "1",
        "position": "207",
        "timestamp": "2026-11-22T10:15:31Z",
        "payload": "a" * 64,
        "previous": "b" * 64,
    }


def test_the_parts_of_a_seal_are_read_back() -> None:
    seal = parse_seal(SEAL)
    assert (seal.text, seal.header["kid"], seal.statement) == (SEAL, "k1", STATEMENT)
    assert seal.signing_input == SEAL.rpartition(".")[0].encode()
    assert seal.signature == KEY.sign(seal.signing_input)


# --- The authentication code


def crockford(signature: bytes) -> str:
    """The code again, bit by bit, with an alphabet made by leaving out I, L, O and U."""
    alphabet = [c for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in "ILOU"]
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(signature).digest())[:80]
    symbols = [alphabet[int(bits[n : n + 5], 2)] for n in range(0, 80, 5)]
    return "-".join("".join(symbols[n : n + 4]) for n in range(0, 16, 4))


def test_an_authentication_code_is_80_bits_of_the_hash_of_the_signature() -> None:
    # printf of the bytes 0 to 63 | sha256sum: fdeab9acf3710362bd26...
    assert hashlib.sha256(bytes(range(64))).hexdigest().startswith("fdeab9acf3710362bd26")
    assert auth_code(bytes(range(64))) == "ZQNB-KB7K-E41P-5F96"


@given(st.binary(min_size=64, max_size=64))
def test_an_authentication_code_is_crockford_base_32(signature: bytes) -> None:
    assert auth_code(signature) == crockford(signature)


# --- Other spellings


def jose_parts(
    header: Any = None, statement: Any = None, signature: bytes | None = None
) -> tuple[str, str, str]:
    def spelled(value: Any, otherwise: Any) -> str:
        if type(value) is bytes:
            return b64(value)
        return b64(rfc8785.dumps(otherwise if value is None else value))

    return (
        spelled(header, {"alg": "ES256", "kid": "k1"}),
        spelled(statement, STATEMENT),
        b64(KEY.sign(b"x") if signature is None else signature),
    )


def seal_of(**parts: Any) -> str:
    return ".".join(jose_parts(**parts))


NOT_SEALS = {
    "nothing": "",
    "a word": "seal",
    "two parts": SEAL.rpartition(".")[0],
    "four parts": SEAL + ".AA",
    "a blank after": SEAL + " ",
    "a line feed after": SEAL + "\n",
    "padding after the signature": SEAL + "==",
    "padding after the header": "=.".join(SEAL.split(".", 1)),
    "letters of plain base64": ".".join([*jose_parts()[:2], "+/" + jose_parts()[2][2:]]),
    "a letter that is no base64": SEAL[:-1] + "é",
    "a base64 part of impossible length": ".".join([*jose_parts()[:2], "A" * 85]),
    "stray bits in the last letter": SEAL[:-1] + ("x" if SEAL[-1] != "x" else "y"),
    "alg none": seal_of(header={"alg": "none", "kid": "k1"}),
    "alg none and no signature": seal_of(header={"alg": "none", "kid": "k1"}, signature=b""),
    "alg HS256": seal_of(header={"alg": "HS256", "kid": "k1"}),
    "alg in small letters": seal_of(header={"alg": "es256", "kid": "k1"}),
    "no kid": seal_of(header={"alg": "ES256"}),
    "no alg": seal_of(header={"kid": "k1"}),
    "a kid that is no text": seal_of(header={"alg": "ES256", "kid": ["k1"]}),
    "a type beside": seal_of(header={"alg": "ES256", "kid": "k1", "typ": "JWT"}),
    "a key beside": seal_of(header={"alg": "ES256", "kid": "k1", "jwk": {"kty": "EC"}}),
    "a critical extension": seal_of(header={"alg": "ES256", "kid": "k1", "crit": ["b64"]}),
    "a header in another order": seal_of(header=b'{"kid":"k1","alg":"ES256"}'),
    "a header with a blank": seal_of(header=b'{"alg": "ES256","kid":"k1"}'),
    "a header that names kid twice": seal_of(header=b'{"alg":"ES256","kid":"k0","kid":"k1"}'),
    "a header that is an array": seal_of(header=["ES256", "k1"]),
    "a statement in another order": seal_of(statement=json.dumps(STATEMENT).encode()),
    "a statement with a number": seal_of(statement=STATEMENT | {"total": 288000}),
    "a statement with null": seal_of(statement=STATEMENT | {"total": None}),
    "a statement that is no object": seal_of(statement=["seal/1"]),
    "a statement that is no text": seal_of(statement=b"\xff\xfe"),
    "a signature of 63 bytes": seal_of(signature=bytes(63)),
    "a signature of 65 bytes": seal_of(signature=bytes(65)),
    "a signature in DER": seal_of(signature=bytes.fromhex("3045") + bytes(69)),
    "no signature": seal_of(signature=b""),
}


@pytest.mark.parametrize("sentence", NOT_SEALS)
def test_a_seal_has_one_spelling(sentence: str) -> None:
    with pytest.raises(NotASeal) as refusal:
        parse_seal(NOT_SEALS[sentence])
    assert isinstance(refusal.value, NotCanonical)


@given(st.binary(max_size=80))
def test_base64url_without_padding_is_that_of_the_standard_library(data: bytes) -> None:
    assert b64(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert unb64(b64(data)) == data


@given(st.text(max_size=12) | st.text("ABab01-_+/= \n", max_size=12))
def test_a_text_is_refused_or_is_the_one_spelling_of_its_bytes(text: str) -> None:
    try:
        data = unb64(text)
    except NotASeal:
        return
    assert b64(data) == text


# --- The QR


def longest_seal(nif: str) -> str:
    """The seal whose every member has its greatest length."""
    key = throw_away_key("a" * 8, "k" * 8)
    totals = {"total": "9999999999999.99", "currency": "CDF"}
    statement = invoice_statement(
        {"merchant_nif": nif, "outlet_id": "KIN01", "invoice_type": "FV", "totals": totals},
        authority=key.authority,
        fiscal_number="KIN01-99-99999999",
        reference="KIN01-99/2026/999999",
        timestamp="2026-11-22T10:15:31Z",
        payload="f" * 64,
        previous="f" * 64,
    )
    return key.seal(statement)


def modules(payload: str) -> int:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L)
    code.add_data(payload, optimize=0)
    code.make(fit=True)
    return int(code.modules_count)


def test_the_longest_seal_under_a_nif_of_the_law_makes_a_qr_of_701_characters_at_most() -> None:
    payload = qr_payload("verif.bono.cd", longest_seal("A2512345Z"))
    assert payload.startswith("https://verif.bono.cd/v#eyJ")
    assert len(payload) <= 701
    assert modules(payload) <= 89


def test_even_the_longest_nif_we_read_leaves_89_modules_for_a_host_of_21_characters() -> None:
    payload = qr_payload("verification.bonop.cd", longest_seal("A" * 16))
    assert len(payload) == 718  # all that version 18 holds at level L
    assert modules(payload) == 89
