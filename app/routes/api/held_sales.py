"""Sales of revoked tablets: kept as they came, whatever they say, until a manager looks."""

import asyncio
from typing import Any

from litestar import Request, Response

from app.access import KnownDevice
from app.fiscal.draft import SALE_ID
from app.process import Parts
from app.routes.base.replies import json_reply
from app.routes.base.request import now, parts_of
from app.routes.base.signature import refuse_revoked
from app.services.tills import held_sales


async def hold(
    request: Request[Any, Any, Any], device: KnownDevice, sale_id: str
) -> Response[bytes]:
    """The sale is kept, readable or not: only this tablet may still have it.

    Raises:
        InvalidInvoice: the address is no sale's.
    """
    SALE_ID.read(sale_id, "/sale_id")
    engine, body = parts_of(request).engine, await request.body()
    await asyncio.to_thread(held_sales.hold, engine, device, sale_id, body, now())
    return _held(sale_id)


async def held_before(parts: Parts, device: KnownDevice, sale_id: str) -> Response[bytes]:
    """What a revoked tablet may know: that this sale of its outlet is kept.

    Raises:
        Forbidden: `auth.revoked`, of every other one.
    """
    if not await asyncio.to_thread(held_sales.is_held, parts.engine, device.outlet_id, sale_id):
        refuse_revoked(device)
    return _held(sale_id)


def _held(sale_id: str) -> Response[bytes]:
    return json_reply({"sale_id": sale_id, "status": "held"}, 202)
