"""A forger who holds the key: changes one thing in a ledger and makes everything else fit again."""

from collections.abc import Callable, Sequence
from typing import Any

import rfc8785

from app.fiscal.canonical import decode, digest
from app.fiscal.proof import StoredEntry
from app.fiscal.seal import b64, parse_seal
from tests.given.keys import KEY, ThrowAwayKey
from tests.given.requests import Document

Change = Callable[[Document], Any]
"""What to make of a decoded document; bytes are taken as they are."""


def same(document: Document) -> Document:
    return document


def says(**members: Any) -> Change:
    """The same document with these members; None takes a member away."""

    def change(document: Document) -> Document:
        return {n: v for n, v in (document | members).items() if v is not None}

    return change


def spelled(value: Any) -> bytes:
    return value if type(value) is bytes else rfc8785.dumps(value)


def jws(key: ThrowAwayKey, statement: Any, header: Any = None) -> str:
    """A compact JWS of anything, under a header of any kind."""
    protected = {"alg": "ES256", "kid": key.kid} if header is None else header
    to_sign = f"{b64(spelled(protected))}.{b64(spelled(statement))}"
    return f"{to_sign}.{b64(key.sign(to_sign.encode()))}"


def forged(
    entries: Sequence[StoredEntry],
    index: int,
    *,
    body: Change = same,
    statement: Change = same,
    entry: Change = same,
    key: ThrowAwayKey = KEY,
    header: Any = None,
) -> list[StoredEntry]:
    """The ledger with that entry changed, resealed by `key`, and every later one fitted to it.

    Hashes that follow from the change are made right, in bodies too; then `statement` and `entry`
    may make them wrong.
    """
    renamed: dict[bytes, bytes] = {}
    made = list(entries[:index])
    for n, stored in enumerate(entries[index:], index):
        mine = n == index
        data = _renamed(stored.body, renamed)
        if mine:
            data = spelled(body(decode(data)))
        document = decode(_renamed(stored.entry, renamed)) | {"body": digest(data)}
        if "seal" in document:
            said = parse_seal(document["seal"]).statement
            said |= {"payload": document["body"], "previous": document["previous"]}
            own = statement(said) if mine else said
            document["seal"] = jws(key if mine else KEY, own, header if mine else None)
        new = spelled(entry(document) if mine else document)
        renamed[digest(stored.entry).encode()] = digest(new).encode()
        made.append(StoredEntry(new, data, digest(new)))
    return made


def _renamed(data: bytes, renamed: dict[bytes, bytes]) -> bytes:
    for old, new in renamed.items():
        data = data.replace(old, new)
    return data
