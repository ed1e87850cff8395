"""All the tables: importing this fills SQLModel's metadata.

Every table that grows leads its key with `outlet_id`.
"""

from app.store import ledger_tables, shop_tables, sync_tables

APPEND_ONLY = (*ledger_tables.APPEND_ONLY, *shop_tables.APPEND_ONLY, *sync_tables.APPEND_ONLY)
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
