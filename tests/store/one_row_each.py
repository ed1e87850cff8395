"""One row for each append-only table, and others that share exactly one key with it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.types import Integer
from sqlmodel import SQLModel

from app.store import tables


def line(table: str, other_than: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The row of a table; or another, which shares only the members `other_than` with it."""
    columns = SQLModel.metadata.tables[table].columns
    if other_than is None:
        return {column.name: _value(column.type, "1") for column in columns}
    return {
        column.name: _value(column.type, "1" if column.name in other_than else "2")
        for column in columns
    }


def _value(kind: Any, mark: str) -> Any:
    if isinstance(kind, Integer):
        return int(mark)
    return mark.encode() if isinstance(kind, LargeBinary) else f"KIN0{mark}"


def unique_keys() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every key of every append-only table: (table, names)."""
    for name in tables.APPEND_ONLY:
        table = SQLModel.metadata.tables[name]
        yield name, tuple(column.name for column in table.primary_key.columns)
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                yield name, tuple(column.name for column in constraint.columns)
