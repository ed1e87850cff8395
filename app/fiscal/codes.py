"""The closed lists of the law, with the French label of each code.

Source: SFE specification of 19 February 2026, clauses 1.1.7, 1.1.11, 1.1.18, 1.1.24, 1.1.25 and
annex; the payment codes are those of the e-MCF.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _frozen(**labels: str) -> Mapping[str, str]:
    return MappingProxyType(labels)


INVOICE_TYPES: Final = _frozen(
    FV="Facture de vente",
    FT="Facture d'acompte ou d'avance",
    FA="Facture d'avoir",
    EV="Facture de vente à l'exportation",
    ET="Facture d'acompte ou d'avance à l'exportation",
    EA="Facture d'avoir à l'exportation",
)
"""Clause 1.1.7."""

CREDIT_TYPES: Final = frozenset({"FA", "EA"})
EXPORT_TYPES: Final = frozenset({"EV", "ET", "EA"})
DEPOSIT_TYPES: Final = frozenset({"FT", "ET"})

CLIENT_TYPES: Final = _frozen(
    PP="Personne physique",
    PM="Personne morale",
    PC="Personne physique commerçante",
    PL="Profession libérale",
    AO="Ambassades et organisations internationales",
)
"""Clause 1.1.11; a paper says the code in brackets and these words (annex)."""

NAMED_CLIENTS: Final = frozenset({"PM", "PC", "PL"})
"""Those whose name and NIF are due."""

ITEM_TYPES: Final = _frozen(BIE="Bien", SER="Service", TAX="Taxes et redevances")

CREDIT_NATURES: Final = _frozen(
    COR="Correction",
    RAN="Annulation",
    RAM="Avoir suite reprise",
    RRR="RRR",
)
"""Clause 1.1.25: the mention that a paper must bear, word for word (annex)."""

PAYMENT_METHODS: Final = _frozen(
    ESPECES="Espèces",
    VIREMENT="Virement",
    CARTEBANCAIRE="Carte bancaire",
    MOBILEMONEY="Mobile money",
    CHEQUES="Chèque",
    CREDIT="À crédit",
    AUTRE="Autre",
)
"""Clause 1.1.18."""

COMMENT_LINES: Final = tuple("ABCDEFGH")
"""Clause 1.1.24; A is the reference of the exemption."""

EXEMPTION_LABEL: Final = "Réf. Exo."
"""The label of comment line A (annex)."""

PRICE_MODES: Final = _frozen(TTC="Toutes taxes comprises", HT="Hors taxes")
CURRENCIES: Final = frozenset({"CDF", "USD"})

ZONES: Final[Mapping[str, int]] = MappingProxyType(
    {"Africa/Kinshasa": 3600, "Africa/Lubumbashi": 7200}
)
"""The two zones of the country in seconds east of UTC; neither knows summer time."""
