"""Sales of revoked tablets: kept as they came, whatever they say, until a manager looks."""

from litestar import Response

from app.access import KnownDevice
from app.fiscal.draft import SALE_ID
from app.routes.base.replies import json_reply
from app.routes.base.request import Asked, now
from app.routes.base.signature import refuse_revoked
from app.routes.base.transactions import beside
from app.services.tills import held_sales


async def hold(request: Asked, device: KnownDevice, sale_id: str) -> Response[bytes]:
    """The sale is kept, readable or not: only this tablet may still have it.

    Raises:
        InvalidInvoice: the address is no sale's.
    """
    SALE_ID.read(sale_id, "/sale_id")
    body = await request.body()
    await beside(request, lambda parts: held_sales.hold(parts.engine, device, sale_id, body, now()))
    return _held(sale_id)


async def held_before(request: Asked, device: KnownDevice, sale_id: str) -> Response[bytes]:
    """What a revoked tablet may know: that this sale of its outlet is kept.

    Raises:
        Forbidden: `auth.revoked`, of every other one.
    """
    held = await beside(
        request, lambda parts: held_sales.is_held(parts.engine, device.outlet_id, sale_id)
    )
    if not held:
        refuse_revoked(device)
    return _held(sale_id)


def _held(sale_id: str) -> Response[bytes]:
    return json_reply({"sale_id": sale_id, "status": "held"}, 202)
