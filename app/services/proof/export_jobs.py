"""Exports asked for over the API: made in a thread, kept as files, given out in chunks."""

import secrets
import threading
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from app.fiscal import audit
from app.fiscal.canonical import parse_canonical
from app.fiscal.ledger import utc_text
from app.services.ledger.party import Calls
from app.services.proof.exports import Days, manifest_seal, write_export
from app.store.engine import Engine, reading, writing
from app.store.proof import exports as rows
from app.store.tables.proof import Export, ExportProgress

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ExportState:
    """An export as the API shows it."""

    outlet_id: str
    id: str
    state: ExportProgress
    chunks: int
    acknowledged: int


def _state(row: Export) -> ExportState:
    return ExportState(row.outlet_id, row.id, row.state, row.chunks, row.acknowledged)


def path_of(folder: Path, export_id: str) -> Path:
    """Where the zip of an export stands, in the folder of the exports."""
    return folder / f"{export_id}.zip"


def begin(engine: Engine, sealing: Calls, folder: Path, outlet_id: str, days: Days) -> ExportState:
    """The export is noted and being made."""
    row = Export(
        outlet_id=outlet_id,
        id=secrets.token_hex(16),
        first_day=days.first,
        last_day=days.last,
        created_at=utc_text(datetime.now(UTC)),
    )
    state = _state(row)
    with writing(engine) as session:
        rows.add(session, row)
    _make_in_thread(engine, sealing, folder, state, days)
    return state


def resume(engine: Engine, sealing: Calls, folder: Path) -> None:
    """What a stopped process left half made is made again."""
    with reading(engine) as session:
        left = [
            (_state(row), Days(row.first_day, row.last_day)) for row in rows.unfinished(session)
        ]
    for state, days in left:
        _make_in_thread(engine, sealing, folder, state, days)


def _make_in_thread(
    engine: Engine, sealing: Calls, folder: Path, state: ExportState, days: Days
) -> None:
    made = (engine, sealing, folder, state, days)
    threading.Thread(target=_make, args=made, name="export", daemon=True).start()


def _make(engine: Engine, sealing: Calls, folder: Path, state: ExportState, days: Days) -> None:
    path = path_of(folder, state.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    chunks: int | None
    try:
        chunks = write_export(
            engine,
            state.outlet_id,
            days,
            path,
            lambda document: sealing.call(
                lambda party, _now: manifest_seal(party, document)
            ).result(),
            utc_text(datetime.now(UTC)),
        )
    except Exception:  # noqa: BLE001 - a thread has nobody else to tell
        _log.exception("export.failed", id=state.id)
        chunks = None
    with writing(engine) as session:
        ended: ExportProgress = "failed" if chunks is None else "ready"
        rows.finish(session, state.outlet_id, state.id, ended, chunks or 0)


def find(engine: Engine, outlet_id: str, export_id: str) -> ExportState | None:
    """The export of that id, if it is that outlet's."""
    with reading(engine) as session:
        row = rows.find(session, outlet_id, export_id)
        return None if row is None else _state(row)


def chunk(folder: Path, export_id: str, number: int) -> tuple[str, bytes]:
    """The name and the bytes of the n-th chunk, in the order of the manifest."""
    with zipfile.ZipFile(path_of(folder, export_id)) as archive:
        chunks = audit.read_chunks(parse_canonical(archive.read(audit.MANIFEST)))
        name = chunks[number - 1].name
        return name, archive.read(name)


def acknowledge(engine: Engine, export: ExportState, number: int) -> None:
    """The receiver has that chunk."""
    with writing(engine) as session:
        rows.acknowledge(session, export.outlet_id, export.id, number)
