"""Public keys as strangers get them, and what a signature under them proves."""

from typing import Any

import pytest
from joserfc.jwk import ECKey

from app.fiscal.seal import NotASeal, b64
from app.fiscal.verification import (
    SignatureFailed,
    key_of,
    read_keys,
    thumbprint,
    verify_jws,
    verify_signature,
)
from tests.given.keys import KEY, jwks, public_keys, throw_away_key
from tests.given.requests import without

JWK = KEY.jwk()
STATEMENT = {"v": "seal/1", "total": "288000.00"}
OTHER = throw_away_key(secret=8)


def test_a_seal_under_a_known_key_holds() -> None:
    assert verify_jws(KEY.seal(STATEMENT), public_keys()).statement == STATEMENT


def test_a_seal_under_an_unknown_key_does_not_hold() -> None:
    with pytest.raises(NotASeal, match="unknown key k1"):
        verify_jws(KEY.seal(STATEMENT), public_keys(throw_away_key(kid="k2")))


def test_a_seal_under_another_key_of_the_same_name_does_not_hold() -> None:
    with pytest.raises(NotASeal, match="does not hold"):
        verify_jws(OTHER.seal(STATEMENT), public_keys())


def test_a_text_that_is_no_seal_does_not_hold() -> None:
    with pytest.raises(NotASeal):
        verify_jws("eyJ", public_keys())


SIGNED = b"what was signed"
GOOD = KEY.sign(SIGNED)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGNATURES = {
    "one bit of r": bytes([GOOD[0] ^ 1]) + GOOD[1:],
    "one bit of s": GOOD[:-1] + bytes([GOOD[-1] ^ 1]),
    "r and s exchanged": GOOD[32:] + GOOD[:32],
    "zeros": bytes(64),
    "r of zero": bytes(32) + GOOD[32:],
    "s of zero": GOOD[:32] + bytes(32),
    "r of the order": ORDER.to_bytes(32, "big") + GOOD[32:],
    "all ones": b"\xff" * 64,
    "a byte too few": GOOD[:-1],
    "a byte too many": GOOD + b"\0",
    "a zero byte between r and s": GOOD[:32] + b"\0" + GOOD[32:],
    "nothing": b"",
    "another key's": OTHER.sign(SIGNED),
}


@pytest.mark.parametrize("sentence", SIGNATURES)
def test_a_signature_with_another_content_fails(sentence: str) -> None:
    with pytest.raises(SignatureFailed):
        verify_signature(key_of(JWK), SIGNATURES[sentence], SIGNED)


def test_a_signature_of_other_bytes_fails() -> None:
    verify_signature(key_of(JWK), GOOD, SIGNED)
    with pytest.raises(SignatureFailed):
        verify_signature(key_of(JWK), GOOD, SIGNED + b" ")


def test_a_signature_is_64_bytes_even_when_its_number_needs_fewer() -> None:
    signed = next(s for s in (b"%d" % n for n in range(10_000)) if KEY.sign(s)[32] == 0)
    signature = KEY.sign(signed)
    verify_signature(key_of(JWK), signature, signed)
    with pytest.raises(SignatureFailed):
        verify_signature(key_of(JWK), signature[:32] + signature[33:], signed)


# --- When and where a key may seal


@pytest.mark.parametrize(
    ("authority", "outlet", "when", "may"),
    [
        ("kin-1", "KIN01", "2026-01-01T00:00:00Z", True),
        ("kin-1", "KIN02", "2026-12-31T23:59:59Z", True),
        ("kin-1", "KIN01", "2025-12-31T23:59:59Z", False),
        ("kin-1", "KIN01", "2027-01-01T00:00:00Z", False),
        ("kin-1", "KIN03", "2026-06-01T00:00:00Z", False),
        ("kin-2", "KIN01", "2026-06-01T00:00:00Z", False),
        ("", "KIN01", "2026-06-01T00:00:00Z", False),
        ("kin-1", "KIN01", "", False),
    ],
)
def test_a_key_seals_for_its_party_in_its_outlets_from_nbf_to_exp(
    authority: str, outlet: str, when: str, *, may: bool
) -> None:
    jwk = KEY.jwk(
        nbf="2026-01-01T00:00:00Z", exp="2026-12-31T23:59:59Z", outlets=["KIN01", "KIN02"]
    )
    key = read_keys({"keys": [jwk]})["k1"]
    assert key.may_seal(authority, outlet, when) is may


