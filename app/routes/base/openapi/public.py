"""The operations that anyone may ask for in the OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import Operation

from app.routes.base.openapi import shapes
from app.routes.base.openapi.operations import json_answer, parameter, problems


@dataclass
class VerifyOperation(Operation):
    """What an authentic paper says."""

    def __post_init__(self) -> None:
        code = parameter("c", "query", "le code d'authentification du papier", required=True)
        self.parameters = [*(self.parameters or []), code]
        self.responses = {
            "200": json_answer("La facture est authentique", shapes.AUTHENTIC),
            **problems(404, 429),
        }


@dataclass
class TaxTablesOperation(Operation):
    """The dated tax tables."""

    def __post_init__(self) -> None:
        self.responses = {"200": json_answer("Les tables", shapes.TAX_TABLES), **problems()}


@dataclass
class KeysOperation(Operation):
    """The public keys."""

    def __post_init__(self) -> None:
        self.responses = {"200": json_answer("Les clés", shapes.KEYS), **problems()}


@dataclass
class HealthOperation(Operation):
    """Whether the process lives, or is ready."""

    def __post_init__(self) -> None:
        self.responses = {"200": json_answer("L’état", shapes.HEALTH), **problems()}
