"""What anyone may ask: tax tables, keys, health, and whether an invoice is authentic."""

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from app.fiscal.errors import VerificationFailed
from app.routes.base.limits import address_of
from app.routes.base.openapi.public import VerifyOperation
from app.routes.base.problems import NotFound, problem
from app.routes.base.replies import json_reply
from app.routes.base.request import Asked, parts_of
from app.routes.base.transactions import reading_for
from app.services.ledger.answers import normalisation
from app.services.papers.verifying import Authentic, verify_paper


async def checked_paper(request: Asked, fiscal_number: str, code: str) -> Authentic | None:
    """The invoice of that number and code, or None; at most so many a minute for one address.

    Raises:
        TooMany: past the limit.
        VerificationFailed: our own store does not hold.
    """
    request.app.state.checks.take(address_of(request))
    host = parts_of(request).settings.verify_host
    return await reading_for(
        request, lambda session: verify_paper(session, fiscal_number, code, host)
    )


@get(
    "/api/v1/verify/{fiscal_number:str}",
    operation_class=VerifyOperation,
    summary="Vérifier une facture par son numéro et son code",
    tags=["verification"],
    operation_id="verify_invoice",
)
async def verify_invoice(request: Asked, fiscal_number: FromPath[str]) -> Response[bytes]:
    """What an authentic paper says; without the right code, the 404 of an unknown number."""
    try:
        found = await checked_paper(request, fiscal_number, request.query_params.get("c", ""))
    except VerificationFailed as error:
        return problem(
            request, 500, "ledger.broken", "Le grand livre ne tient pas ici.", detail=str(error)
        )
    if found is None:
        raise NotFound
    return json_reply(authentic_document(found))


def authentic_document(found: Authentic) -> dict[str, Any]:
    """What a stranger with the paper in hand may compare."""
    invoice = found.invoice
    document: dict[str, Any] = {
        "result": "authentic",
        "status": found.status,
        **{name: invoice[name] for name in ("outlet_id", "merchant_nif", "seller", "invoice_type")},
        "totals": invoice["totals"],
        "security": found.security,
    }
    if found.normalised is not None:
        document["normalisation"] = normalisation(found.normalised)
    return document


ROUTES = (verify_invoice,)
