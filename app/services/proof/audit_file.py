"""Verifying an export with nothing but the file and the keys: no database, no network."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.fiscal import audit
from app.fiscal.audit import Chunk, Range
from app.fiscal.between_entries import Verified
from app.fiscal.canonical import canonical, decode, parse_canonical
from app.fiscal.errors import NotCanonical, VerificationFailed
from app.fiscal.proof import Start, StoredEntry, Verifier
from app.fiscal.seal import NotASeal
from app.fiscal.verification import PublicKey, read_keys, thumbprint, verify_jws

Say = Callable[[str], None]

MOST_UNPACKED = 64 << 20
"""Bytes of one member of the zip: a chunk of 1,000 lines is far smaller."""


_NO_ZIP = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a file raises that is cut off, encrypted, packed in an unknown way or no zip."""


class Unreadable(Exception):
    """The file is no audit export; nothing can be said of it."""


def verify_file(path: Path, keys_path: Path | None, say: Say) -> Verified:
    """Every line of the export holds; `say` gets each step as it ends.

    Raises:
        Unreadable: not an `audit/1` zip, or the keys file is no JWK set.
        VerificationFailed: with the step.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive, keys_path, say)
    except (*_NO_ZIP, KeyError) as error:
        raise Unreadable(f"{path} : {error}") from error
    except NotCanonical as error:
        raise Unreadable(str(error)) from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MOST_UNPACKED:
        raise Unreadable(f"{name} est trop grand")
    return archive.read(name)


def _keys(archive: zipfile.ZipFile, keys_path: Path | None, say: Say) -> dict[str, PublicKey]:
    data = keys_path.read_bytes() if keys_path else _member(archive, audit.KEYS)
    document = decode(data)
    keys = read_keys(document)
    if keys_path is None:
        prints = ", ".join(thumbprint(jwk) for jwk in document["keys"])
        say(f"Clés prises dans le fichier, empreinte {prints} : à comparer")
    else:
        say(f"Clés prises dans {keys_path}")
    return keys


def _verify(archive: zipfile.ZipFile, keys_path: Path | None, say: Say) -> Verified:
    keys = _keys(archive, keys_path, say)
    manifest = _member(archive, audit.MANIFEST)
    document = parse_canonical(manifest)
    ranges, chunks = audit.read_ranges(document), audit.read_chunks(document)
    _check_manifest(archive, document, keys, ranges, chunks)
    say(
        f"Manifeste : signature valable, {len(chunks)} morceaux, point de vente "
        f"{document['outlet_id']}"
    )
    verifier = Verifier(keys)
    for span in ranges:
        start = Start(span.first_position - 1, span.before)
        verifier.begin(document["outlet_id"], span.series, start)
    for span in ranges:
        _walk(archive, verifier, span, chunks)
        say(
            f"Série {span.series} : étapes 1 à 9 tenues, positions {span.first_position} à "
            f"{span.last_position}"
        )
    verified = verifier.finish()
    say("Étapes 11 et 13 tenues : avoirs et normalisations")
    return verified


def _check_manifest(
    archive: zipfile.ZipFile,
    document: Mapping[str, Any],
    keys: Mapping[str, PublicKey],
    ranges: tuple[Range, ...],
    chunks: tuple[Chunk, ...],
) -> None:
    where = "manifeste"
    try:
        seal = verify_jws(_member(archive, audit.MANIFEST_SEAL).decode(), keys)
    except (NotASeal, UnicodeDecodeError) as error:
        raise VerificationFailed(7, where, f"sa signature ne tient pas : {error}") from error
    if canonical(seal.statement) != canonical(dict(document)):
        raise VerificationFailed(8, where, "la signature est celle d'un autre manifeste")
    beside = {audit.MANIFEST, audit.MANIFEST_SEAL, audit.KEYS, audit.README}
    found = sorted(name for name in archive.namelist() if name not in beside)
    named = sorted(chunk.name for chunk in chunks)
    if named != found or sum(c.lines for c in chunks) != sum(r.entries for r in ranges):
        raise VerificationFailed(5, where, "des morceaux manquent ou sont en trop")


def _walk(
    archive: zipfile.ZipFile, verifier: Verifier, span: Range, chunks: tuple[Chunk, ...]
) -> None:
    where = f"série {span.series}"
    prefix = f"series/{span.series}/"
    last = span.first_position - 1
    for chunk in sorted((c for c in chunks if c.name.startswith(prefix)), key=lambda c: c.name):
        for stored in _entries(archive, chunk):
            last = verifier.add(stored).position
    if last != span.last_position or verifier.verified.heads.get(span.series) != span.last_hash:
        raise VerificationFailed(5, where, "elle ne finit pas où le manifeste le dit")


def _entries(archive: zipfile.ZipFile, chunk: Chunk) -> Iterator[StoredEntry]:
    try:
        yield from audit.check_chunk(chunk, _member(archive, chunk.name))
    except NotCanonical as error:
        raise VerificationFailed(1, chunk.name, str(error)) from error
