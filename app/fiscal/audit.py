"""The audit export (`audit/1`): its lines, its manifest, and how a stranger checks both."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.fiscal.canonical import canonical, digest, parse_canonical
from app.fiscal.errors import NotCanonical
from app.fiscal.proof import StoredEntry
from app.fiscal.seal import b64, unb64

AUDIT: Final = "audit/1"
CHUNK_LINES: Final = 1000
MANIFEST: Final = "manifest.json"
MANIFEST_SEAL: Final = "manifest.jws"
KEYS: Final = "keys.jwks.json"
README: Final = "LISEZMOI.txt"
_COUNT: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)

README_TEXT: Final = """\
Export d'audit Bono Pay (audit/1)

manifest.json        ce que contient l'export : séries, positions, empreinte de chaque morceau
manifest.jws         la signature de manifest.json (JWS compact, ES256)
series/S/000001.jsonl  les écritures de la série S, une par ligne, dans l'ordre
keys.jwks.json       les clés publiques qui ont scellé

Chaque ligne porte « entry », le texte canonique (RFC 8785) de l'écriture, et « body », ses octets
en base64url. L'empreinte (SHA-256) du corps est dans l'écriture ; l'empreinte de chaque écriture
est dans la suivante ; le sceau est un JWS que toute bibliothèque JOSE sait vérifier.

Pour tout vérifier sans réseau ni base de données :  bono verify audit.zip
Comparez les clés à celles publiées par le point de vente : /.well-known/jwks.json
"""


def export_line(stored: StoredEntry) -> bytes:
    """One line of a chunk: the entry's canonical text and its body in base64url, then LF."""
    return canonical({"body": b64(stored.body), "entry": stored.entry.decode()}) + b"\n"


def read_line(line: bytes) -> StoredEntry:
    """The entry of one line.

    Raises:
        NotCanonical: when the line is not one of an `audit/1` export.
    """
    document = parse_canonical(line.removesuffix(b"\n"))
    if set(document) != {"body", "entry"} or any(type(v) is not str for v in document.values()):
        raise NotCanonical("a line has the members body and entry")
    return StoredEntry(document["entry"].encode(), unb64(document["body"]))


def chunk_name(series: str, number: int) -> str:
    """The name of a chunk in the zip; numbers start at 1 in each series."""
    return f"series/{series}/{number:06d}.jsonl"


@dataclass(frozen=True, slots=True)
class Range:
    """What an export holds of one series: positions and hashes, both ends included.

    `before` is the hash that the first entry names, `first_key` the fingerprint (RFC 7638) of the
    key that the series' `opened` entry names, empty where an export does not say it.
    """

    series: str
    first_position: int
    first_hash: str
    last_position: int
    last_hash: str
    before: str
    entries: int
    first_key: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A file of the export and the hash of its bytes."""

    name: str
    lines: int
    hash: str


def manifest(
    outlet_id: str,
    merchant_nif: str,
    created_at: str,
    ranges: Sequence[Range],
    chunks: Sequence[Chunk],
    kids: Iterable[str],
) -> dict[str, Any]:
    """The document that names everything in the export; its bytes are signed as they stand."""
    return {
        "v": AUDIT,
        "outlet_id": outlet_id,
        "merchant_nif": merchant_nif,
        "created_at": created_at,
        "series": [
            {
                "series": r.series,
                "first_position": str(r.first_position),
                "first_hash": r.first_hash,
                "last_position": str(r.last_position),
                "last_hash": r.last_hash,
                "previous": r.before,
                "entries": str(r.entries),
                **({"first_key": r.first_key} if r.first_key else {}),
            }
            for r in ranges
        ],
        "chunks": [{"name": c.name, "lines": str(c.lines), "hash": c.hash} for c in chunks],
        "readme": digest(README_TEXT.encode()),
        "keys": sorted(kids),
    }


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members[name]
    if type(value) is not str:
        raise NotCanonical(f"{name} is no text")
    return value


def _count(members: Mapping[str, Any], name: str) -> int:
    text = _text(members, name)
    if _COUNT.fullmatch(text) is None:
        raise NotCanonical(f"{name} is no counting number")
    return int(text)


def read_ranges(document: Mapping[str, Any]) -> tuple[Range, ...]:
    """The ranges that a manifest names.

    Raises:
        NotCanonical: when it is not the manifest of an `audit/1` export.
    """
    try:
        if document["v"] != AUDIT:
            raise NotCanonical("not an audit/1 manifest")
        _text(document, "outlet_id")
        return tuple(_range(members) for members in document["series"])
    except (KeyError, TypeError) as error:
        raise NotCanonical(f"the manifest lacks or mistypes {error}") from error


def _range(members: Mapping[str, Any]) -> Range:
    return Range(
        series=_text(members, "series"),
        first_position=_count(members, "first_position"),
        first_hash=_text(members, "first_hash"),
        last_position=_count(members, "last_position"),
        last_hash=_text(members, "last_hash"),
        before=_text(members, "previous"),
        entries=_count(members, "entries"),
        first_key=_text(members, "first_key") if "first_key" in members else "",
    )


def read_chunks(document: Mapping[str, Any]) -> tuple[Chunk, ...]:
    """The files that a manifest names.

    Raises:
        NotCanonical: when a member is missing or mistyped.
    """
    try:
        return tuple(
            Chunk(_text(c, "name"), _count(c, "lines"), _text(c, "hash"))
            for c in document["chunks"]
        )
    except (KeyError, TypeError) as error:
        raise NotCanonical(f"the manifest lacks or mistypes {error}") from error


def check_chunk(chunk: Chunk, data: bytes) -> Iterator[StoredEntry]:
    """The entries of a chunk whose hash is the one in the manifest.

    Raises:
        NotCanonical: when the bytes are others.
    """
    if digest(data) != chunk.hash:
        raise NotCanonical(f"{chunk.name} n'a pas l'empreinte du manifeste")
    lines = data.splitlines(keepends=True)
    if len(lines) != chunk.lines:
        raise NotCanonical(f"{chunk.name} n'a pas {chunk.lines} lignes")
    return (read_line(line) for line in lines)
