"""`/api/v1/webhooks`: who is told of what an outlet does, and what became of each message."""

import asyncio
import re
from typing import Any, Final

from litestar import Response, delete, get, post
from litestar.params import FromPath

from app.access import Principal, may
from app.fiscal.errors import InvalidInvoice
from app.routes.api.messages import message_document
from app.routes.base.bodies import decoded_body
from app.routes.base.keys import bearer
from app.routes.base.openapi.messages import (
    REGISTRATION,
    EndpointOperation,
    EndpointsOperation,
    MessagesOperation,
    RegisterOperation,
    RemoveOperation,
    ReplayOperation,
    RotateOperation,
)
from app.routes.base.openapi.operations import KEY
from app.routes.base.paging import check_names, per_page
from app.routes.base.problems import NotFound
from app.routes.base.replies import fresh_json, present
from app.routes.base.request import Asked, now, parts_of
from app.routes.base.transactions import reading_for, writing_for
from app.services.messages import endpoints, log
from app.services.messages.endpoints import Endpoint, WithSecret
from app.services.messages.log import MessageView
from app.store.engine import Session
from app.store.messages.messages import Only

_CURSOR: Final = re.compile(r"([0-9TZ:-]{20})\.(msg_[0-9a-f]{32})", re.ASCII)
"""When the last message of the page before was made, and its id."""


async def authorise(request: Asked) -> Principal:
    """The asker, who may see to the webhooks of the outlet."""
    principal = await bearer(request)
    may(principal, "webhooks")
    return principal


def _endpoint(endpoint: Endpoint, secret: str | None = None) -> dict[str, Any]:
    return present(
        id=endpoint.endpoint_id,
        url=endpoint.url,
        events=list(endpoint.events),
        created_at=endpoint.created_at,
        previous_until=endpoint.previous_until,
        waiting=str(endpoint.waiting),
        failed=str(endpoint.failed),
        secret=secret,
    )


def _with_secret(made: WithSecret) -> dict[str, Any]:
    return _endpoint(made.endpoint, made.secret)


@post(
    "/api/v1/webhooks",
    operation_class=RegisterOperation,
    security=KEY,
    status_code=201,
    summary="Être averti d'événements",
    tags=["webhooks"],
    operation_id="register_webhook",
)
async def register(request: Asked) -> Response[bytes]:
    """The address is told of these events from now on; its secret is shown here and never again."""
    principal = await authorise(request)
    asked = REGISTRATION.read(await decoded_body(request), "")
    if not asked["events"]:
        raise InvalidInvoice("format.text", "/events", "Nommez au moins un événement.")
    private = parts_of(request).settings.webhook_private
    await asyncio.to_thread(endpoints.check_address, asked["url"], private=private)
    made = await writing_for(
        request,
        lambda session: endpoints.register(
            session, principal.outlet_id, asked["url"], asked["events"], now()
        ),
    )
    response = fresh_json(_with_secret(made), 201)
    response.headers["Location"] = f"/api/v1/webhooks/{made.endpoint.endpoint_id}"
    return response


@get(
    "/api/v1/webhooks",
    operation_class=EndpointsOperation,
    security=KEY,
    summary="Les adresses averties",
    tags=["webhooks"],
    operation_id="list_webhooks",
)
async def list_endpoints(request: Asked) -> Response[bytes]:
    """The endpoints of the key's outlet, without their secrets."""
    principal = await authorise(request)
    found = await reading_for(request, lambda s: endpoints.endpoints(s, principal.outlet_id))
    return fresh_json({"items": [_endpoint(endpoint) for endpoint in found]})


@get(
    "/api/v1/webhooks/{endpoint_id:str}",
    operation_class=EndpointOperation,
    security=KEY,
    summary="Une adresse avertie",
    tags=["webhooks"],
    operation_id="get_webhook",
)
async def show_endpoint(request: Asked, endpoint_id: FromPath[str]) -> Response[bytes]:
    """The endpoint, without its secret."""
    principal = await authorise(request)
    return fresh_json(_endpoint(await _known(request, principal, endpoint_id)))


