"""What a paper says of who sells beside name, address and contact: register, telephone, e-mail."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

APPEND_ONLY: tuple[str, ...] = ()
SAME_KEY: dict[str, str] = {}


def upgrade() -> None:
    """The columns stand, empty."""
    op.add_column("merchant", sa.Column("rccm", sa.String(), nullable=True))
    op.add_column("outlet", sa.Column("phone", sa.String(), nullable=True))
    op.add_column("outlet", sa.Column("email", sa.String(), nullable=True))
