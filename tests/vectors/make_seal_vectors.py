"""Writes `seal-vectors.json`: seals made by the core, each broken in exactly one way.

    python -m tests.vectors.make_seal_vectors

Each run writes the same bytes. The core judges the file in `tests/fiscal/test_seal_vectors.py`, the
second verifier, `web/static/js/verify/seal.js`, in `tests/web/verify/seal.test.js`. `agreed_by`
names the verifier where it stood when the two agreed.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.fiscal.canonical import canonical
from app.fiscal.seal import (
    auth_code,
    b64,
    compact,
    invoice_statement,
    other_statement,
    protected_header,
    signing_input,
    unb64,
)
from tests.given.keys import ThrowAwayKey, throw_away_key

FILE = Path(__file__).with_name("seal-vectors.json")
NOT_BEFORE, NOT_AFTER = "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z"
CENTRE = throw_away_key("centre", "kin-1", 20260219)
BOX = throw_away_key("box", "box-7", 20251201)
NOBODY = throw_away_key("centre", "kin-9", 20260219)

STATEMENT = invoice_statement(
    {
        "merchant_nif": "A2512345Z",
        "outlet_id": "KIN01",
        "invoice_type": "FV",
        "totals": {"total": "308000.50", "currency": "CDF"},
    },
    authority="centre",
    fiscal_number="KIN01-1-00000105",
    reference="KIN01-1/2026/000105",
    timestamp="2026-11-22T10:15:31Z",
    payload="a" * 64,
    previous="b" * 64,
)
OPENED = other_statement(
    kind="opened",
    authority="centre",
    merchant_nif="A2512345Z",
    outlet_id="KIN01",
    series="1",
    position=1,
    timestamp="2026-11-22T10:15:31Z",
    payload="a" * 64,
    previous="0" * 64,
)
Case = dict[str, Any]


def _jwks() -> list[dict[str, Any]]:
    life = {"nbf": NOT_BEFORE, "exp": NOT_AFTER}
    return [CENTRE.jwk(**life), BOX.jwk(**life, outlets=["KIN01", "LUB02"])]


def _raw(payload: bytes, header: bytes | None = None) -> str:
    """A seal over these very bytes, with a signature that holds."""
    head = protected_header("kin-1") if header is None else b64(header)
    to_sign = f"{head}.{b64(payload)}".encode()
    return compact(to_sign, CENTRE.sign(to_sign))


def _seal(
    statement: Mapping[str, Any], key: ThrowAwayKey = CENTRE, signer: ThrowAwayKey | None = None
) -> str:
    """A seal that names `key`, made by `signer` when that is another one."""
    to_sign = signing_input(key.kid, statement)
    return compact(to_sign, (signer or key).sign(to_sign))


def _valid(name: str, key: ThrowAwayKey, **changes: str) -> Case:
    statement = STATEMENT | changes | {"authority": key.authority}
    seal = _seal(statement, key)
    code = auth_code(unb64(seal.rpartition(".")[2]))
    return {"name": name, "seal": seal, "statement": statement, "auth_code": code}


def _good() -> Iterator[Case]:
    yield _valid("a seal of the centre", CENTRE)
    yield _valid("a seal of a key that may seal for two outlets", BOX)
    yield _valid("the first second of a key", CENTRE, timestamp=NOT_BEFORE)
    yield _valid("the last second of a key", CENTRE, timestamp=NOT_AFTER)
    yield _valid("the largest total", CENTRE, total="9999999999999.99")
    yield _valid("a credit note", CENTRE, invoice_type="FA")


def _spelt_otherwise(text: str) -> str:
    """The same bytes in base64url with the spare bits of the last symbol set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def _malformed() -> Iterator[tuple[str, str]]:
    """Seals that are none, though their signature holds where they have one."""
    seal, plain = _seal(STATEMENT), canonical(STATEMENT)
    head, payload, signature = seal.split(".")
    yield "no text", ""
    yield "two parts", f"{head}.{payload}"
    yield "four parts", f"{seal}.{signature}"
    yield "a detached payload", f"{head}..{signature}"
    yield "padding", f"{seal}=="
    yield "base64 that is not base64url", f"{head}.{payload}.+/{signature[2:]}"
    yield "a line break at the end", f"{seal}\n"
    yield "another spelling of the signature", _spelt_otherwise(seal)
    yield "a signature of 63 bytes", f"{head}.{payload}.{b64(unb64(signature)[:63])}"
    yield "a signature of 65 bytes", f"{head}.{payload}.{b64(unb64(signature) + bytes(1))}"
    yield "alg none", _raw(plain, canonical({"alg": "none", "kid": "kin-1"}))
    yield "alg ES384", _raw(plain, canonical({"alg": "ES384", "kid": "kin-1"}))
    typed = canonical({"alg": "ES256", "kid": "kin-1", "typ": "JWT"})
    yield "a third member in the header", _raw(plain, typed)
    yield "no kid", _raw(plain, canonical({"alg": "ES256"}))
    yield "a kid that is no text", _raw(plain, canonical({"alg": "ES256", "kid": ["kin-1"]}))
    yield "a header in another order", _raw(plain, b'{"kid":"kin-1","alg":"ES256"}')
    yield "a blank in the payload", _raw(plain.replace(b'":"', b'": "', 1))
    backwards = dict(sorted(STATEMENT.items(), reverse=True))
    yield "members in another order", _raw(json.dumps(backwards, separators=(",", ":")).encode())
    twice = plain.replace(b'"total":', b'"total":"1.00","total":')
    yield "a member that stands twice", _raw(twice)
    yield "an escape that needs none", _raw(plain.replace(b'"CDF"', b'"\\u0043DF"'))
    yield "an empty string", _raw(plain.replace(b'"FV"', b'""'))
    yield "a number", _raw(plain.replace(b'"308000.50"', b"308000.5"))
    yield "null", _raw(plain.replace(b'"308000.50"', b"null"))
    yield "a lone surrogate", _raw(plain.replace(b'"FV"', b'"\\ud800"'))
    yield "a byte-order mark", _raw(b"\xef\xbb\xbf" + plain)
    yield "bytes that are not UTF-8", _raw(plain.replace(b'"FV"', b'"\xff"'))
    yield "a member name that is not ASCII", _raw(plain.replace(b'"v":', '"é":'.encode()))
    yield "an array", _raw(canonical([STATEMENT]))
    yield "no JSON at all", _raw(b"KIN01-1-00000105")


