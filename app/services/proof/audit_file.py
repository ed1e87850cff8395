"""Verifying an export with nothing but the file and the keys: no database, no network."""

import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.fiscal import audit
from app.fiscal.audit import Chunk, Range
from app.fiscal.between_entries import Verified
from app.fiscal.canonical import canonical, decode, digest, parse_canonical
from app.fiscal.errors import NotCanonical, VerificationFailed
from app.fiscal.proof import Start, StoredEntry, Verifier
from app.fiscal.seal import NotASeal
from app.fiscal.verification import PublicKey, thumbprint, verify_jws
from app.services.proof.export_zip import ExportZip
from app.services.proof.known_keys import Unreadable, keys_beside, keys_inside

Say = Callable[[str], None]

_NO_ZIP = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a file raises that is cut off, encrypted, packed in an unknown way or no zip."""


def verify_file(
    path: Path, keys_path: Path | None, say: Say, known: Collection[str] = ()
) -> Verified:
    """Every line of the export holds; `say` gets each step as it ends.

    Without a file of keys those inside are taken; `known` are the fingerprints they may have.

    Raises:
        Unreadable: not an `audit/1` zip, or the keys file is no JWK set.
        VerificationFailed: with the step.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = ExportZip(archive)
            if keys_path is not None:
                return _verify(files, keys_beside(keys_path, say), say)
            inside = decode(files.read(audit.KEYS))
            return _verify(files, keys_inside(inside, known, say), say)
    except _NO_ZIP as error:
        raise Unreadable(f"{path} : {error}") from error
    except NotCanonical as error:
        raise Unreadable(str(error)) from error


def _verify(archive: ExportZip, keys: Mapping[str, PublicKey], say: Say) -> Verified:
    document = parse_canonical(archive.read(audit.MANIFEST))
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
            f"{span.last_position}" + (f", première clé {span.first_key}" if span.first_key else "")
        )
    verified = verifier.finish()
    say("Étapes 11 et 13 tenues : avoirs et normalisations")
    return verified


def _check_manifest(
    archive: ExportZip,
    document: Mapping[str, Any],
    keys: Mapping[str, PublicKey],
    ranges: tuple[Range, ...],
    chunks: tuple[Chunk, ...],
) -> None:
    where = "manifeste"
    try:
        seal = verify_jws(archive.read(audit.MANIFEST_SEAL).decode(), keys)
    except (NotASeal, UnicodeDecodeError) as error:
        raise VerificationFailed(7, where, f"sa signature ne tient pas : {error}") from error
    if canonical(seal.statement) != canonical(dict(document)):
        raise VerificationFailed(8, where, "la signature est celle d'un autre manifeste")
    own = {audit.MANIFEST, audit.MANIFEST_SEAL, audit.KEYS, audit.README}
    for name in sorted(archive.names ^ (own | {chunk.name for chunk in chunks})):
        said = "il est en trop" if name in archive.names else "il manque"
        raise VerificationFailed(5, name, said)
    readme = document.get("readme")  # exports of before do not name it
    if readme is not None and digest(archive.read(audit.README)) != readme:
        raise VerificationFailed(5, audit.README, "il n'a pas l'empreinte du manifeste")
    if sum(c.lines for c in chunks) != sum(r.entries for r in ranges):
        raise VerificationFailed(5, where, "des lignes manquent ou sont en trop")


def _walk(archive: ExportZip, verifier: Verifier, span: Range, chunks: tuple[Chunk, ...]) -> None:
    where = f"série {span.series}"
    prefix = f"series/{span.series}/"
    last = span.first_position - 1
    for chunk in sorted((c for c in chunks if c.name.startswith(prefix)), key=lambda c: c.name):
        for stored in _entries(archive, chunk):
            last = verifier.add(stored).position
            if last == 1 and span.first_key:
                _check_first_key(span, stored)
    if last != span.last_position or verifier.verified.heads.get(span.series) != span.last_hash:
        raise VerificationFailed(5, where, "elle ne finit pas où le manifeste le dit")


def _check_first_key(span: Range, opened: StoredEntry) -> None:
    """The series begins with the key whose fingerprint the manifest names."""
    try:
        found = thumbprint(parse_canonical(opened.body)["key"])
    except (KeyError, TypeError) as error:
        raise VerificationFailed(6, f"série {span.series}", "elle ne nomme pas sa clé") from error
    if found != span.first_key:
        raise VerificationFailed(6, f"série {span.series}", "sa première clé est une autre")


def _entries(archive: ExportZip, chunk: Chunk) -> Iterator[StoredEntry]:
    try:
        yield from audit.check_chunk(chunk, archive.read(chunk.name))
    except NotCanonical as error:
        raise VerificationFailed(1, chunk.name, str(error)) from error
