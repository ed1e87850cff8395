"""`/whatsapp/etats`: where Meta reports what became of the receipts that it took."""

import hmac
from typing import Final

from litestar import Response, get, post

from app.access import Forbidden
from app.channels.whatsapp import is_signed, reports
from app.routes.base.problems import NotFound
from app.routes.base.request import Asked, now, parts_of
from app.routes.base.transactions import writing_for
from app.services.messages import reports as delivery_reports

_STRANGER: Final = "Cet appel ne vient pas de WhatsApp."


@get("/whatsapp/etats", include_in_schema=False, sync_to_thread=False)
def subscribe(request: Asked) -> Response[bytes]:
    """Meta's challenge is repeated when Meta knows our word."""
    settings, query = parts_of(request).settings, request.query_params
    if not settings.whatsapp_secret:
        raise NotFound
    word = query.get("hub.verify_token", "").encode()
    if not hmac.compare_digest(word, settings.whatsapp_verify.encode()):
        raise Forbidden("auth.signature", "", _STRANGER)
    return Response(query.get("hub.challenge", "").encode(), media_type="text/plain")


@post("/whatsapp/etats", include_in_schema=False, status_code=200)
async def report(request: Asked) -> Response[bytes]:
    """What Meta signed is noted; a message that is none of ours changes nothing."""
    secret = parts_of(request).settings.whatsapp_secret
    if not secret:
        raise NotFound
    body = await request.body()
    if not is_signed(secret, body, request.headers.get("x-hub-signature-256", "")):
        raise Forbidden("auth.signature", "", _STRANGER)
    found = reports(body)
    await writing_for(request, lambda session: delivery_reports.note(session, found, now()))
    return Response(b"", media_type="text/plain")


ROUTES: Final = (subscribe, report)
