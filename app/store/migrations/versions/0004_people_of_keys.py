"""The people outside the outlet that a key of the API may name as sellers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

APPEND_ONLY: tuple[str, ...] = ()
SAME_KEY: dict[str, str] = {}


def upgrade() -> None:
    """The table stands, empty."""
    op.create_table(
        "external_person",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.outlet_id"]),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.key_id"]),
        sa.PrimaryKeyConstraint("outlet_id", "key_id", "cashier_id"),
    )
