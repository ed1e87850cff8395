"""The shapes of webhooks and deliveries in the OpenAPI document, and its section `webhooks`."""

from typing import Any, Final

from app.routes.base.openapi.shapes import (
    ADDRESS,
    COUNT,
    INVOICE_TYPE,
    LINKS,
    NORMALISATION,
    REFUSAL,
    TEXT,
    TIME,
    TOTALS,
    Shape,
    list_of,
    one_of,
    page,
    record,
    texts,
    words_of,
)
from app.services.messages.catalogue import CATALOGUE, EVENTS
from app.store.tables.messages import MessageState

_TRY: Final = record(
    "Try",
    {
        "number": COUNT, "begun_at": TIME, "ended_at": TIME, "status": COUNT,
        "words": TEXT, "milliseconds": COUNT,
    },
    {"ended_at", "status", "words", "milliseconds"},
)  # fmt: skip
_MESSAGE: Final[dict[str, Shape]] = {
    "id": TEXT,
    "event": TEXT,
    "state": one_of("MessageState", words_of(MessageState)),
    "attempts": COUNT,
    **dict.fromkeys(("created_at", "next_try", "done_at"), TIME),
    **texts("last_error", "reached"),
    "tries": list_of(_TRY),
}
_LATER: Final = {"next_try", "done_at", "last_error", "reached"}
MESSAGE: Final = record("Message", _MESSAGE, _LATER)
MESSAGES: Final = page("MessagePage", MESSAGE)
SENDING: Final = record(
    "ReceiptDelivery", _MESSAGE | texts("channel", "to", "link"), {*_LATER, "link"}
)
SENDINGS: Final = record("ReceiptDeliveries", {"items": list_of(SENDING)})
_ENDPOINT: Final[dict[str, Shape]] = {
    "id": TEXT,
    "url": ADDRESS,
    "events": list_of(TEXT),
    "created_at": TIME,
    "previous_until": TIME,
    "waiting": COUNT,
    "failed": COUNT,
}
ENDPOINT: Final = record("WebhookEndpoint", _ENDPOINT, {"previous_until"})
ENDPOINT_WITH_SECRET: Final = record(
    "WebhookEndpointWithSecret", _ENDPOINT | {"secret": TEXT}, {"previous_until"}
)
ENDPOINTS: Final = record("WebhookEndpoints", {"items": list_of(ENDPOINT)})

_EVENT_DATA: Final[Shape] = {
    "title": "EventData",
    "type": "object",
    "properties": {
        **texts("outlet_id", "series", "entry_hash", "sale_id", "fiscal_number", "reference"),
        **texts("code_def_dgi", "text"),
        "position": COUNT,
        "status": TEXT,
        "invoice_type": INVOICE_TYPE,
        "totals": TOTALS,
        "links": LINKS,
        "normalisation": NORMALISATION,
        "refusal": REFUSAL,
    },
    "required": ["outlet_id"],
    "additionalProperties": True,
}
EVENT: Final = record("Event", {"type": TEXT, "timestamp": TIME, "data": _EVENT_DATA})


def webhooks() -> dict[str, Any]:
    """The section `webhooks`: one POST for each event that an endpoint may ask for."""
    headers = [
        {"name": name, "in": "header", "required": True, "description": words, "schema": TEXT}
        for name, words in (
            ("webhook-id", "Le même à chaque essai : ce qui est déjà reçu s’ignore"),
            ("webhook-timestamp", "Secondes depuis 1970, de cet essai"),
            ("webhook-signature", "« v1, » et HMAC-SHA256 (Standard Webhooks), un par secret"),
        )
    ]
    return {
        name: {
            "post": {
                "operationId": "on_" + name.replace(".", "_").replace("*", "any"),
                "summary": CATALOGUE[name].title,
                "tags": ["webhooks"],
                "parameters": headers,
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": EVENT}},
                },
                "responses": {
                    "2XX": {"description": "Reçu. Toute autre réponse : un essai plus tard"}
                },
            }
        }
        for name in EVENTS
    }
