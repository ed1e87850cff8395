"""Tablets with keys of their own, papers, clients, and what the tills synchronise."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("jwk", sa.String(), nullable=False),
        sa.Column("enrolled_at", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("journal_head", sa.String(), nullable=False),
        sa.Column("outbox", sa.Integer(), nullable=False),
        sa.Column("oldest", sa.String(), nullable=True),
        sa.Column("heartbeat", sa.String(), nullable=False),
        sa.Column("heard_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.outlet_id"]),
        sa.PrimaryKeyConstraint("outlet_id", "device_id"),
        sa.UniqueConstraint("device_id"),
    )
    op.create_table(
        "held_sale",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("sale_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "sale_id"),
    )
    op.create_table(
        "print",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("sale_id", sa.String(), nullable=False),
        sa.Column("copy_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "sale_id", "copy_id"),
    )
    op.create_table(
        "client",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("type", "name", "nif", "contact", "address", "exemption")
        ),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.outlet_id"]),
        sa.PrimaryKeyConstraint("outlet_id", "client_id"),
    )
    _widen()
    op.create_index("ix_client_changed", "client", ["outlet_id", "changed"])
    op.create_index("ix_article_changed", "article", ["outlet_id", "changed"])
    if op.get_bind().dialect.name == "postgresql":
        _append_only_on_postgresql()
    else:
        _append_only_on_sqlite()


def _widen() -> None:
    def add(table: str, name: str, kind: type[sa.types.TypeEngine[Any]], default: Any) -> None:
        """A column more; the rows that stand get the default, new ones say it themselves."""
        nullable = default is None
        op.add_column(table, sa.Column(name, kind(), nullable=nullable, server_default=default))

    add("enrolment_link", "device_id", sa.String, None)
    add("outlet", "offline_policy", sa.String, "bloquer")
    add("outlet", "offline_hours", sa.Integer, "48")
    add("outlet", "provisional_approval", sa.String, None)
    add("article", "changed", sa.BigInteger, "0")
    add("article", "gone", sa.Boolean, sa.false())
    # The tills ask for what changed after their cursor: each article needs a number of its own.
    op.execute(
        "UPDATE article SET changed = (SELECT count(*) FROM article AS other "
        "WHERE other.outlet_id = article.outlet_id AND other.code <= article.code)"
    )
    with op.batch_alter_table("terminal") as terminal:  # a tablet is known by its key now
        terminal.drop_column("secret_hash")


APPEND_ONLY = ("held_sale", "print")

SAME_KEY = {
    "held_sale": "outlet_id = NEW.outlet_id AND sale_id = NEW.sale_id",
    "print": "outlet_id = NEW.outlet_id AND sale_id = NEW.sale_id AND copy_id = NEW.copy_id",
}


def _append_only_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid OR {SAME_KEY[table]}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: the key exists'); END"
        )


def _append_only_on_postgresql() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
