"""The dated tax tables, and the public keys of the seals."""

from datetime import UTC, datetime
from typing import Final

from litestar import Response, get

from app.fiscal.tables import GROUP_LABELS, table_in_force
from app.routes.base.openapi.public import KeysOperation, TaxTablesOperation
from app.routes.base.replies import json_reply
from app.routes.base.request import Asked
from app.routes.base.transactions import reading_for
from app.services.ledger.keys import jwks
from app.store.rules.law import tables_of_law


@get(
    "/api/v1/tax-tables",
    operation_class=TaxTablesOperation,
    summary="Tables fiscales datées",
    tags=["tables"],
    operation_id="list_tax_tables",
)
async def tax_tables(request: Asked) -> Response[bytes]:
    """Every dated tax table, and which is in force in Kinshasa now; some are yet to come."""
    tables = await reading_for(request, tables_of_law)
    return json_reply(
        {
            "in_force": table_in_force(datetime.now(UTC), "Africa/Kinshasa", tables).name,
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
                for table in tables
            ],
        }
    )


@get(
    "/.well-known/jwks.json",
    operation_class=KeysOperation,
    summary="Clés publiques des sceaux",
    tags=["verification"],
    operation_id="list_public_keys",
)
async def published_keys(request: Asked) -> Response[bytes]:
    """The public keys that seal, with `nbf`, `exp` and `outlets`."""
    document = await reading_for(request, jwks)
    return json_reply(document, headers={"Cache-Control": "public, max-age=300"})


ROUTES: Final = (tax_tables, published_keys)
"""The routes of this module, for the server."""
