"""The kinds of column that SQLModel does not make of a plain annotation."""

from typing import Any

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import AutoString, Field


def octets() -> Any:
    """Bytes as they came; always there."""
    return Field(sa_column=Column(LargeBinary, nullable=False))


def big(default: int | None = None) -> Any:
    """A whole number of 64 bits: money, thousandths, a time in seconds or less; always there."""
    column = Column(BigInteger, nullable=False)
    return Field(sa_column=column) if default is None else Field(default=default, sa_column=column)


def one_of(default: Any = ..., *, key: bool = False) -> Any:
    """Text that is one of the words of a `Literal`; the database holds it as any other text."""
    return Field(default=default, sa_type=AutoString, primary_key=key)
