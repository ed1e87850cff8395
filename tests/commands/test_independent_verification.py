"""A stranger verifies an export with a JOSE library, RFC 8785 and SHA-256: no code of ours."""

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rfc8785
from joserfc import jws
from joserfc.jwk import KeySet

from tests.commands.broken_exports import Audit

GENESIS = "0" * 64
SEALED = {"opened", "invoice", "closing", "credential"}


def sha256(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def from_b64(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Stranger:
    """Walks an export with the published keys."""

    def __init__(self, path: Path, keys: Path) -> None:
        self.archive = zipfile.ZipFile(path)
        self.keys = KeySet.import_key_set(json.loads(keys.read_text()))
        self.invoices: dict[str, dict[str, Any]] = {}
        self.entry_hashes: dict[str, str] = {}
        self.facts: list[tuple[str, dict[str, Any]]] = []

    def signed(self, text: str) -> dict[str, Any]:
        """What a JWS says, after its signature was verified."""
        token = jws.deserialize_compact(text, self.keys, algorithms=["ES256"])
        assert set(token.headers()) == {"alg", "kid"}
        document: dict[str, Any] = json.loads(token.payload)
        assert rfc8785.dumps(document) == token.payload
        return document

    def manifest(self) -> dict[str, Any]:
        """The manifest, whose signature holds over its very bytes."""
        data = self.archive.read("manifest.json")
        document = self.signed(self.archive.read("manifest.jws").decode())
        assert rfc8785.dumps(document) == data
        return document

    def lines(self, manifest: dict[str, Any], series: str) -> Iterator[tuple[bytes, bytes]]:
        """Entry and body of every line of a series; the chunks have the hashes of the manifest."""
        for chunk in manifest["chunks"]:
            if not chunk["name"].startswith(f"series/{series}/"):
                continue
            data = self.archive.read(chunk["name"])
            assert sha256(data) == chunk["hash"]
            assert data.count(b"\n") == int(chunk["lines"])
            for line in data.splitlines():
                document = json.loads(line)
                assert rfc8785.dumps(document) == line
                yield document["entry"].encode(), from_b64(document["body"])

    def walk(self, manifest: dict[str, Any], span: dict[str, str]) -> int:
        """Every entry of a series follows the one before it and says its body; how many."""
        previous, position = span["previous"], int(span["first_position"]) - 1
        counter, last_at = 0, ""
        for raw, body in self.lines(manifest, span["series"]):
            entry, document = json.loads(raw), json.loads(body)
            assert rfc8785.dumps(entry) == raw
            assert rfc8785.dumps(document) == body
            assert (entry["v"], entry["body"]) == ("entry/1", sha256(body))
            assert (entry["previous"], int(entry["position"])) == (previous, position + 1)
            assert entry["recorded_at"] >= last_at
            assert ("seal" in entry) == (entry["kind"] in SEALED)
            if "seal" in entry:
                counter += self.sealed(entry, document, counter, sha256(raw))
            else:
                self.facts.append((entry["kind"], document))
            previous, position, last_at = sha256(raw), position + 1, entry["recorded_at"]
        assert (previous, str(position)) == (span["last_hash"], span["last_position"])
        return position - int(span["first_position"]) + 1

    def sealed(
        self, entry: dict[str, Any], invoice: dict[str, Any], counter: int, entry_hash: str
    ) -> int:
        """The seal says this entry and this body; how many numbers it uses."""
        statement = self.signed(entry["seal"])
        assert statement["v"] == "seal/1"
        assert (statement["payload"], statement["previous"]) == (entry["body"], entry["previous"])
        assert statement["timestamp"] == entry["recorded_at"]
        if entry["kind"] != "invoice":
            assert statement["kind"] == entry["kind"]
            return 0
        number = f"{entry['outlet_id']}-{entry['series']}-{counter + 1:08d}"
        assert statement["fiscal_number"] == number
        assert statement["total"] == invoice["totals"]["total"]
        assert statement["merchant_nif"] == invoice["merchant_nif"]
        self.invoices[number], self.entry_hashes[number] = invoice, entry_hash
        return 1


def test_a_stranger_verifies_every_hash_link_and_seal(fifty_sales: Audit) -> None:
    stranger = Stranger(fifty_sales.path, fifty_sales.keys)
    with stranger.archive:
        manifest = stranger.manifest()
        assert len(manifest["chunks"]) > 3
        assert {c["name"] for c in manifest["chunks"]} == {
            name for name in stranger.archive.namelist() if name.startswith("series/")
        }
        (span,) = manifest["series"]
        assert (span["first_position"], span["previous"]) == ("1", GENESIS)
        assert stranger.walk(manifest, span) == int(span["entries"])
        in_file = json.loads(stranger.archive.read("keys.jwks.json"))
        assert in_file == json.loads(fifty_sales.keys.read_text())
    assert len(stranger.invoices) == fifty_sales.invoices


def test_a_stranger_finds_what_the_dgi_said_of_each_invoice(fifty_sales: Audit) -> None:
    stranger = Stranger(fifty_sales.path, fifty_sales.keys)
    with stranger.archive:
        manifest = stranger.manifest()
        stranger.walk(manifest, manifest["series"][0])
    normalised = [body for kind, body in stranger.facts if kind == "normalised"]
    (refused,) = [body for kind, body in stranger.facts if kind == "refused"]
    assert len({body["code_def_dgi"] for body in normalised}) == fifty_sales.invoices - 1
    for body in [*normalised, refused]:
        assert body["entry_hash"] == stranger.entry_hashes[body["fiscal_number"]]
    for body in normalised:
        invoice = stranger.invoices[body["fiscal_number"]]
        sent = json.loads(from_b64(body["request"]))
        confirmed = json.loads(from_b64(body["confirmation"]))
        assert sent["nif"] == invoice["merchant_nif"]
        assert body["total"] == invoice["totals"]["total"]
        assert confirmed["codeDEFDGI"] == body["code_def_dgi"]
    assert stranger.invoices[refused["fiscal_number"]]["sale_id"] == fifty_sales.refused


def test_a_stranger_finds_the_original_of_the_credit_note(fifty_sales: Audit) -> None:
    stranger = Stranger(fifty_sales.path, fifty_sales.keys)
    with stranger.archive:
        manifest = stranger.manifest()
        stranger.walk(manifest, manifest["series"][0])
    (note,) = [i for i in stranger.invoices.values() if i["invoice_type"] == "FA"]
    assert note["credit"]["original"] == fifty_sales.credited
    original = stranger.invoices[fifty_sales.credited]
    assert note["items"][0]["unit_price"] == original["items"][0]["unit_price"]
    codes = {b["fiscal_number"]: b["code_def_dgi"] for k, b in stranger.facts if k == "normalised"}
    assert note["credit"]["code_def_dgi"] == codes[fifty_sales.credited]
