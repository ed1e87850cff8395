"""The request bodies of the OpenAPI document: the same tables that read them."""

from dataclasses import dataclass
from typing import Any, Final

from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIType

from app.fiscal.draft import SALE
from app.routes.base.openapi import shapes
from app.routes.base.problems import PROBLEM

EXAMPLE: Final[dict[str, Any]] = {
    "outlet_id": "KIN01",
    "merchant_nif": "A2512345Z",
    "pos_terminal_id": "T1",
    "cashier_id": "C1",
    "operator": "Marie",
    "invoice_type": "FV",
    "price_mode": "TTC",
    "timestamp": "2026-11-22T10:15:30Z",
    "client": {"type": "PP"},
    "items": [
        {
            "code": "FAR25",
            "type": "BIE",
            "name": "Farine 25 kg",
            "unit": "sac",
            "unit_price": "45000.00",
            "quantity": "2",
            "tax_group": "B",
        }
    ],
    "payments": [{"method": "ESPECES", "amount": "90000.00", "currency": "CDF"}],
}
"""The smallest sale."""


BEARER: Final = "bearer"
DEVICE_SIGNATURE: Final = "device"
KEY: Final[list[dict[str, list[str]]]] = [{BEARER: []}]
"""`security` of an operation: an API key of an outlet, with the right of that operation."""
DEVICE: Final[list[dict[str, list[str]]]] = [{DEVICE_SIGNATURE: []}]
"""`security` of an operation that only an enrolled tablet may ask for."""
KEY_OR_DEVICE: Final = [*KEY, *DEVICE]
SECURITY_SCHEMES: Final[dict[str, SecurityScheme | Reference]] = {
    BEARER: SecurityScheme(
        type="http",
        scheme="bearer",
        description=(
            "Clé d'un point de vente, limitée à des opérations : Authorization: Bearer bono_…"
        ),
    ),
    DEVICE_SIGNATURE: SecurityScheme(
        type="apiKey",
        name="Signature",
        security_scheme_in="header",
        description=(
            "Signature d'une tablette inscrite (RFC 9421, ecdsa-p256-sha256) sur @method, "
            "@authority, @path, bono-device-seq et content-digest (RFC 9530), avec les en-têtes "
            "Signature-Input, Bono-Device-Seq et Content-Digest"
        ),
    ),
}


class Plain(Schema):
    """A JSON Schema given as it is."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__()
        object.__setattr__(self, "document", document)

    def to_schema(self) -> dict[str, Any]:
        """The document itself."""
        document: dict[str, Any] = self.document  # type: ignore[attr-defined]
        return document


def sale_body() -> RequestBody:
    """The request body of a sale."""
    media = OpenAPIMediaType(schema=Plain(SALE.schema()), example=EXAMPLE)
    return RequestBody(content={"application/json": media}, required=True)


def json_body(schema: dict[str, Any], example: dict[str, Any]) -> RequestBody:
    """A request body of that JSON Schema."""
    media = OpenAPIMediaType(schema=Plain(schema), example=example)
    return RequestBody(content={"application/json": media}, required=True)


def problems(*statuses: int) -> dict[str, OpenAPIResponse]:
    """The refusals of an operation, and what any operation may answer."""
    content = {PROBLEM: OpenAPIMediaType(schema=Plain(shapes.PROBLEM_SHAPE))}
    return {
        str(status): OpenAPIResponse(description=_REFUSED[status], content=content)
        for status in sorted({*statuses, 500, 503})
    }


_REFUSED: Final = {
    400: "La forme de la demande n’est pas admise",
    401: "La clé ou la signature manque ou n’est pas connue",
    403: "Le demandeur n’a pas ce droit",
    404: "Rien ne se trouve à cette adresse",
    413: "La demande dépasse 256 Kio",
    415: "La demande n’est pas du JSON",
    422: "Une règle n’est pas tenue",
    429: "Trop de demandes (Retry-After)",
    500: "Une panne de notre côté : la même demande peut être renvoyée",
    503: "Rien n’est possible maintenant : la même demande peut être renvoyée",
}


def json_answer(description: str, shape: dict[str, Any]) -> OpenAPIResponse:
    """An answer of that shape."""
    return OpenAPIResponse(
        description=description,
        content={"application/json": OpenAPIMediaType(schema=Plain(shape))},
    )


def parameter(name: str, where: str, description: str, *, required: bool = False) -> Parameter:
    """A parameter that is text."""
    return Parameter(
        name=name,
        param_in=where,
        required=required,
        description=description,
        schema=Schema(type=OpenAPIType.STRING),
    )


_PREFER = parameter(
    "Prefer", "header", "return=minimal : sans invoice, tax_groups, totals ni qr_payload"
)
_INVOICE = {
    "200": json_answer("La même réponse que la première fois (Idempotent-Replay)", shapes.ISSUED),
    "202": json_answer(
        "Scellée et durable ; la DGI doit encore répondre (Retry-After)", shapes.ISSUED
    ),
}


@dataclass
class SaleOperation(Operation):
    """Takes a sale, answers 201, 200 or 202."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or []), _PREFER]
        self.request_body = sale_body()
        self.responses = {
            "201": json_answer("La facture, causée par cette demande", shapes.ISSUED),
            **_INVOICE,
            **problems(400, 401, 403, 413, 415, 422, 503),
        }


@dataclass
class KeyedSaleOperation(SaleOperation):
    """The same under the id of a header."""

    def __post_init__(self) -> None:
        super().__post_init__()
        key = parameter("Idempotency-Key", "header", "L'id de la vente, un UUID", required=True)
        self.parameters = [*(self.parameters or []), key]


@dataclass
class ReadOperation(Operation):
    """A sale as it stands."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or []), _PREFER]
        self.responses = {**_INVOICE, **problems(400, 401, 403, 404)}


@dataclass
class PreviewOperation(Operation):
    """Takes a sale, answers its amounts."""

    def __post_init__(self) -> None:
        self.request_body = sale_body()
        self.responses = {
            "200": json_answer("Les montants", shapes.PREVIEW),
            **problems(400, 401, 403, 413, 415, 422),
        }


@dataclass
class ListOperation(Operation):
    """Filters and pages."""

    def __post_init__(self) -> None:
        self.parameters = [
            parameter("status", "query", "sealed, in_doubt, normalised ou refused"),
            parameter("per_page", "query", "de 1 à 100"),
            parameter("cursor", "query", "le membre next de la page d'avant"),
        ]
        self.responses = {
            "200": json_answer("Une page", shapes.INVOICES),
            **problems(400, 401, 403),
        }
