"""The core judges the seals that the browser's verifier is tested with, and judges them alike."""

import json
from typing import Any

import pytest

from app.fiscal.seal import STATEMENT, NotASeal, auth_code, parse_seal
from app.fiscal.verification import SignatureFailed, read_keys, verify_signature
from tests.vectors import make_seal_vectors as vectors

VECTORS: dict[str, Any] = json.loads(vectors.FILE.read_text(encoding="utf-8"))
KEYS = read_keys(VECTORS)


def _verdict(text: str) -> str:
    """Which check of the core says no, in the words of the vectors; `valid` when none does."""
    try:
        seal = parse_seal(text)
    except NotASeal:
        return "form"
    key = KEYS.get(seal.header["kid"])
    if key is None:
        return "key"
    says = seal.statement
    if says["v"] != STATEMENT:
        return "statement"
    if not key.may_seal(says["authority"], says["outlet_id"], says["timestamp"]):
        return "rights"
    try:
        verify_signature(key.key, seal.signature, seal.signing_input)
    except SignatureFailed:
        return "signature"
    return "valid"


def test_the_vectors_are_what_the_core_makes_today() -> None:
    assert vectors.FILE.read_text(encoding="utf-8") == vectors.text()


@pytest.mark.parametrize("case", VECTORS["valid"], ids=lambda case: case["name"])
def test_the_core_holds_a_valid_vector_for_valid(case: dict[str, Any]) -> None:
    seal = parse_seal(case["seal"])
    assert _verdict(case["seal"]) == "valid"
    assert (seal.statement, auth_code(seal.signature)) == (case["statement"], case["auth_code"])


# What a statement says beside `v`, the core compares with the entry, which is not at hand here.
_ALONE = [case for case in VECTORS["refused"] if case["reason"] != "statement"]


@pytest.mark.parametrize("case", _ALONE, ids=lambda case: case["name"])
def test_the_core_refuses_a_broken_vector_for_the_same_reason(case: dict[str, Any]) -> None:
    assert _verdict(case["seal"]) == case["reason"]
