"""Retries, cases, settings, evidence of the authority's lists, messages, probes, operators."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _maybe(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(), nullable=True) for name in names]


def _number(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _seconds(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _status() -> sa.Column[Any]:
    return sa.Column("status", sa.Integer(), nullable=True)


def _table(name: str, key: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key.split()))


def upgrade() -> None:
    _table(
        "delivery_change", "outlet_id sale_id number",
        *_text("outlet_id", "sale_id"), *_number("number"), *_text("state", "at"),
        *_maybe("reason"), *_number("epoch"),
    )  # fmt: skip
    _table(
        "setting", "scope name", *_text("scope", "name", "value", "changed_at", "changed_by")
    )  # fmt: skip
    _table(
        "sync_case", "outlet_id case_id",
        *_text("outlet_id", "case_id"), *_number("number"),
        *_text("kind", "about", "text", "fix", "opened_at"),
        *_maybe("closed_at", "closed_by", "outcome"),
    )  # fmt: skip
    op.create_index(
        "ix_case_open",
        "sync_case",
        ["outlet_id", "kind", "about"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    _table(
        "decision", "outlet_id sale_id number",
        *_text("outlet_id", "sale_id"), *_number("number"), *_text("act", "by", "at", "document"),
    )  # fmt: skip
    _table(
        "authority_list", "outlet_id day name number",
        *_text("outlet_id", "day", "name"), *_number("number"), *_text("nim", "at"), _status(),
        _bytes("body"), *_text("digest"),
    )  # fmt: skip
    _table(
        "stopped_group", "outlet_id tax_group", *_text("outlet_id", "tax_group", "reason", "since")
    )  # fmt: skip
    _table(
        "outlet_status", "outlet_id number",
        *_text("outlet_id"), *_number("number"), *_text("at", "colour", "reason"),
    )  # fmt: skip
    _messages()
    _probes_and_operators()
    _widen()
    if op.get_bind().dialect.name == "postgresql":
        _append_only_on_postgresql()
    else:
        _append_only_on_sqlite()


def _messages() -> None:
    _table(
        "announcement", "outlet_id number",
        *_text("outlet_id"), *_number("number"), *_text("at", "event", "data"), *_maybe("told_at"),
    )  # fmt: skip
    op.create_index("ix_announcement_untold", "announcement", ["told_at"])
    _table(
        "ledger_cursor", "outlet_id series reader",
        *_text("outlet_id", "series", "reader"), *_number("position"),
    )  # fmt: skip
    _table(
        "message", "outlet_id message_id",
        *_text("outlet_id", "message_id", "channel", "event", "target"), *_maybe("sale_id"),
        *_text("facts"), _bytes("body"), *_text("created_at", "state"), *_number("attempts"),
        *_seconds("next_try"), *_maybe("owner"), *_seconds("expires_at"),
        *_maybe("last_error", "done_at", "remote_id", "reached"),
    )  # fmt: skip
    op.create_index(
        "ix_message_remote",
        "message",
        ["remote_id"],
        sqlite_where=sa.text("remote_id IS NOT NULL"),
        postgresql_where=sa.text("remote_id IS NOT NULL"),
    )
    op.create_index("ix_message_due", "message", ["state", "next_try"])
    op.create_index("ix_message_log", "message", ["outlet_id", "target", "created_at"])
    op.create_index("ix_message_sale", "message", ["outlet_id", "sale_id"])
    _table(
        "message_try", "outlet_id message_id number phase",
        *_text("outlet_id", "message_id"), *_number("number"), *_text("phase", "at"), _status(),
        *_text("words"), *_number("milliseconds"),
    )  # fmt: skip
    _table(
        "webhook_endpoint", "outlet_id endpoint_id",
        *_text("outlet_id", "endpoint_id", "url", "events", "secret"),
        *_maybe("previous_secret", "previous_until"), *_text("created_at"), *_maybe("removed_at"),
    )  # fmt: skip


def _probes_and_operators() -> None:
    _table(
        "probe", "outlet_id number",
        *_text("outlet_id"), *_number("number"), _bytes("statement"), *_text("digest"),
        *_maybe("signature"),
    )  # fmt: skip
    _table("turn", "name", *_text("name", "owner"), *_seconds("expires_at", "done_at"))
    _table(
        "operator_link", "token_hash",
        *_text("token_hash", "name", "expires_at"), *_maybe("used_at"),
    )  # fmt: skip
    _table(
        "operator_session", "token_hash",
        *_text("token_hash", "name", "csrf_token", "opened_at", "expires_at"), *_maybe("closed_at"),
    )  # fmt: skip


def _widen() -> None:
    for name in ("paused_at", "paused_by", "last_heard", "last_error", "last_error_at"):
        op.add_column("control_module", sa.Column(name, sa.String(), nullable=True))
    op.add_column("control_module", sa.Column("token_valid", sa.String(), nullable=True))
    op.add_column(
        "control_module", sa.Column("failures", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "control_module",
        sa.Column("rest_until", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.add_column(
        "control_module",
        sa.Column("paced_until", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.add_column(
        "delivery", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "delivery", sa.Column("next_try", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("delivery", sa.Column("done_at", sa.String(), nullable=True))
    op.add_column("ledger", sa.Column("replaces", sa.String(), nullable=True))
    op.create_index(
        "ix_ledger_replaces",
        "ledger",
        ["outlet_id", "replaces"],
        sqlite_where=sa.text("replaces IS NOT NULL"),
        postgresql_where=sa.text("replaces IS NOT NULL"),
    )
    op.create_index("ix_delivery_arrival", "delivery", ["outlet_id", "queued"])
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["outlet_id", "queued", "state"],
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )


APPEND_ONLY = (
    "delivery_change", "decision", "authority_list", "outlet_status", "message_try", "probe",
)  # fmt: skip

_KEYS = {
    "delivery_change": ("outlet_id", "sale_id", "number"),
    "decision": ("outlet_id", "sale_id", "number"),
    "authority_list": ("outlet_id", "day", "name", "number"),
    "outlet_status": ("outlet_id", "number"),
    "message_try": ("outlet_id", "message_id", "number", "phase"),
    "probe": ("outlet_id", "number"),
}
SAME_KEY = {
    table: " AND ".join(f"{name} = NEW.{name}" for name in names) for table, names in _KEYS.items()
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
