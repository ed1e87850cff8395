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

CASE_TITLES: Final = {
    "refused": "Facture refusée par la DGI",
    "in_doubt": "Facture en doute",
    "failed": "Facture en échec",
    "difference": "La DGI a calculé un autre montant",
    "elements": "Un élément donné par la DGI manque ou diffère",
    "table": "Un taux de la DGI n’est pas le nôtre",
    "token": "Le jeton de la DGI va finir",
    "clock": "L’horloge n’est pas juste",
    "message": "Un message n’est pas remis",
    "grace": "Le délai de transmission s’écoule",
}
_OTHER_CASE: Final = "Quelque chose demande un regard"

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


def case_title(kind: str) -> str:
    """What the case is, in a few words."""
    return CASE_TITLES.get(kind, _OTHER_CASE)
