"""Steps 6 and 7: sentences, and the ledger that each describes."""

from collections.abc import Callable
from typing import Any

from app.fiscal.canonical import canonical, decode
from app.fiscal.seal import b64, unb64
from tests.fiscal.forging import forged
from tests.fiscal.sample_ledger import (
    CLOSING,
    CREDENTIAL,
    EVENT,
    FIRST,
    FIRST_OK,
    GOOD,
    OPENED,
    SECOND,
    Ledger,
    entry_at,
    statement_at,
)
from tests.given.keys import throw_away_key


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
