"""`/caisse/ventes/{id}`: a till sends the receipt of a sale, and asks what became of it."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from app.routes.base.bodies import decoded_body
from app.routes.base.openapi.messages import DELIVERY
from app.routes.base.problems import NotFound
from app.routes.base.replies import fresh_json
from app.routes.base.request import Asked, now, parts_of
from app.routes.base.signature import signed_device, standing_device
from app.routes.base.transactions import reading_for, writing_for
from app.services.messages import log
from app.services.messages.log import MessageView
from app.store.engine import Session

_ENDED: Final = frozenset({"sent", "failed"})


def _document(message: MessageView) -> dict[str, str]:
    """How far the receipt is, in the three words of a till."""
    return {
        "channel": message.channel,
        "to": message.target,
        "state": message.state if message.state in _ENDED else "queued",
        "reason": message.last_error or "",
    }


@post("/caisse/ventes/{sale_id:str}/envoyer", status_code=202, include_in_schema=False)
async def send_receipt(request: Asked, sale_id: FromPath[str]) -> Response[bytes]:
    """The receipt is on its way; it leaves once the invoice is a legal paper."""
    device = await standing_device(request)
    asked = DELIVERY.read(await decoded_body(request), "")
    log.check_channel(parts_of(request).channels, asked["channel"])

    def act(session: Session) -> dict[str, str]:
        queued = log.queue_receipt(
            session, device.outlet_id, sale_id, asked["channel"], asked["to"], now()
        )
        if queued is None:
            raise NotFound
        return _document(queued)

    return fresh_json(await writing_for(request, act), 202)


@get("/caisse/ventes/{sale_id:str}/envois", include_in_schema=False)
async def receipts_sent(request: Asked, sale_id: FromPath[str]) -> Response[bytes]:
    """What became of each receipt of the sale that we send ourselves, the oldest first."""
    device = await signed_device(request)

    def look(session: Session) -> dict[str, Any]:
        found = log.deliveries(session, device.outlet_id, sale_id)
        return {"items": [_document(it) for it in found if it.state != "prepared"]}

    return fresh_json(await reading_for(request, look))


ROUTES: Final = (send_receipt, receipts_sent)
