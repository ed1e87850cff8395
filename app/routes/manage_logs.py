"""What was measured and what was sent: the outages of an outlet, and the messages it caused."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.fiscal.ledger import utc_text, utc_time
from app.fiscal.probe import PARTS, Outage
from app.process import Parts
from app.routes.page_words import Clock, duration
from app.routes.pages import HEADERS, REFUSALS, form_of, go, live, page
from app.routes.places import Place, manager_place, operator_place, told
from app.routes.problems import NotFound
from app.routes.till_session import Asked
from app.services.messages import endpoints as endpoint_acts
from app.services.messages import log
from app.services.messages.endpoints import Endpoint
from app.services.messages.log import MessageView
from app.services.watch.mode import Mode, mode_in_force
from app.services.watch.probes import log_lines, told_outages
from app.store.engine import reading, writing
from app.store.messages.messages import Only

_log = structlog.get_logger()
Page = Response[Any] | Template

MOST_OUTAGES: Final = 50
MOST_MESSAGES: Final = 50
PART_NAMES: Final = {
    "lan": "Réseau du magasin",
    "internet": "Internet",
    "dgi": "DGI",
    "signer": "Signataire",
    "device": "Boîtier",
}
PART_STATES: Final = {
    "up": ("green", "Répond"),
    "down": ("red", "Ne répond pas"),
    "none": ("grey", "Non surveillé"),
    "unknown": ("grey", "Pas encore mesuré"),
}
MODE_LAMPS: Final = {"normal": "green", "sealed": "green", "blocked": "red", "unsealed": "red"}
MESSAGE_STATES: Final = {
    "pending": ("blue", "En attente"),
    "sending": ("blue", "Envoi en cours"),
    "sent": ("green", "Envoyé"),
    "failed": ("red", "En échec"),
    "prepared": ("grey", "Lien préparé, envoyé par une personne"),
}
CHANNELS: Final = {
    "webhook": "Webhook",
    "email": "E-mail",
    "whatsapp": "WhatsApp",
    "whatsapp-link": "Lien WhatsApp",
}
EVENTS: Final = {
    "receipt": "Reçu d’une vente",
    "invoice.sealed": "Facture scellée",
    "invoice.normalised": "Facture normalisée",
    "invoice.refused": "Facture refusée",
    "invoice.in_doubt": "Facture en doute",
    "invoice.failed": "Facture en échec",
    "outlet.status": "État du point de vente",
    "outlet.deadline": "Délai de transmission",
    "report.sealed": "Rapport scellé",
    "device.table": "Taux de la DGI",
    "device.token": "Jeton de la DGI",
    "device.clock": "Horloge de la DGI",
}
OF_DEVICES: Final = "Appareil"
"""Every other event is one of a device."""
FAILED_ONLY: Final = "failed"


@get("/gestion/pannes", include_in_schema=False)
async def manager_outages(request: Asked) -> Page:
    """What could not be reached at the manager's outlet, and when."""
    return await _outages_page(request, await manager_place(request))


@get("/exploitation/points/{outlet_id:str}/pannes", include_in_schema=False)
async def operator_outages(request: Asked, outlet_id: FromPath[str]) -> Page:
    """The same of any outlet."""
    return await _outages_page(request, await operator_place(request, outlet_id))


@get("/gestion/pannes/journal.jsonl", include_in_schema=False)
async def manager_log(request: Asked) -> Response[bytes]:
    """The signed probe log, for `bono verify`."""
    return await _download(request, await manager_place(request))


@get("/exploitation/points/{outlet_id:str}/pannes/journal.jsonl", include_in_schema=False)
async def operator_log(request: Asked, outlet_id: FromPath[str]) -> Response[bytes]:
    """The same of any outlet."""
    return await _download(request, await operator_place(request, outlet_id))


async def _download(request: Asked, place: Place) -> Response[bytes]:
    def read(parts: Parts) -> bytes:
        with reading(parts.engine) as session:
            return b"".join(log_lines(session, place.outlet_id))

    name = f"pannes-{place.outlet_id}.jsonl"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    headers = {**HEADERS, **disposition}
    return Response(await told(request, read), media_type="application/jsonl", headers=headers)


async def _outages_page(request: Asked, place: Place) -> Page:
    def read(parts: Parts) -> tuple[Mode, list[Outage]]:
        with reading(parts.engine) as session:
            mode = mode_in_force(session, place.outlet_id, place.now)
            return mode, told_outages(session, place.outlet_id)

    mode, outages = await told(request, read)
    clock = place.clock
    context = {
        **place.context(request, "pannes"),
        "mode": mode,
        "mode_lamp": MODE_LAMPS.get(mode.name, "amber"),
        "mode_since": clock.at(mode.since),
        "mode_deadline": clock.at(mode.deadline),
        "parts": [_part(name, mode.parts) for name in PARTS],
        "outages": [_outage(outage, place) for outage in reversed(outages[-MOST_OUTAGES:])],
    }
    return live(request, "manage/outages", context)


def _part(name: str, states: Mapping[str, str]) -> dict[str, str]:
    lamp, word = PART_STATES[states.get(name, "unknown")]
    return {"name": PART_NAMES[name], "lamp": lamp, "word": word}


def _outage(outage: Outage, place: Place) -> dict[str, str]:
    until = utc_time(outage.until) if outage.until else place.now
    lasted = duration(int((until - utc_time(outage.since)).total_seconds()))
    return {
        "part": PART_NAMES.get(outage.part, outage.part),
        "from": place.clock.exact(outage.since),
        "to": place.clock.exact(outage.until) if outage.until else "",
        "lasted": lasted,
        "lamp": "grey" if outage.until else "red",
    }


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


async def _messages_page(request: Asked, place: Place) -> Template:
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

    endpoints, found, numbers = await told(request, read)
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
        "event": EVENTS.get(one.event, OF_DEVICES),
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


async def _replay(request: Asked, place: Place, message_id: str) -> Redirect:
    await form_of(request, place.visitor)

    def again(parts: Parts) -> MessageView | None:
        with writing(parts.engine) as session:
            return log.replay(session, place.outlet_id, message_id, place.now)

    if await told(request, again) is None:
        raise NotFound
    _log.info(
        "message.replayed", message_id=message_id, by=place.visitor.by, at=utc_text(place.now)
    )
    return go(f"{place.base}/messages?fait=rejoue")


ROUTES: Final = (
    Router(
        path="/",
        route_handlers=[
            manager_outages, operator_outages, manager_log, operator_log,
            manager_messages, operator_messages, manager_replays, operator_replays,
        ],
        exception_handlers=REFUSALS,
    ),
)  # fmt: skip
"""The routes of this module, for the server."""
