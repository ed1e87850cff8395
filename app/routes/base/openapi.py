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
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from app.fiscal.draft import SALE
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
    """The refusals of an operation."""
    schema = Schema(
        type=OpenAPIType.OBJECT,
        required=["type", "title", "status", "rule", "path", "detail"],
        properties={
            name: Schema(type=OpenAPIType.INTEGER if name == "status" else OpenAPIType.STRING)
            for name in ("type", "title", "status", "rule", "path", "detail")
        },
    )
    content = {PROBLEM: OpenAPIMediaType(schema=schema)}
    return {
        str(status): OpenAPIResponse(description="Refus", content=content) for status in statuses
    }


def json_answer(description: str) -> OpenAPIResponse:
    """An answer that is a JSON object."""
    return OpenAPIResponse(
        description=description,
        content={"application/json": OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))},
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
    "200": json_answer("La même réponse que la première fois (Idempotent-Replay)"),
    "202": json_answer("Scellée et durable ; la DGI doit encore répondre (Retry-After)"),
}


@dataclass
class SaleOperation(Operation):
    """Takes a sale, answers 201, 200 or 202."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or []), _PREFER]
        self.request_body = sale_body()
        self.responses = {
            "201": json_answer("La facture, causée par cette demande"),
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
            "200": json_answer("tax_table, tax_groups, totals"),
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
        self.responses = {"200": json_answer("items, next"), **problems(400, 401, 403)}


@dataclass
class ExportOperation(Operation):
    """Asks for an export."""

    def __post_init__(self) -> None:
        day = {"type": "string", "format": "date"}
        document = {
            "type": "object",
            "properties": {"outlet_id": {"type": "string"}, "from": day, "to": day},
            "required": ["outlet_id"],
            "additionalProperties": False,
        }
        media = OpenAPIMediaType(schema=Plain(document), example={"outlet_id": "KIN01"})
        self.request_body = RequestBody(content={"application/json": media}, required=True)
        self.responses = {
            "202": json_answer("id, state, chunks"),
            **problems(400, 401, 403, 413, 415),
        }


@dataclass
class ExportStateOperation(Operation):
    """Where an export stands, also after an acknowledgement."""

    def __post_init__(self) -> None:
        self.responses = {"200": json_answer("id, state, chunks"), **problems(401, 403, 404)}


def _file(media: str) -> dict[str, OpenAPIResponse | Reference]:
    schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
    content = {media: OpenAPIMediaType(schema=schema)}
    return {
        "200": OpenAPIResponse(description="Le fichier", content=content),
        **problems(401, 403, 404),
    }


@dataclass
class ZipOperation(Operation):
    """A whole export."""

    def __post_init__(self) -> None:
        self.responses = _file("application/zip")


@dataclass
class ChunkOperation(Operation):
    """A part of an export."""

    def __post_init__(self) -> None:
        self.responses = {**_file("application/jsonl"), **problems(422)}


@dataclass
class VerifyOperation(Operation):
    """What an authentic paper says."""

    def __post_init__(self) -> None:
        code = parameter("c", "query", "le code d'authentification du papier", required=True)
        self.parameters = [*(self.parameters or []), code]
        self.responses = {
            "200": json_answer("result, status, seller, totals, security, normalisation"),
            **problems(404, 429),
        }


@dataclass
class PrintOperation(Operation):
    """A paper of a sale, asked for once or again."""

    def __post_init__(self) -> None:
        self.responses = {
            "201": json_answer("sale_id, copy, number, at, paper, page"),
            "200": json_answer("La même réponse que la première fois"),
            **problems(400, 401, 403, 404, 422),
        }


@dataclass
class HeartbeatOperation(Operation):
    """What a tablet says of itself, and the state of its outlet."""

    def __post_init__(self) -> None:
        self.responses = {
            "200": json_answer("time, lamps, waiting, oldest_waiting, lost"),
            **problems(400, 401, 403, 415),
        }
