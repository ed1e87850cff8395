"""The table of the papers that were printed."""

from sqlmodel import Field, SQLModel


class Print(SQLModel, table=True):
    """A paper of a sale: `original` exists once, every other copy is a DUPLICATA; append-only."""

    __tablename__ = "print"

    outlet_id: str = Field(primary_key=True)
    sale_id: str = Field(primary_key=True)
    copy_id: str = Field(primary_key=True)
    """`original`, or the UUID of the request for a copy."""
    device_id: str
    at: str


APPEND_ONLY = ("print",)
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
