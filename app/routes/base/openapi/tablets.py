"""The operations of tablets in the OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import Operation

from app.routes.base.openapi import shapes
from app.routes.base.openapi.operations import json_answer, problems


@dataclass
class PrintOperation(Operation):
    """A paper of a sale, asked for once or again."""

    def __post_init__(self) -> None:
        self.responses = {
            "201": json_answer("Le papier peut être imprimé", shapes.PRINTED),
            "200": json_answer("La même réponse que la première fois", shapes.PRINTED),
            **problems(400, 401, 403, 404, 422),
        }


@dataclass
class HeartbeatOperation(Operation):
    """What a tablet says of itself, and the state of its outlet."""

    def __post_init__(self) -> None:
        self.responses = {
            "200": json_answer("L’état du point de vente", shapes.HEARTBEAT),
            **problems(400, 401, 403, 415),
        }
