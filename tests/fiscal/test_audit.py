"""The export: its lines, its chunks, and what a manifest may say."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fiscal.audit import (
    README_TEXT,
    Chunk,
    Range,
    check_chunk,
    chunk_name,
    export_line,
    manifest,
    read_chunks,
    read_line,
    read_ranges,
)
from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import NotCanonical
from app.fiscal.proof import Start, StoredEntry, verify_ledger
from tests.given.keys import public_keys
from tests.given.ledgers import normalise, open_book, sell
from tests.given.requests import NIF, OUTLET, Document, changed, without

BOOK = open_book()
normalise(BOOK, sell(BOOK))
STORED = [StoredEntry(stored.entry, stored.body) for stored in BOOK.entries]
LINES = [export_line(stored) for stored in STORED]
DATA = b"".join(LINES)
CHUNK = Chunk("series/1/000001.jsonl", 3, digest(DATA))
RANGE = Range(
    series="1",
    first_position=1,
    first_hash=digest(STORED[0].entry),
    last_position=3,
    last_hash=BOOK.head.entry_hash,
    before="0" * 64,
    entries=3,
)
MANIFEST = manifest(OUTLET, NIF, "2026-11-22T12:00:00Z", [RANGE], [CHUNK], ["k2", "k1"])


def test_a_manifest_names_the_first_key_of_each_series_where_it_is_known() -> None:
    named = replace(RANGE, first_key="fingerprint")
    document = manifest(OUTLET, NIF, "2026-11-22T12:00:00Z", [named, RANGE], [CHUNK], ["k1"])
    assert document["series"][0]["first_key"] == "fingerprint"
    assert "first_key" not in document["series"][1]
    assert read_ranges(document) == (named, RANGE)


def test_a_line_is_canonical_and_holds_the_very_bytes_of_entry_and_body() -> None:
    line = LINES[1]
    assert line.endswith(b"}\n")
    assert canonical(json.loads(line)) + b"\n" == line
    assert set(json.loads(line)) == {"body", "entry"}
    assert json.loads(line)["entry"].encode() == STORED[1].entry
    assert read_line(line) == STORED[1]


@given(st.binary(min_size=1, max_size=60), st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_bytes_of_a_body_survive_the_export(body: bytes, entry: str) -> None:
    stored = StoredEntry(entry.encode(), body)
    assert read_line(export_line(stored)) == stored


LINE: Document = json.loads(LINES[1])
NOT_LINES: dict[str, bytes] = {
    "nothing": b"",
    "an empty line": b"\n",
    "a line that is cut": LINES[1][:-10],
    "two line feeds": LINES[1] + b"\n",
    "a carriage return": LINES[1].replace(b"\n", b"\r\n"),
    "a blank": LINES[1].replace(b":", b": ", 1),
    "no body": canonical(without(LINE, "/body")),
    "no entry": canonical(without(LINE, "/entry")),
    "a member too many": canonical(LINE | {"note": "x"}),
    "an entry that is an object": canonical(LINE | {"entry": {"v": "entry/1"}}),
    "a body that is a list": canonical(LINE | {"body": ["x"]}),
    "a body with padding": canonical(LINE | {"body": "QQ=="}),
    "a body in plain base64": canonical(LINE | {"body": "+/+/"}),
    "an array": b'["x"]',
}


@pytest.mark.parametrize("sentence", NOT_LINES)
def test_what_is_no_line_of_an_export_is_refused(sentence: str) -> None:
    with pytest.raises(NotCanonical):
        read_line(NOT_LINES[sentence])


# --- Chunks


def test_the_entries_of_a_chunk_come_in_order_and_verify() -> None:
    entries = list(check_chunk(CHUNK, DATA))
    assert entries == STORED
    assert verify_ledger([(OUTLET, "1", Start(), entries)], public_keys()).normalised == 1


@pytest.mark.parametrize(
    "data", [b"", DATA[:-1], DATA + b"\n", DATA.replace(b"1", b"2", 1), b"".join(LINES[::-1])]
)
def test_a_chunk_with_other_bytes_is_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical, match="empreinte"):
        check_chunk(CHUNK, data)


@pytest.mark.parametrize("lines", [0, 2, 4])
def test_a_chunk_with_another_number_of_lines_is_refused(lines: int) -> None:
    with pytest.raises(NotCanonical, match="lignes"):
        check_chunk(Chunk(CHUNK.name, lines, CHUNK.hash), DATA)


def test_a_chunk_whose_line_is_no_entry_is_refused_when_it_is_reached() -> None:
    data = LINES[0] + b"{}\n"
    entries = check_chunk(Chunk("series/1/000001.jsonl", 2, digest(data)), data)
    assert next(entries) == STORED[0]
    with pytest.raises(NotCanonical):
        next(entries)


def test_chunks_are_numbered_from_one_in_each_series() -> None:
    assert chunk_name("1", 1) == "series/1/000001.jsonl"
    assert chunk_name("12", 1000) == "series/12/001000.jsonl"


# --- The manifest


def test_a_manifest_names_everything_in_the_export() -> None:
    assert {
        "v": "audit/1",
        "outlet_id": "KIN01",
        "merchant_nif": "A2512345Z",
        "created_at": "2026-11-22T12:00:00Z",
        "series": [
            {
                "series": "1",
                "first_position": "1",
                "first_hash": RANGE.first_hash,
                "last_position": "3",
                "last_hash": RANGE.last_hash,
                "previous": "0" * 64,
                "entries": "3",
            }
        ],
        "chunks": [{"name": "series/1/000001.jsonl", "lines": "3", "hash": CHUNK.hash}],
        "readme": digest(README_TEXT.encode()),
        "keys": ["k1", "k2"],
    } == MANIFEST
    assert canonical(MANIFEST)


def test_a_manifest_is_read_back() -> None:
    assert read_ranges(MANIFEST) == (RANGE,)
    assert read_chunks(MANIFEST) == (CHUNK,)


def test_an_export_of_nothing_is_read_back() -> None:
    empty = manifest(OUTLET, NIF, "2026-11-22T12:00:00Z", [], [], [])
    assert (read_ranges(empty), read_chunks(empty)) == ((), ())


BAD_COUNTS = ["", "-1", "+1", "01", "1.0", " 1", "1_0", "\u0661", "9" * 5000, "one", ["1"], {}]
NOT_RANGES: dict[str, Any] = (
    {
        "another version": MANIFEST | {"v": "audit/2"},
        "no version": without(MANIFEST, "/v"),
        "no outlet": without(MANIFEST, "/outlet_id"),
        "an outlet that is a list": MANIFEST | {"outlet_id": ["KIN01"]},
        "no series": without(MANIFEST, "/series"),
        "series that are a text": MANIFEST | {"series": "1"},
        "series that are an object": MANIFEST | {"series": {"1": "x"}},
        "a series that is a text": MANIFEST | {"series": ["1"]},
        "a series whose name is a list": changed(MANIFEST, "/series/0/series", ["1"]),
        "a hash that is an object": changed(MANIFEST, "/series/0/last_hash", {"a": "b"}),
    }
    | {
        f"{name} of {str(value)[:8]!r}": changed(MANIFEST, f"/series/0/{name}", value)
        for name in ("first_position", "last_position", "entries")
        for value in BAD_COUNTS
    }
    | {
        f"no {name} in a series": without(MANIFEST, f"/series/0/{name}")
        for name in MANIFEST["series"][0]
    }
)


@pytest.mark.parametrize("sentence", NOT_RANGES)
def test_a_manifest_is_refused_that_has(sentence: str) -> None:
    with pytest.raises(NotCanonical):
        read_ranges(NOT_RANGES[sentence])


NOT_CHUNKS: dict[str, Any] = (
    {
        "no chunks": without(MANIFEST, "/chunks"),
        "chunks that are a text": MANIFEST | {"chunks": "series"},
        "a chunk that is a text": MANIFEST | {"chunks": ["series"]},
        "a name that is a list": changed(MANIFEST, "/chunks/0/name", ["x"]),
        "a hash that is a list": changed(MANIFEST, "/chunks/0/hash", ["x"]),
    }
    | {
        f"lines of {str(value)[:8]!r}": changed(MANIFEST, "/chunks/0/lines", value)
        for value in BAD_COUNTS
    }
    | {
        f"no {name} in a chunk": without(MANIFEST, f"/chunks/0/{name}")
        for name in MANIFEST["chunks"][0]
    }
)


@pytest.mark.parametrize("sentence", NOT_CHUNKS)
def test_a_manifest_is_refused_whose_chunks_have(sentence: str) -> None:
    with pytest.raises(NotCanonical):
        read_chunks(NOT_CHUNKS[sentence])
