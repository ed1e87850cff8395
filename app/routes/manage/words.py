"""States, cases and who can act, as the managers' and operators' pages say them."""

from collections.abc import Mapping
from typing import Final, Literal

from app.store.tables.cases import Fixer
from app.store.tables.dgi import DeliveryState, Passed

Lamp = Literal["green", "amber", "red", "blue", "grey"]
"""What stands before a line."""

DELIVERY_STATES: Final[Mapping[Passed | DeliveryState, tuple[Lamp, str]]] = {
    "pending": ("blue", "En attente"),
    "submitted": ("blue", "Envoyée à la DGI"),
    "confirming": ("blue", "Enregistrement demandé"),
    "in_doubt": ("amber", "En doute"),
    "failed": ("red", "En échec"),
    "normalised": ("green", "Normalisée"),
    "refused": ("red", "Refusée"),
}
"""Lamp and word of each state of a delivery."""

_FIXERS: Final[Mapping[Fixer, str]] = {
    "cashier": "Le caissier peut la reprendre",
    "manager": "Le gérant peut agir",
    "operator": "Le service central s’en occupe",
    "dgi": "La DGI doit répondre",
}


def fixer(fix: Fixer, *, manages: bool) -> str:
    """Who can act, as the reader understands it."""
    if fix == ("manager" if manages else "operator"):
        return "À vous d’agir"
    return _FIXERS.get(fix, "")
