"""`/metrics`: for the Prometheus of this machine, or for a key with that right."""

from dataclasses import dataclass
from typing import Final

from litestar import Response, get
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from prometheus_client import CONTENT_TYPE_LATEST

from app.access import may
from app.routes.base.keys import bearer
from app.routes.base.limits import address_of
from app.routes.base.openapi.operations import KEY, problems
from app.routes.base.replies import FRESH
from app.routes.base.request import Asked, now
from app.routes.base.transactions import beside
from app.services.watch.metrics import exposition
from app.store.tenancy import EVERYWHERE

LOOPBACK: Final = {"127.0.0.1", "::1"}
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds: behind one, everybody comes from this machine."""


@dataclass
class MetricsOperation(Operation):
    """Figures in the text of Prometheus."""

    def __post_init__(self) -> None:
        media = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        self.responses = {
            "200": OpenAPIResponse(description="Les mesures", content={"text/plain": media}),
            **problems(401, 403),
        }


@get(
    "/metrics",
    operation_class=MetricsOperation,
    security=[*KEY, {}],
    summary="Mesures pour Prometheus",
    tags=["health"],
    operation_id="get_metrics",
)
async def metrics(request: Asked) -> Response[bytes]:
    """Every outlet's figures for this machine; with a key, those of its outlet."""
    outlet_id = EVERYWHERE
    if "authorization" in request.headers or not _is_local(request):
        principal = await bearer(request)
        may(principal, "metrics")
        outlet_id = principal.outlet_id
    text = await beside(
        request, lambda parts: exposition(parts.engine, parts.jobs, now(), outlet_id)
    )
    return Response(text, media_type=CONTENT_TYPE_LATEST, headers=FRESH)


def _is_local(request: Asked) -> bool:
    return address_of(request) in LOOPBACK and not any(
        name in request.headers for name in _FORWARDED
    )


ROUTES: Final = (metrics,)
