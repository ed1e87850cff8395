"""Whether a series may grow, is in quarantine, or was left for another one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

APPEND_ONLY: tuple[str, ...] = ()
SAME_KEY: dict[str, str] = {}


def upgrade() -> None:
    op.add_column(
        "series", sa.Column("standing", sa.String(), nullable=False, server_default="open")
    )
