"""The heartbeat of a tablet: how it is, told by itself."""

from typing import Any, Final

from litestar import Response, put
from litestar.params import FromPath

from app.access import Forbidden
from app.process import Parts
from app.routes.base.bodies import decoded_body
from app.routes.base.openapi.operations import DEVICE
from app.routes.base.openapi.tablets import HeartbeatOperation
from app.routes.base.replies import fresh_json
from app.routes.base.request import Asked, now
from app.routes.base.signature import signed_device
from app.routes.base.transactions import beside
from app.services.tills.heartbeat import keep_heartbeat, read_heartbeat
from app.services.tills.lamps import state_document


@put(
    "/api/v1/devices/{device_id:str}/heartbeat",
    operation_class=HeartbeatOperation,
    security=DEVICE,
    summary="Dire comment va la tablette, apprendre comment va le point de vente",
    tags=["tablets"],
    operation_id="exchange_heartbeat",
)
async def heartbeat(request: Asked, device_id: FromPath[str]) -> Response[bytes]:
    """What the tablet says of itself is kept; the answer says how the outlet is."""
    device = await signed_device(request)
    if device.device_id != device_id:
        raise Forbidden("scope.device", "/device_id", "Cette tablette parle pour une autre.")
    said = read_heartbeat(await decoded_body(request))
    instant = now()

    def exchange(parts: Parts) -> dict[str, Any]:
        keep_heartbeat(parts.engine, parts.sealing, device, said, instant)
        return state_document(parts.engine, parts.sealing, device.outlet_id, instant)

    return fresh_json(await beside(request, exchange))


ROUTES: Final = (heartbeat,)
"""The routes of this module, for the server."""
