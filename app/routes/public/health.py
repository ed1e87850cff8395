"""`/healthz` and `/readyz`."""

from datetime import UTC, datetime
from typing import Final

from litestar import Response, get

from app.fiscal.ledger import utc_text
from app.process import Parts
from app.routes.base.openapi.public import HealthOperation
from app.routes.base.problems import problem
from app.routes.base.replies import fresh_json
from app.routes.base.request import Asked
from app.routes.base.transactions import beside
from app.services.ledger.keys import jwks
from app.store.engine import reading


@get(
    "/healthz",
    operation_class=HealthOperation,
    sync_to_thread=False,
    summary="Le processus vit",
    tags=["health"],
    operation_id="get_health",
)
def healthz() -> Response[bytes]:
    """The process answers; `time` is its clock."""
    now = utc_text(datetime.now(UTC))
    return fresh_json({"status": "ok", "time": now})


@get(
    "/readyz",
    operation_class=HealthOperation,
    summary="Le processus peut vendre",
    tags=["health"],
    operation_id="get_readiness",
)
async def readyz(request: Asked) -> Response[bytes]:
    """The store answers and the signer is open; 503 while not."""

    def check(parts: Parts) -> None:
        with reading(parts.engine) as session:
            jwks(session)
        parts.sealing.call(lambda party, _now: party.signer.public_jwk()).result(timeout=3)

    try:
        await beside(request, check)
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready
        return problem(
            request,
            503,
            "not-ready",
            "Le service n'est pas prêt.",
            detail=type(error).__name__,
            headers={"Retry-After": "2"},
        )
    return fresh_json({"status": "ready"})


ROUTES: Final = (healthz, readyz)
"""The routes of this module, for the server."""
