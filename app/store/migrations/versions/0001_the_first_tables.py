"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:

    op.create_table(
        "answer",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("sale_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "sale_id"),
    )
    op.create_table(
        "confirming",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("sale_id", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "sale_id"),
        sa.UniqueConstraint("uid"),
    )
    op.create_table(
        "control_answer",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("sale_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "sale_id", "number"),
    )
    op.create_table(
        "control_call",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("sale_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("nim", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=True),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "sale_id", "number"),
    )
    op.create_table(
        "control_module",
        sa.Column("nim", sa.String(), nullable=False),
        sa.Column("nif", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("ts_order", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.Column("last_total_counter", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("nim"),
    )
    op.create_table(
        "enrolment_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("used_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "export",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("first_day", sa.String(), nullable=True),
        sa.Column("last_day", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("acknowledged", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", "id"),
    )
    op.create_table(
        "ledger",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("entry_hash", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("sale_id", sa.String(), nullable=True),
        sa.Column("request_hash", sa.String(), nullable=True),
        sa.Column("fiscal_number", sa.String(), nullable=True),
        sa.Column("auth_code", sa.String(), nullable=True),
        sa.Column("receipt_token", sa.String(), nullable=True),
        sa.Column("about", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("outlet_id", "series", "position"),
        sa.UniqueConstraint("fiscal_number"),
        sa.UniqueConstraint("outlet_id", "sale_id"),
        sa.UniqueConstraint("outlet_id", "series", "previous"),
        sa.UniqueConstraint("receipt_token"),
    )
    op.create_index("ix_ledger_about", "ledger", ["outlet_id", "about"], unique=False)
    op.create_table(
        "merchant",
        sa.Column("nif", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("nif"),
    )
    op.create_table(
        "pin_attempts",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("outlet_id", "terminal_id", "cashier_id"),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("jwk", sa.String(), nullable=False),
        sa.Column("outlets", sa.String(), nullable=False),
        sa.Column("not_before", sa.String(), nullable=False),
        sa.Column("not_after", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kid"),
    )
    op.create_table(
        "till_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("csrf_token", sa.String(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("closed_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "delivery",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("sale_id", sa.String(), nullable=False),
        sa.Column("nim", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("queued", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("doubt_since", sa.String(), nullable=True),
        sa.Column("doubt_reason", sa.String(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["outlet_id", "series", "position"],
            ["ledger.outlet_id", "ledger.series", "ledger.position"],
        ),
        sa.PrimaryKeyConstraint("outlet_id", "sale_id"),
    )
    op.create_index("ix_delivery_queue", "delivery", ["nim", "state", "queued"], unique=False)
    op.create_table(
        "outlet",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("merchant_nif", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("regime", sa.String(), nullable=False),
        sa.Column("isf", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("legal_mode", sa.String(), nullable=False),
        sa.Column("septante", sa.Boolean(), nullable=False),
        sa.Column("control_module", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_nif"],
            ["merchant.nif"],
        ),
        sa.PrimaryKeyConstraint("outlet_id"),
    )
    op.create_table(
        "api_key",
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("operations", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["outlet_id"],
            ["outlet.outlet_id"],
        ),
        sa.PrimaryKeyConstraint("key_hash"),
        sa.UniqueConstraint("key_id"),
    )
    op.create_table(
        "article",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("tax_group", sa.String(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=True),
        sa.Column("specific_tax_kind", sa.String(), nullable=True),
        sa.Column("specific_tax_value", sa.Integer(), nullable=True),
        sa.Column("specific_tax_label", sa.String(), nullable=True),
        sa.Column("favourite", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outlet_id"],
            ["outlet.outlet_id"],
        ),
        sa.PrimaryKeyConstraint("outlet_id", "code"),
    )
    op.create_table(
        "currency_rate",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outlet_id"],
            ["outlet.outlet_id"],
        ),
        sa.PrimaryKeyConstraint("outlet_id", "currency", "day"),
    )
    op.create_table(
        "person",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("cashier_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("pin_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outlet_id"],
            ["outlet.outlet_id"],
        ),
        sa.PrimaryKeyConstraint("outlet_id", "cashier_id"),
    )
    op.create_table(
        "series",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("entry_hash", sa.String(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("timestamp", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outlet_id"],
            ["outlet.outlet_id"],
        ),
        sa.PrimaryKeyConstraint("outlet_id", "series"),
    )
    op.create_table(
        "terminal",
        sa.Column("outlet_id", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["outlet_id"],
            ["outlet.outlet_id"],
        ),
        sa.PrimaryKeyConstraint("outlet_id", "terminal_id"),
        sa.UniqueConstraint("secret_hash"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _append_only_on_postgresql()
    else:
        _append_only_on_sqlite()


APPEND_ONLY = ("ledger", "answer", "confirming", "control_call", "control_answer")

SAME_KEY = {
    "ledger": (
        "(outlet_id = NEW.outlet_id AND series = NEW.series AND position = NEW.position)"
        " OR (outlet_id = NEW.outlet_id AND series = NEW.series AND previous = NEW.previous)"
        " OR (outlet_id = NEW.outlet_id AND sale_id = NEW.sale_id)"
        " OR fiscal_number = NEW.fiscal_number OR receipt_token = NEW.receipt_token"
    ),
    "answer": "outlet_id = NEW.outlet_id AND sale_id = NEW.sale_id",
    "confirming": "(outlet_id = NEW.outlet_id AND sale_id = NEW.sale_id) OR uid = NEW.uid",
    "control_call": ("outlet_id = NEW.outlet_id AND sale_id = NEW.sale_id AND number = NEW.number"),
    "control_answer": (
        "outlet_id = NEW.outlet_id AND sale_id = NEW.sale_id AND number = NEW.number"
    ),
}


def _append_only_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        # INSERT OR REPLACE deletes without firing DELETE triggers: refuse the key beforehand,
        # and the rowid, which is a key too when a statement names it.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid OR {SAME_KEY[table]}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: the key exists'); END"
        )


def _append_only_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
