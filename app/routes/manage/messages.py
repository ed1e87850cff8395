"""What was measured and what was sent: the outages of an outlet, and the messages it caused."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar import Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.fiscal.ledger import utc_text
from app.process import Parts
from app.routes.base.problems import NotFound
from app.routes.base.request import Asked
from app.routes.base.transactions import beside
from app.routes.manage.clock import Clock
from app.routes.manage.pages import REFUSALS, form_of, go, page
from app.routes.manage.place import both_paths, place_of
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


@get(both_paths("/messages"), include_in_schema=False)
async def list_messages(request: Asked) -> Template:
    """What was sent for the outlet, and what came of it."""
    place = await place_of(request)
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


@post(both_paths("/messages/{message_id:str}/rejouer"), include_in_schema=False)
async def replay(request: Asked, message_id: FromPath[str]) -> Redirect:
    """The message is sent again."""
    place = await place_of(request)
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
    Router(path="/", route_handlers=[list_messages, replay], exception_handlers=REFUSALS),
)
"""The routes of this module, for the server."""
