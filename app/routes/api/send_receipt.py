"""`/api/v1/invoices/{id}/deliveries`: a receipt on its way to a customer, and where it is."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from app.access import Principal, may
from app.routes.api.messages import message_document
from app.routes.base.bodies import decoded_body
from app.routes.base.keys import bearer
from app.routes.base.openapi.messages import DELIVERY, DeliveriesOperation, DeliverOperation
from app.routes.base.openapi.operations import KEY
from app.routes.base.problems import NotFound
from app.routes.base.replies import fresh_json
from app.routes.base.request import Asked, now, parts_of
from app.routes.base.transactions import reading_for, writing_for
from app.services.messages import log
from app.services.messages.log import MessageView
from app.services.messages.texts import receipt_link
from app.store.engine import Session
from app.store.ledger.sales import sale_named


async def _authorise(request: Asked) -> Principal:
    principal = await bearer(request)
    may(principal, "deliveries")
    return principal


def _sale_id(session: Session, outlet_id: str, name: str) -> str:
    """The id of the outlet's sale of that id or fiscal number; raises `NotFound`."""
    state = sale_named(session, outlet_id, name)
    if state is None:
        raise NotFound
    return state.sale.sale_id


def _document(request: Asked, session: Session, message: MessageView) -> dict[str, Any]:
    link = None
    if message.channel == "whatsapp-link" and message.sale_id is not None:
        channels = parts_of(request).channels
        outlet_id = message.outlet_id
        link = receipt_link(session, outlet_id, message.sale_id, message.target, channels)
    return message_document(message, channel=message.channel, to=message.target, link=link)


@post(
    "/api/v1/invoices/{invoice_id:str}/deliveries",
    operation_class=DeliverOperation,
    security=KEY,
    status_code=202,
    summary="Envoyer une facture à un client",
    tags=["invoices"],
    operation_id="send_receipt",
)
async def deliver(request: Asked, invoice_id: FromPath[str]) -> Response[bytes]:
    """The receipt leaves by that channel once it is a legal paper.

    `email` and `whatsapp` (Business API) are sent by us. `whatsapp-link` is not: `link` opens
    WhatsApp with the text, a person sends it, and nobody knows whether it arrived (`prepared`).
    """
    principal = await _authorise(request)
    asked = DELIVERY.read(await decoded_body(request), "")
    log.check_channel(parts_of(request).channels, asked["channel"])

    def act(session: Session) -> dict[str, Any]:
        outlet_id = principal.outlet_id
        sale_id = _sale_id(session, outlet_id, invoice_id)
        queued = log.queue_receipt(
            session, outlet_id, sale_id, asked["channel"], asked["to"], now()
        )
        if queued is None:
            raise NotFound
        return _document(request, session, queued)

    return fresh_json(await writing_for(request, act), 202)


@get(
    "/api/v1/invoices/{invoice_id:str}/deliveries",
    operation_class=DeliveriesOperation,
    security=KEY,
    summary="Les envois d'une facture",
    tags=["invoices"],
    operation_id="list_receipt_deliveries",
)
async def list_deliveries(request: Asked, invoice_id: FromPath[str]) -> Response[bytes]:
    """What became of each receipt of the sale that was asked for, the oldest first."""
    principal = await _authorise(request)

    def look(session: Session) -> list[dict[str, Any]]:
        sale_id = _sale_id(session, principal.outlet_id, invoice_id)
        found = log.deliveries(session, principal.outlet_id, sale_id)
        return [_document(request, session, message) for message in found]

    return fresh_json({"items": await reading_for(request, look)})


ROUTES: Final = (deliver, list_deliveries)
