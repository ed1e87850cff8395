"""Originals by their Code DEF/DGI, those of other systems, and the table of credit notes."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

APPEND_ONLY: tuple[str, ...] = ()
SAME_KEY: dict[str, str] = {}


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    op.add_column(
        "control_module",
        sa.Column("credit_table", sa.String(), nullable=False, server_default="original"),
    )
    op.create_table(
        "dgi_code",
        *map(_text, ("outlet_id", "code", "fiscal_number")),
        sa.PrimaryKeyConstraint("outlet_id", "code"),
    )
    op.create_table(
        "foreign_original",
        *map(_text, ("outlet_id", "code")),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *map(_text, ("entered_at", "entered_by")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.outlet_id"]),
        sa.PrimaryKeyConstraint("outlet_id", "code"),
    )
    _find_known_codes()


def _find_known_codes() -> None:
    """What was normalised before can be credited by its code too."""
    connection = op.get_bind()
    known = sa.text("SELECT outlet_id, about, body FROM ledger WHERE kind = 'normalised'")
    found: dict[tuple[str, str], str] = {}
    for outlet_id, number, body in connection.execute(known):
        found.setdefault((outlet_id, json.loads(bytes(body)).get("code_def_dgi")), number)
    add = sa.text("INSERT INTO dgi_code (outlet_id, code, fiscal_number) VALUES (:o, :c, :n)")
    for (outlet_id, code), number in found.items():
        if code:
            connection.execute(add, {"o": outlet_id, "c": code, "n": number})
