"""All the tables: importing this fills SQLModel's metadata.

Every table that grows leads its key with `outlet_id`.
"""

from app.store.tables import (
    cases,
    dgi,
    ledger,
    messages,
    outlets,
    papers,
    people,
    proof,
    rules,
    shop,
    tills,
    watch,
)

__all__ = [
    "APPEND_ONLY",
    "cases",
    "dgi",
    "ledger",
    "messages",
    "outlets",
    "papers",
    "people",
    "proof",
    "rules",
    "shop",
    "tills",
    "watch",
]

APPEND_ONLY = (
    *cases.APPEND_ONLY,
    *dgi.APPEND_ONLY,
    *ledger.APPEND_ONLY,
    *messages.APPEND_ONLY,
    *papers.APPEND_ONLY,
    *rules.APPEND_ONLY,
    *tills.APPEND_ONLY,
    *watch.APPEND_ONLY,
)
"""Tables in which the database itself refuses UPDATE, DELETE and TRUNCATE."""
