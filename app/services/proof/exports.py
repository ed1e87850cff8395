"""Audit exports: the ledger of an outlet as a zip that a stranger can verify."""

import secrets
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from app.fiscal import audit
from app.fiscal.audit import Chunk, Range
from app.fiscal.canonical import canonical, digest
from app.fiscal.ledger import Entry, parse_entry, utc_text
from app.fiscal.proof import StoredEntry
from app.fiscal.seal import compact, signing_input
from app.fiscal.zones import TIMEZONES
from app.services.ledger.keys import first_key, jwks
from app.services.ledger.party import SealingParty
from app.store.engine import Engine, Session, reading
from app.store.ledger import entries as rows
from app.store.outlets import OutletFacts, outlet_facts

Seal = Callable[[dict[str, Any]], str]
"""The compact JWS of a document, made by the outlet's sealing party."""

Progress = Callable[[int, int], None]
"""Called with the entries written so far and their number in all."""


class NothingToExport(Exception):
    """The outlet is unknown or has no entry in those days."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the outlet, both included; None: from the first, to the last. `YYYY-MM-DD`."""

    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class _Span:
    series: str
    first: int
    last: int


def _midnight(day: str, zone: str) -> str:
    midnight = datetime.combine(date.fromisoformat(day), time(), TIMEZONES[zone])
    try:
        return utc_text(midnight)
    except OverflowError as error:
        raise NothingToExport(f"{day} : ce jour est au bord du calendrier") from error


def _after(day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except OverflowError as error:
        raise NothingToExport(f"{day} : ce jour est au bord du calendrier") from error


def _first_at(session: Session, outlet_id: str, series: str, last: int, instant: str) -> int:
    """The first position recorded at that instant or later; `last` + 1 when there is none."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        if _entry_at(session, outlet_id, series, middle).recorded_at < instant:
            low = middle + 1
        else:
            high = middle
    return low


def _entry_at(session: Session, outlet_id: str, series: str, position: int) -> Entry:
    (stored,) = rows.walk_entries(session, outlet_id, series, position, position)
    return parse_entry(stored.entry)


def _spans(session: Session, outlet: OutletFacts, days: Days) -> list[_Span]:
    spans = []
    for row in rows.series_of(session, outlet.outlet_id):
        first, last = 1, row.position
        if days.first:
            start = _midnight(days.first, outlet.zone)
            first = _first_at(session, outlet.outlet_id, row.series, row.position, start)
        if days.last:
            end = _midnight(_after(days.last), outlet.zone)
            last = _first_at(session, outlet.outlet_id, row.series, row.position, end) - 1
        if first <= last:
            spans.append(_Span(row.series, first, last))
    return spans


def _chunks(entries: Iterator[StoredEntry]) -> Iterator[list[StoredEntry]]:
    while chunk := list(islice(entries, audit.CHUNK_LINES)):
        yield chunk


class _Writer:
    """Writes the chunks of an export and remembers what the manifest must say."""

    def __init__(self, archive: zipfile.ZipFile, expected: int, progress: Progress) -> None:
        self._archive, self._expected, self._progress = archive, expected, progress
        self.ranges: list[Range] = []
        self.chunks: list[Chunk] = []
        self._written = 0

    def write_span(self, session: Session, outlet_id: str, span: _Span) -> None:
        entries = rows.walk_entries(session, outlet_id, span.series, span.first, span.last)
        first: Entry | None = None
        first_hash = last_hash = ""
        for number, chunk in enumerate(_chunks(entries), start=1):
            if first is None:
                first, first_hash = parse_entry(chunk[0].entry), digest(chunk[0].entry)
            last_hash = digest(chunk[-1].entry)
            self._write_chunk(audit.chunk_name(span.series, number), chunk)
        if first is None:
            return
        self.ranges.append(
            Range(
                series=span.series,
                first_position=span.first,
                first_hash=first_hash,
                last_position=span.last,
                last_hash=last_hash,
                before=first.previous,
                entries=span.last - span.first + 1,
                first_key=first_key(session, (outlet_id, span.series))[1],
            )
        )

    def _write_chunk(self, name: str, chunk: list[StoredEntry]) -> None:
        data = b"".join(map(audit.export_line, chunk))
        self._archive.writestr(name, data)
        self.chunks.append(Chunk(name, len(chunk), digest(data)))
        self._written += len(chunk)
        self._progress(self._written, self._expected)


def write_export(
    engine: Engine,
    outlet_id: str,
    days: Days,
    output: Path,
    seal: Seal,
    at: str,
    progress: Progress = lambda _done, _of: None,
) -> int:
    """The export stands at `output`, whole or not at all; returns the number of its chunks.

    Memory stays that of one chunk.

    Raises:
        NothingToExport: unknown outlet, or no entry in those days.
    """
    unfinished = output.with_name(f"{output.name}.{secrets.token_hex(4)}.part")
    try:
        with (
            reading(engine) as session,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            count = _write(session, outlet_id, days, archive, seal, at, progress)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _write(
    session: Session,
    outlet_id: str,
    days: Days,
    archive: zipfile.ZipFile,
    seal: Seal,
    at: str,
    progress: Progress,
) -> int:
    outlet = outlet_facts(session, outlet_id)
    spans = _spans(session, outlet, days) if outlet else []
    if outlet is None or not spans:
        raise NothingToExport(f"{outlet_id}: aucune écriture à exporter")
    writer = _Writer(archive, sum(s.last - s.first + 1 for s in spans), progress)
    for span in spans:
        writer.write_span(session, outlet_id, span)
    keys = jwks(session)
    document = audit.manifest(
        outlet_id,
        outlet.merchant_nif,
        at,
        writer.ranges,
        writer.chunks,
        (key["kid"] for key in keys["keys"]),
    )
    archive.writestr(audit.MANIFEST, canonical(document))
    archive.writestr(audit.MANIFEST_SEAL, seal(document))
    archive.writestr(audit.KEYS, canonical(keys))
    archive.writestr(audit.README, audit.README_TEXT)
    return len(writer.chunks)


def manifest_seal(party: SealingParty, document: dict[str, Any]) -> str:
    """The compact JWS over the canonical bytes of a manifest."""
    to_sign = signing_input(party.signer.kid, document)
    return compact(to_sign, party.signer.seal(to_sign))
