"""The rows of exports."""

from sqlmodel import Session, select

from app.store.tables.proof import Export, ExportProgress


def add(session: Session, row: Export) -> None:
    """The export is noted."""
    session.add(row)


def find(session: Session, outlet_id: str, export_id: str) -> Export | None:
    """The export of that outlet."""
    return session.get(Export, (outlet_id, export_id))


def unfinished(session: Session) -> list[Export]:
    """Exports that were begun and neither ended nor failed."""
    return list(session.exec(select(Export).where(Export.state == "building")))


def finish(
    session: Session, outlet_id: str, export_id: str, state: ExportProgress, chunks: int
) -> None:
    """The export is `ready` with so many chunks, or `failed`."""
    row = session.get_one(Export, (outlet_id, export_id))
    row.state, row.chunks = state, chunks


def acknowledge(session: Session, outlet_id: str, export_id: str, number: int) -> None:
    """The chunks up to that one were received."""
    row = session.get_one(Export, (outlet_id, export_id))
    row.acknowledged = max(row.acknowledged, number)
