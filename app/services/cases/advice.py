"""What a refusal of the authority means, and who can mend it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from app.store.tables.cases import Fixer


class _Advice(NamedTuple):
    fixer: Fixer
    words: str


_ADVICE: Final[Mapping[str, _Advice]] = {
    "3": _Advice("operator", "Le type de facture n’est pas admis par la DGI. Prévenez Bono Pay."),
    "4": _Advice("manager", "Reprenez l’avoir en indiquant la facture d’origine."),
    "5": _Advice(
        "operator", "Le code de la facture d’origine est parti mal écrit. Prévenez Bono Pay."
    ),
    "7": _Advice("cashier", "Reprenez la vente avec un autre moyen de paiement."),
    "8": _Advice("cashier", "Reprenez la vente avec au moins un article."),
    "9": _Advice(
        "manager",
        "Corrigez le groupe de taxation de l’article, puis reprenez la vente.",
    ),
    "11": _Advice(
        "manager",
        "La DGI ne trouve pas la facture d’origine. Attendez quelques minutes, vérifiez-la sur le "
        "portail, puis reprenez l’avoir.",
    ),
    "12": _Advice(
        "manager",
        "L’avoir dépasse ce qui reste de la facture d’origine. Vérifiez les avoirs déjà faits, "
        "puis reprenez-le avec de plus petites quantités.",
    ),
    "24": _Advice(
        "manager",
        "Corrigez le type de l’article (bien, service ou taxe), puis reprenez la vente.",
    ),
    "31": _Advice("operator", "La facture est partie sans numéro. Prévenez Bono Pay."),
    "33": _Advice("operator", "Le mode de prix n’est pas admis par la DGI. Prévenez Bono Pay."),
    "50": _Advice(
        "operator", "La DGI n’a pas reconnu ses propres totaux. Prévenez Bono Pay."
    ),
    "99": _Advice(
        "dgi", "La DGI n’a pas su traiter la facture. Reprenez la vente un peu plus tard."
    ),
    "HTTP-400": _Advice(
        "operator", "La DGI n’a pas su lire la facture. Vérifiez l’ISF avec Bono Pay."
    ),
    "HTTP-422": _Advice(
        "operator", "La DGI n’a pas su lire la facture. Vérifiez l’ISF avec Bono Pay."
    ),
    "TOTALS": _Advice(
        "operator",
        "La DGI et nous ne trouvons pas les mêmes montants. Ne remettez pas ce papier au client et "
        "prévenez Bono Pay : un taux ou un arrondi n’est plus le même.",
    ),
    "ABSENT": _Advice(
        "cashier",
        "Deux personnes ont constaté que la DGI n’a pas cette facture. Reprenez la vente.",
    ),
}  # fmt: skip
"""By the code of the refusal; the DGI's own are strings of digits."""


_UNKNOWN: Final = _Advice(
    "manager",
    "Lisez la phrase de la DGI : ce code n’est pas publié. Vérifiez le client (nom, NIF), "
    "l’article et l’ISF, puis reprenez la vente ; sinon, prévenez Bono Pay.",
)


def fix_for(code: str) -> Fixer:
    """Who can fix a refusal with that code."""
    return _ADVICE.get(code, _UNKNOWN).fixer


def advice(code: str) -> str:
    """What to do about a refusal with that code, in French."""
    return _ADVICE.get(code, _UNKNOWN).words