async def _known(request: Asked, principal: Principal, endpoint_id: str) -> Endpoint:
    found = await reading_for(
        request, lambda s: endpoints.endpoint(s, principal.outlet_id, endpoint_id)
    )
    if found is None:
        raise NotFound
    return found


@delete(
    "/api/v1/webhooks/{endpoint_id:str}",
    operation_class=RemoveOperation,
    security=KEY,
    status_code=204,
    summary="Ne plus avertir une adresse",
    tags=["webhooks"],
    operation_id="remove_webhook",
)
async def remove(request: Asked, endpoint_id: FromPath[str]) -> None:
    """Nothing goes there any more; what waited is given up."""
    principal = await authorise(request)
    if not await writing_for(
        request, lambda s: endpoints.remove(s, principal.outlet_id, endpoint_id, now())
    ):
        raise NotFound


@post(
    "/api/v1/webhooks/{endpoint_id:str}/rotate",
    operation_class=RotateOperation,
    security=KEY,
    status_code=200,
    summary="Changer le secret d'une adresse",
    tags=["webhooks"],
    operation_id="rotate_webhook_secret",
)
async def rotate(request: Asked, endpoint_id: FromPath[str]) -> Response[bytes]:
    """A new secret, shown here and never again; the one before signs too until `previous_until`."""
    principal = await authorise(request)
    made = await writing_for(
        request, lambda s: endpoints.rotate(s, principal.outlet_id, endpoint_id, now())
    )
    if made is None:
        raise NotFound
    return fresh_json(_with_secret(made))


@get(
    "/api/v1/webhooks/{endpoint_id:str}/messages",
    operation_class=MessagesOperation,
    security=KEY,
    summary="Le journal des envois d'une adresse",
    tags=["webhooks"],
    operation_id="list_webhook_messages",
)
async def list_messages(request: Asked, endpoint_id: FromPath[str]) -> Response[bytes]:
    """The messages for that address and their tries, the newest first."""
    principal = await authorise(request)
    query = request.query_params
    check_names(query, {"cursor", "per_page"})
    count = per_page(query.get("per_page"))
    only = Only(target=endpoint_id, before=_cursor(query.get("cursor")))
    await _known(request, principal, endpoint_id)
    found = await reading_for(request, lambda s: log.log(s, principal.outlet_id, only, count + 1))
    document: dict[str, Any] = {"items": [message_document(m) for m in found[:count]]}
    if len(found) > count:
        last = found[count - 1]
        document["next"] = f"{last.created_at}.{last.message_id}"
    return fresh_json(document)


def _cursor(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise InvalidInvoice("format.text", "/cursor", "Ce curseur n'est pas d'ici.")
    return match[1], match[2]


@post(
    "/api/v1/webhooks/{endpoint_id:str}/messages/{message_id:str}/replay",
    operation_class=ReplayOperation,
    security=KEY,
    status_code=202,
    summary="Renvoyer un message",
    tags=["webhooks"],
    operation_id="replay_webhook_message",
)
async def replay(
    request: Asked, endpoint_id: FromPath[str], message_id: FromPath[str]
) -> Response[bytes]:
    """The message is sent again: the same id, the same bytes."""
    principal = await authorise(request)
    await _known(request, principal, endpoint_id)

    def act(session: Session) -> MessageView | None:
        known = log.find(session, principal.outlet_id, message_id)
        if known is None or known.target != endpoint_id:
            return None
        return log.replay(session, principal.outlet_id, message_id, now())

    replayed = await writing_for(request, act)
    if replayed is None:
        raise NotFound
    return fresh_json(message_document(replayed), 202)


ROUTES: Final = (
    register,
    list_endpoints,
    show_endpoint,
    remove,
    rotate,
    list_messages,
    replay,
)
