"""Ages, times and states as the managers' and operators' pages say them."""

from typing import Final

DELIVERY_STATES: Final = {
    "pending": ("blue", "En attente"),
    "submitted": ("blue", "Envoyée à la DGI"),
    "confirming": ("blue", "Enregistrement demandé"),
    "in_doubt": ("amber", "En doute"),
    "failed": ("red", "En échec"),
    "normalised": ("green", "Normalisée"),
    "refused": ("red", "Refusée"),
}
"""Lamp and word of each state of a delivery."""

_FIXERS: Final = {
    "cashier": "Le caissier peut la reprendre",
    "manager": "Le gérant peut agir",
    "operator": "Le service central s’en occupe",
    "dgi": "La DGI doit répondre",
}


def fixer(fix: str, *, manages: bool) -> str:
    """Who can act, as the reader understands it."""
    if fix == ("manager" if manages else "operator"):
        return "À vous d’agir"
    return _FIXERS.get(fix, "")
