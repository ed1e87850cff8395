"""The dated tax tables, and the public keys of the seals."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Response, get

from app.fiscal.tables import GROUP_LABELS, TABLES, table_in_force
from app.routes.base.replies import json_reply
from app.routes.base.request import Asked, parts_of
from app.services.ledger.keys import jwks
from app.store.engine import reading


@get("/api/v1/tax-tables", sync_to_thread=False, summary="Tables fiscales datées", tags=["Tables"])
def tax_tables() -> Response[bytes]:
    """Every dated tax table, and which is in force in Kinshasa now."""
    return json_reply(
        {
            "in_force": table_in_force(datetime.now(UTC), "Africa/Kinshasa").name,
            "items": [
                {
                    "name": table.name,
                    "in_force_from": table.in_force_from,
                    "groups": [
                        {"group": letter, "label": GROUP_LABELS[letter]}
                        | (
                            {}
                            if table.rates[letter] is None
                            else {"rate": str(table.rates[letter])}
                        )
                        for letter in sorted(table.rates)
                    ],
                }
                for table in TABLES
            ],
        }
    )


@get("/.well-known/jwks.json", summary="Clés publiques des sceaux", tags=["Vérification"])
async def published_keys(request: Asked) -> Response[bytes]:
    """The public keys that seal, with `nbf`, `exp` and `outlets`."""
    engine = parts_of(request).engine

    def read() -> dict[str, Any]:
        with reading(engine) as session:
            return jwks(session)

    document = await asyncio.to_thread(read)
    return json_reply(document, headers={"Cache-Control": "public, max-age=300"})


ROUTES: Final = (tax_tables, published_keys)
"""The routes of this module, for the server."""
