"""A real export to verify and to break: some fifty sales, a credit note and a refused sale."""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.fiscal.canonical import canonical, digest
from app.fiscal.seal import b64, unb64
from app.services.ledger.party import SealingParty
from app.services.proof.exports import Days, manifest_seal, write_export
from app.signing.software import open_software_signer
from app.wiring import AUTHORITY
from tests.given.keys import ThrowAwayKey, throw_away_key
from tests.given.requests import cash, credit_request, flour, sale_request
from tests.given.shop_as_process import RunningShop, example, new_id, opened

Members = dict[str, bytes]

SALES: Final = 47
CHUNK_LINES: Final = 20
"""Small enough for several chunks."""
STRANGER: Final = throw_away_key(AUTHORITY, "demo-1", secret=99)
"""A key that says it is the shop's."""


@dataclass(frozen=True)
class Audit:
    """An export on disk, the published keys beside it, and what was sold."""

    path: Path
    keys: Path
    credited: str
    """The fiscal number that the credit note takes back."""
    refused: str
    """The sale id that the DGI refused."""
    invoices: int


def sell_fifty(shop: RunningShop) -> tuple[str, str]:
    """The sales stand in the shop; the credited number and the refused sale."""
    for number in range(SALES):
        if number % 10 == 9:
            shop.sell(example())
        else:
            quantity = str(number % 5 + 1)
            total = f"{45_000 * (number % 5 + 1)}.00"
            shop.sell(sale_request(items=[flour(quantity=quantity)], payments=[cash(total)]))
    original = shop.sell()["security"]["fiscal_number"]
    shop.sell(credit_request(original))
    shop.fail({"on": "post", "times": 1, "fault": "error_in_200", "code": "4", "text": "Non."})
    refused = new_id()
    assert shop.put(sale_request(), refused).json()["status"] == "refused"
    shop.fail()
    return original, refused


def write_audit(var: Path, output: Path) -> None:
    """The export of the shop that ran in that folder, written here."""
    signer = open_software_signer(AUTHORITY, "demo-1", var / "keys" / "demo-1.pem", make=True)
    party = SealingParty(signer, "1", "127.0.0.1:8000")
    with opened(var) as engine:
        write_export(
            engine,
            "KIN01",
            Days(),
            output,
            lambda document: manifest_seal(party, document),
            "2026-11-22T12:00:00Z",
        )


# --- Breaking it


def read_members(path: Path) -> Members:
    """The members of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_members(path: Path, members: Mapping[str, bytes]) -> None:
    """A zip with those members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def chunks(members: Mapping[str, bytes]) -> list[str]:
    """The names of the chunks, in order."""
    return sorted(name for name in members if name.startswith("series/"))


def lines(members: Mapping[str, bytes]) -> list[bytes]:
    """Every line of every chunk."""
    return [line for name in chunks(members) for line in members[name].splitlines(keepends=True)]


def with_lines(members: Members, changed: Iterable[bytes]) -> Members:
    """The same chunks with other lines; the last one takes what is over or is shorter."""
    rest, names = list(changed), chunks(members)
    result = dict(members)
    for name in names[:-1]:
        count = len(members[name].splitlines())
        result[name], rest = b"".join(rest[:count]), rest[count:]
    result[names[-1]] = b"".join(rest)
    return result


def reforged(members: Members, key: ThrowAwayKey = STRANGER) -> Members:
    """A manifest that fits the chunks, signed by a stranger whose key stands beside the shop's."""
    manifest = json.loads(members["manifest.json"])
    entries = [json.loads(line)["entry"] for line in lines(members)]
    first, last = json.loads(entries[0]), json.loads(entries[-1])
    manifest["series"][0] |= {
        "first_position": first["position"],
        "first_hash": digest(entries[0].encode()),
        "last_position": last["position"],
        "last_hash": digest(entries[-1].encode()),
        "previous": first["previous"],
        "entries": str(len(entries)),
    }
    manifest["chunks"] = [
        {
            "name": name,
            "lines": str(len(members[name].splitlines())),
            "hash": digest(members[name]),
        }
        for name in chunks(members)
    ]
    keys = json.loads(members["keys.jwks.json"])
    forger = ThrowAwayKey(key.authority, "forger", key.private)
    keys["keys"].append(forger.jwk())
    return members | {
        "manifest.json": canonical(manifest),
        "manifest.jws": forger.seal(manifest).encode(),
        "keys.jwks.json": canonical(keys),
    }


def with_body(line: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The line of an invoice whose body says something else, with its hashes made to fit."""
    document = json.loads(line)
    body = json.loads(unb64(document["body"]))
    change(body)
    stored = canonical(body)
    entry = json.loads(document["entry"]) | {"body": digest(stored)}
    return canonical({"body": b64(stored), "entry": canonical(entry).decode()}) + b"\n"


def rechained(changed: Iterable[bytes]) -> list[bytes]:
    """The lines with every `previous` made to fit the entry before it."""
    result: list[bytes] = []
    before = "0" * 64
    for line in changed:
        document = json.loads(line)
        entry = canonical(json.loads(document["entry"]) | {"previous": before})
        before = digest(entry)
        result.append(canonical(document | {"entry": entry.decode()}) + b"\n")
    return result
