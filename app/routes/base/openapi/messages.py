"""The operations of webhooks and deliveries in the OpenAPI document."""

from dataclasses import dataclass
from typing import Any, Final

from litestar.openapi.spec import OpenAPIResponse, Operation

from app.fiscal.reading import Array, Object, OneOf, Text
from app.routes.base.openapi import message_shapes
from app.routes.base.openapi.operations import json_answer, json_body, parameter, problems
from app.services.messages.catalogue import EVENTS
from app.services.messages.events import ALL
from app.services.messages.log import CHANNELS

REGISTRATION: Final = Object(
    {
        "url": Text(500),
        "events": Array(OneOf(frozenset({ALL, *EVENTS}), "format.text")),
    },
    name="WebhookRequest",
)
DELIVERY: Final = Object(
    {"channel": OneOf(frozenset(CHANNELS), "format.text"), "to": Text(254)},
    name="ReceiptRequest",
)

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
            "201": json_answer("L’adresse avec son secret", message_shapes.ENDPOINT_WITH_SECRET),
            **problems(400, 401, 403, 413, 415, 422),
        }


@dataclass
class EndpointsOperation(Operation):
    """Who is told."""

    def __post_init__(self) -> None:
        self.responses = {
            "200": json_answer("Les adresses", message_shapes.ENDPOINTS),
            **problems(401, 403),
        }


@dataclass
class EndpointOperation(Operation):
    """One who is told."""

    def __post_init__(self) -> None:
        self.responses = {
            "200": json_answer("L’adresse", message_shapes.ENDPOINT),
            **problems(401, 403, 404),
        }


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
            "200": json_answer("L’adresse avec son secret", message_shapes.ENDPOINT_WITH_SECRET),
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
            "200": json_answer("Une page", message_shapes.MESSAGES),
            **problems(400, 401, 403, 404),
        }


@dataclass
class ReplayOperation(Operation):
    """A message sent again."""

    def __post_init__(self) -> None:
        self.responses = {
            "202": json_answer("Le message", message_shapes.MESSAGE),
            **problems(401, 403, 404),
        }


@dataclass
class DeliverOperation(Operation):
    """A receipt on its way to a customer."""

    def __post_init__(self) -> None:
        self.request_body = json_body(DELIVERY.schema(), _SENDING)
        self.responses = {
            "202": json_answer("L’envoi", message_shapes.SENDING),
            **problems(400, 401, 403, 404, 413, 415, 422),
        }


@dataclass
class DeliveriesOperation(Operation):
    """What became of the receipts of a sale."""

    def __post_init__(self) -> None:
        self.responses = {
            "200": json_answer("Les envois", message_shapes.SENDINGS),
            **problems(401, 403, 404),
        }
