"""The tax tables that operators added ahead of their day, and who approved them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

APPEND_ONLY: tuple[str, ...] = ("law_act",)
SAME_KEY: dict[str, str] = {"law_act": "number = NEW.number"}


def upgrade() -> None:
    """The table stands, empty, and grows only."""
    op.create_table(
        "law_act",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("name", "act", "by", "at", "hash")),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _append_only_on_sqlite()
    else:
        _append_only_on_postgresql()


def _append_only_on_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER law_act_no_{act.lower()} BEFORE {act} ON law_act "
            "BEGIN SELECT RAISE(ABORT, 'law_act is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER law_act_no_replace BEFORE INSERT ON law_act "
        "WHEN EXISTS (SELECT 1 FROM law_act WHERE number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'law_act is append-only: the key exists'); END"
    )


def _append_only_on_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER law_act_no_change BEFORE UPDATE OR DELETE ON law_act "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER law_act_no_truncate BEFORE TRUNCATE ON law_act "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
