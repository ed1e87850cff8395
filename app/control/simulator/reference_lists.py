"""The lists of `/api/info/...`: codes, rates and the taxpayer's e-MCFs."""

from collections.abc import Callable
from typing import Any

from app.control.simulator import tax
from app.control.simulator.tax import LETTERS
from app.control.simulator.tax_platform import TaxPlatform, Twist
from app.control.simulator.tokens import Claims

INVOICE_TYPES = {
    "FV": "Facture de vente",
    "FT": "Facture d'acompte ou d'avance",
    "FA": "Facture d'avoir",
    "EV": "Facture de vente à l'exportation",
    "ET": "Facture d'acompte ou d'avance à l'exportation",
    "EA": "Facture d'avoir à l'exportation",
}
PAYMENT_TYPES = {
    "ESPECES": "ESPECES",
    "VIREMENT": "VIREMENT",
    "CARTEBANCAIRE": "CARTE BANCAIRE",
    "MOBILEMONEY": "MOBILE MONEY",
    "CHEQUES": "CHEQUES",
    "CREDIT": "CREDIT",
    "AUTRE": "AUTRE",
}
CLIENT_TYPES = {
    "PP": "Personne physique",
    "PM": "Personne morale",
    "PC": "Personne physique commerçante",
    "PL": "Profession libérale",
    "AO": "Ambassade et organisation internationale",
}
REFERENCE_TYPES = {
    "COR": "Correction",
    "RAN": "Annulation",
    "RAM": "Avoir suite reprise",
    "RRR": "Remise, ristourne, rabais",
}
ITEM_TYPES = {"BIE": "Biens", "SER": "Services", "TAX": "Taxes et redevances"}


def _listed(descriptions: dict[str, str]) -> list[dict[str, str]]:
    return [{"type": code, "description": words} for code, words in descriptions.items()]


def _status(platform: TaxPlatform, claims: Claims, twist: Twist) -> dict[str, Any]:
    """All e-MCFs of the taxpayer, not only the token's."""
    nims = dict.fromkeys([claims.nim, *platform.nims(claims.nif)])
    return {**platform.portrait(claims, twist), "emcfList": [_shop(nim) for nim in nims]}


def _shop(nim: str) -> dict[str, Any]:
    return {
        "nim": nim,
        "status": "Actif",
        "shopName": f"Boutique simulée {nim}",
        "address1": "1 av. Fictive",
        "address2": None,
        "address3": "Kinshasa",
        "contact1": "+243000000000",
        "contact2": None,
        "contact3": None,
    }


def _tax_groups(platform: TaxPlatform, _claims: Claims, _twist: Twist) -> dict[str, Any]:
    rates = tax.rates(platform.behaviour)
    return {letter: rates[letter] for letter in LETTERS if letter in rates}


def _currency_rates(platform: TaxPlatform, _claims: Claims, twist: Twist) -> list[dict[str, Any]]:
    today = platform.now(twist).date().isoformat()
    return [
        {
            "type": "USD",
            "description": "Dollar américain",
            "date": f"{today}T08:00:00Z",
            "rate": platform.behaviour.usd_rate,
        }
    ]


LISTS: dict[str, Callable[[TaxPlatform, Claims, Twist], Any]] = {
    "status": _status,
    "taxgroups": _tax_groups,
    "currencyrates": _currency_rates,
    "invoicetypes": lambda *_: _listed(INVOICE_TYPES),
    "paymenttypes": lambda *_: _listed(PAYMENT_TYPES),
    "clienttypes": lambda *_: _listed(CLIENT_TYPES),
    "referencetypes": lambda *_: _listed(REFERENCE_TYPES),
    "itemtypes": lambda *_: _listed(ITEM_TYPES),
}
"""By the last word of the path, in lower case."""
