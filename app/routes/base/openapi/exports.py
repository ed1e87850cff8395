"""The operations of exports in the OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from app.routes.base.openapi import shapes
from app.routes.base.openapi.operations import Plain, json_answer, problems


@dataclass
class ExportOperation(Operation):
    """Asks for an export."""

    def __post_init__(self) -> None:
        day = {"type": "string", "format": "date"}
        document = {
            "title": "ExportRequest",
            "type": "object",
            "properties": {"outlet_id": {"type": "string"}, "from": day, "to": day},
            "required": ["outlet_id"],
            "additionalProperties": False,
        }
        media = OpenAPIMediaType(schema=Plain(document), example={"outlet_id": "KIN01"})
        self.request_body = RequestBody(content={"application/json": media}, required=True)
        self.responses = {
            "202": json_answer("L’export", shapes.EXPORT),
            **problems(400, 401, 403, 413, 415),
        }


@dataclass
class ExportStateOperation(Operation):
    """Where an export stands, also after an acknowledgement."""

    def __post_init__(self) -> None:
        self.responses = {"200": json_answer("L’export", shapes.EXPORT), **problems(401, 403, 404)}


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
