"""What was measured and what was sent: the outages of an outlet, and the messages it caused."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.fiscal.ledger import utc_text
from app.process import Parts
from app.routes.base.problems import NotFound
from app.routes.base.request import Asked
from app.routes.base.transactions import beside
from app.routes.manage.clock import Clock
from app.routes.manage.pages import REFUSALS, form_of, go, page
from app.routes.manage.place import OutletPage, manager_place, operator_place
from app.routes.manage.words import Lamp
from app.services.messages import endpoints as endpoint_acts
from app.services.messages import log
from app.services.messages.catalogue import subject_of
from app.services.messages.endpoints import Endpoint
from app.services.messages.log import MessageView
from app.store.engine import reading, writing
from app.store.messages.messages import Only
from app.store.tables.messages import ChannelName, MessageState

_log = structlog.get_logger()
Page = Response[Any] | Template

MOST_MESSAGES: Final = 50
MESSAGE_STATES: Final[Mapping[MessageState, tuple[Lamp, str]]] = {
    "pending": ("blue", "En attente"),
    "sending": ("blue", "Envoi en cours"),
    "sent": ("green", "Envoyé"),
    "failed": ("red", "En échec"),
    "prepared": ("grey", "Lien préparé, envoyé par une personne"),
}
CHANNELS: Final[Mapping[ChannelName, str]] = {
    "webhook": "Webhook",
    "email": "E-mail",
    "whatsapp": "WhatsApp",
    "whatsapp-link": "Lien WhatsApp",
}
FAILED_ONLY: Final = "failed"


@get("/gestion/messages", include_in_schema=False)
async def manager_messages(request: Asked) -> Template:
    """What was sent for the manager's outlet, and what came of it."""
    return await _messages_page(request, await manager_place(request))


@get("/exploitation/points/{outlet_id:str}/messages", include_in_schema=False)
async def operator_messages(request: Asked, outlet_id: FromPath[str]) -> Template:
    """The same of any outlet."""
    return await _messages_page(request, await operator_place(request, outlet_id))


@post("/gestion/messages/{message_id:str}/rejouer", include_in_schema=False)
async def manager_replays(request: Asked, message_id: FromPath[str]) -> Redirect:
    """The message is sent again, by the outlet's manager."""
    return await _replay(request, await manager_place(request), message_id)


@post(
    "/exploitation/points/{outlet_id:str}/messages/{message_id:str}/rejouer",
    include_in_schema=False,
)
async def operator_replays(
    request: Asked, outlet_id: FromPath[str], message_id: FromPath[str]
) -> Redirect:
    """The same by an operator."""
    return await _replay(request, await operator_place(request, outlet_id), message_id)


async def _messages_page(request: Asked, place: OutletPage) -> Template:
    only_failed = request.query_params.get("etat") == FAILED_ONLY
    before = request.query_params.get("avant", "")

    def read(parts: Parts) -> tuple[list[Endpoint], list[MessageView], dict[str, str]]:
        with reading(parts.engine) as session:
            known = log.find(session, place.outlet_id, before) if before else None
            only = Only(
                state=FAILED_ONLY if only_failed else None,
                before=(known.created_at, known.message_id) if known else None,
            )
            found = log.log(session, place.outlet_id, only, MOST_MESSAGES)
            numbers = log.numbers(session, found)
            return endpoint_acts.endpoints(session, place.outlet_id), found, numbers

    endpoints, found, numbers = await beside(request, read)
    urls = {one.endpoint_id: one.url for one in endpoints}
    context = {
        **place.context(request, "messages"),
        "endpoints": endpoints,
        "messages": [_message(one, urls, numbers, place.clock) for one in found],
        "only_failed": only_failed,
        "older": found[-1].message_id if len(found) == MOST_MESSAGES else "",
    }
    return page("manage/messages", context)


def _message(
    one: MessageView, urls: Mapping[str, str], numbers: Mapping[str, str], clock: Clock
) -> dict[str, Any]:
    """A message as a line, with its tries."""
    lamp, word = MESSAGE_STATES[one.state]
    return {
        "id": one.message_id,
        "lamp": lamp,
        "word": word,
        "event": subject_of(one.event).title,
        "about": numbers.get(one.sale_id or "", ""),
        "channel": CHANNELS.get(one.channel, one.channel),
        "target": urls.get(one.target, one.target),
        "at": clock.at(one.created_at),
        "next": clock.when(one.next_try),
        "error": one.last_error or "",
        "may_replay": one.state not in {"prepared", "sending"},
        "tries": [
            f"{clock.exact(a.begun_at)} : {a.words or 'sans réponse connue'}" for a in one.tries
        ],
    }


async def _replay(request: Asked, place: OutletPage, message_id: str) -> Redirect:
    await form_of(request, place.visitor)

    def again(parts: Parts) -> MessageView | None:
        with writing(parts.engine) as session:
            return log.replay(session, place.outlet_id, message_id, place.now)

    if await beside(request, again) is None:
        raise NotFound
    _log.info(
        "message.replayed", message_id=message_id, by=place.visitor.by, at=utc_text(place.now)
    )
    return go(f"{place.base}/messages?fait=rejoue")


ROUTES: Final = (
    Router(
        path="/",
        route_handlers=[
                        manager_messages, operator_messages, manager_replays, operator_replays,
        ],
        exception_handlers=REFUSALS,
    ),
)  # fmt: skip
"""The routes of this module, for the server."""