def test_a_star_stands_for_every_outlet_and_an_empty_list_for_none() -> None:
    everywhere = read_keys({"keys": [KEY.jwk(outlets="*")]})["k1"]
    nowhere = read_keys({"keys": [KEY.jwk(outlets=[])]})["k1"]
    assert everywhere.may_seal("kin-1", "XYZ", "2026-06-01T00:00:00Z")
    assert not nowhere.may_seal("kin-1", "KIN01", "2026-06-01T00:00:00Z")


# --- Reading them

NOT_KEYS: dict[str, Any] = {
    "another curve": JWK | {"crv": "P-384"},
    "another kind": JWK | {"kty": "RSA"},
    "no curve": without(JWK, "/crv"),
    "no x": without(JWK, "/x"),
    "no y": without(JWK, "/y"),
    "a point off the curve": JWK | {"x": b64(bytes(31) + b"\1")},
    "the point at infinity": JWK | {"x": b64(bytes(32)), "y": b64(bytes(32))},
    "a coordinate with a leading zero too many": JWK | {"x": "AA" + JWK["x"]},
    "an empty coordinate": JWK | {"x": ""},
    "a coordinate with padding": JWK | {"x": JWK["x"] + "="},
    "a coordinate that is a number": JWK | {"x": 5},
    "a coordinate that is null": JWK | {"y": None},
    "no kid": without(JWK, "/kid"),
    "a kid that is a list": JWK | {"kid": ["k1"]},
    "a kid that is a number": JWK | {"kid": 1},
    "no authority": without(JWK, "/authority"),
    "an authority that is null": JWK | {"authority": None},
    "no nbf": without(JWK, "/nbf"),
    "an nbf in seconds, as a JWT has it": JWK | {"nbf": 1_795_000_000},
    "no exp": without(JWK, "/exp"),
    "an exp that is null": JWK | {"exp": None},
    "no outlets": without(JWK, "/outlets"),
    "one outlet as a text": JWK | {"outlets": "KIN01"},
    "outlets that are null": JWK | {"outlets": None},
    "outlets that are lists": JWK | {"outlets": [["KIN01"]]},
    "a text": "k1",
    "null": None,
}


@pytest.mark.parametrize("sentence", NOT_KEYS)
def test_a_key_set_with_a_key_that_is_none_is_refused(sentence: str) -> None:
    with pytest.raises(NotASeal):
        read_keys({"keys": [JWK | {"kid": "k0"}, NOT_KEYS[sentence]]})


@pytest.mark.parametrize(
    "document",
    [None, [], "keys", 1, {}, {"keys": None}, {"keys": 1}, {"keys": {"a": "b"}}],
    ids=str,
)
def test_what_is_no_key_set_is_refused(document: Any) -> None:
    with pytest.raises(NotASeal):
        read_keys(document)


def test_two_keys_of_one_name_are_refused() -> None:
    with pytest.raises(NotASeal, match="same kid"):
        read_keys(jwks(KEY, OTHER))


def test_the_fingerprint_is_that_of_rfc_7638() -> None:
    members = {name: JWK[name] for name in ("kty", "crv", "x", "y")}
    assert thumbprint(JWK) == ECKey.import_key(members).thumbprint()
    # RFC 7638 leaves out everything but the key: its fingerprint survives a new name.
    assert thumbprint(JWK | {"kid": "k9"}) == thumbprint(JWK)
