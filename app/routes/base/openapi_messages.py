"""The operations of webhooks and deliveries in the OpenAPI document."""

from dataclasses import dataclass
from typing import Any, Final

from litestar.openapi.spec import OpenAPIResponse, Operation

from app.fiscal.reading import Array, Object, OneOf, Text
from app.routes.base.openapi import json_answer, json_body, parameter, problems
from app.services.messages.catalogue import EVENTS
from app.services.messages.events import ALL
from app.services.messages.log import CHANNELS

REGISTRATION: Final = Object(
    {
        "url": Text(500),
        "events": Array(OneOf(frozenset({ALL, *EVENTS}), "format.text")),
    }
)
DELIVERY: Final = Object({"channel": OneOf(frozenset(CHANNELS), "format.text"), "to": Text(254)})

_ENDPOINT: Final = "id, url, events, created_at, waiting, failed"
_MESSAGE: Final = "id, event, state, attempts, created_at, tries"
_DELIVERY: Final = "id, channel, to, state, attempts, created_at, tries, link"
_HOOK: Final[dict[str, Any]] = {
    "url": "https://boutique.example/bono",
    "events": ["invoice.normalised", "invoice.refused"],
}
_SENDING: Final[dict[str, Any]] = {"channel": "whatsapp-link", "to": "+243 812 345 678"}


@dataclass
class RegisterOperation(Operation):
    """Asks to be told of events."""

    def __post_init__(self) -> None:
        self.request_body = json_body(REGISTRATION.schema(), _HOOK)
        self.responses = {
            "201": json_answer(f"{_ENDPOINT}, secret (montré cette seule fois)"),
            **problems(400, 401, 403, 413, 415, 422),
        }


@dataclass
class EndpointsOperation(Operation):
    """Who is told."""

    def __post_init__(self) -> None:
        self.responses = {"200": json_answer(f"items : {_ENDPOINT}"), **problems(401, 403)}


@dataclass
class EndpointOperation(Operation):
    """One who is told."""

    def __post_init__(self) -> None:
        self.responses = {"200": json_answer(_ENDPOINT), **problems(401, 403, 404)}


@dataclass
class RemoveOperation(Operation):
    """Nothing goes there any more."""

    def __post_init__(self) -> None:
        self.responses = {
            "204": OpenAPIResponse(description="L'adresse est retirée"),
            **problems(401, 403, 404),
        }


@dataclass
class RotateOperation(Operation):
    """Another secret."""

    def __post_init__(self) -> None:
        self.responses = {
            "200": json_answer(f"{_ENDPOINT}, previous_until, secret (montré cette seule fois)"),
            **problems(401, 403, 404),
        }


@dataclass
class MessagesOperation(Operation):
    """The delivery log of an endpoint."""

    def __post_init__(self) -> None:
        self.parameters = [
            *(self.parameters or []),
            parameter("per_page", "query", "de 1 à 100"),
            parameter("cursor", "query", "le membre next de la page d'avant"),
        ]
        self.responses = {
            "200": json_answer(f"items : {_MESSAGE} ; next"),
            **problems(400, 401, 403, 404),
        }


@dataclass
class ReplayOperation(Operation):
    """A message sent again."""

    def __post_init__(self) -> None:
        self.responses = {"202": json_answer(_MESSAGE), **problems(401, 403, 404)}


@dataclass
class DeliverOperation(Operation):
    """A receipt on its way to a customer."""

    def __post_init__(self) -> None:
        self.request_body = json_body(DELIVERY.schema(), _SENDING)
        self.responses = {
            "202": json_answer(_DELIVERY),
            **problems(400, 401, 403, 404, 413, 415, 422),
        }


@dataclass
class DeliveriesOperation(Operation):
    """What became of the receipts of a sale."""

    def __post_init__(self) -> None:
        self.responses = {
            "200": json_answer(f"items : {_DELIVERY}"),
            **problems(401, 403, 404),
        }