def _other_statements() -> Iterator[tuple[str, str]]:
    """Well-formed seals that state no invoice of ours."""
    yield "a later version", _seal(STATEMENT | {"v": "seal/2"})
    yield "a credential", _seal(STATEMENT | {"v": "credential/1"})
    yield "the opening of a series", _seal(OPENED)
    yield "a member too many", _seal(STATEMENT | {"kind": "invoice"})
    without = {name: value for name, value in STATEMENT.items() if name != "reference"}
    yield "a member too few", _seal(without)
    yield "a total with one decimal", _seal(STATEMENT | {"total": "308000.5"})
    yield "a total below zero", _seal(STATEMENT | {"total": "-308000.50"})
    yield "dollars", _seal(STATEMENT | {"currency": "USD"})
    yield "the number of another outlet", _seal(STATEMENT | {"fiscal_number": "LUB02-1-00000105"})
    yield "a total that is an array", _seal({**STATEMENT, "total": [STATEMENT["total"]]})


def _unknown_key() -> Iterator[tuple[str, str]]:
    yield "a key that nobody published", _seal(STATEMENT, NOBODY)


def _without_right() -> Iterator[tuple[str, str]]:
    """Signed by a key of ours that was not to sign this."""
    box = STATEMENT | {"authority": "box"}
    yield "the name of another authority", _seal(STATEMENT | {"authority": "box"})
    yield "a second before the key", _seal(STATEMENT | {"timestamp": "2025-12-31T23:59:59Z"})
    yield "a second after the key", _seal(STATEMENT | {"timestamp": "2027-01-01T00:00:00Z"})
    other = {"outlet_id": "GOM03", "fiscal_number": "GOM03-1-00000105"}
    yield "an outlet that the key may not seal for", _seal(box | other, BOX)
    part = {"outlet_id": "KIN", "fiscal_number": "KIN-1-00000105"}
    yield "a part of the name of an outlet", _seal(box | part, BOX)


def _forged() -> Iterator[tuple[str, str]]:
    """Signatures that do not hold."""
    seal = _seal(STATEMENT)
    head, payload, signature = seal.split(".")
    changed = b64(canonical(STATEMENT | {"total": "8000.50"}))
    yield "a changed total", f"{head}.{changed}.{signature}"
    raw = unb64(signature)
    yield "a flipped bit", f"{head}.{payload}.{b64(bytes([raw[0] ^ 1]) + raw[1:])}"
    yield "r and s exchanged", f"{head}.{payload}.{b64(raw[32:] + raw[:32])}"
    yield "a signature of zeros", f"{head}.{payload}.{b64(bytes(64))}"
    yield "the signature of another key", _seal(STATEMENT, CENTRE, signer=BOX)
    other = _seal(STATEMENT | {"payload": "c" * 64}).rpartition(".")[2]
    yield "the signature of another invoice", f"{head}.{payload}.{other}"


def _refused(reason: str, make: Callable[[], Iterator[tuple[str, str]]]) -> list[Case]:
    return [{"name": name, "seal": seal, "reason": reason} for name, seal in make()]


def text() -> str:
    """The whole file."""
    document = {
        "made_by": "tests/vectors/make_seal_vectors.py",
        "agreed_by": "web/static/js/seal.js",
        "keys": _jwks(),
        "valid": list(_good()),
        "refused": [
            *_refused("form", _malformed),
            *_refused("statement", _other_statements),
            *_refused("key", _unknown_key),
            *_refused("rights", _without_right),
            *_refused("signature", _forged),
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
