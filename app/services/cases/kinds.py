"""The kinds of cases: what each is called, what comes next, and how it ends.

A new kind is a row of `KINDS` and a word of `CaseKind`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from app.store.tables.cases import CaseKind


class Link(NamedTuple):
    """A page of the outlet, and what leads to it is called."""

    page: str
    words: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case, as people read of it."""

    title: str
    """What the case is, in a few words."""
    next_step: str = ""
    """What happens next, on the page of an open one."""
    ends: str = ""
    """For who would close it: it follows a fact, and ends with it. Empty: people close it."""
    lamp: Literal["amber", "red"] = "amber"
    """Of an open one, in a list."""
    troubles: bool = False
    """While one is open, its outlet is yellow for it alone."""
    link: Link | None = None
    """Where the page of a case leads."""


KINDS: Final[Mapping[CaseKind, Kind]] = {
    "refused": Kind(
        title="Facture refusée par la DGI",
        next_step=(
            "À la caisse, la liste des ventes montre cette vente : « Reprendre cette vente » la "
            "refait sous un autre numéro."
        ),
        lamp="red",
    ),
    "in_doubt": Kind(
        title="Facture en doute",
        next_step=(
            "Cherchez cette facture sur le portail de la DGI. Une personne propose ce qu’elle a "
            "vu, une deuxième le confirme. La vente n’est jamais envoyée une deuxième fois."
        ),
        ends="Une vente en doute se règle à deux personnes : une propose, une autre approuve.",
    ),
    "failed": Kind(
        title="Facture en échec",
        next_step=(
            "Les essais continuent lentement, sans fin. Le cas se ferme quand la DGI a répondu."
        ),
        ends="Cette facture part encore, lentement ; le cas se ferme quand la DGI a répondu.",
    ),
    "difference": Kind(
        title="La DGI a calculé un autre montant",
        next_step=("Ne remettez pas ce papier au client. Le service central compare les montants."),
        lamp="red",
    ),
    "elements": Kind(
        title="Un élément donné par la DGI manque ou diffère",
        next_step=(
            "La facture est normalisée. Comparez son papier au portail, puis fermez le cas."
        ),
    ),
    "table": Kind(
        title="Un taux de la DGI n’est pas le nôtre",
        next_step="Les ventes de ce groupe attendent que la DGI et nous disions le même taux.",
        ends="Ce cas se ferme quand la DGI et nous disons le même taux.",
        troubles=True,
    ),
    "token": Kind(
        title="Le jeton de la DGI va finir",
        next_step=(
            "Demandez un jeton neuf sur le portail de la DGI, et donnez-le au service central."
        ),
        ends="Ce cas se ferme quand la DGI accepte un jeton plus récent.",
        troubles=True,
    ),
    "clock": Kind(
        title="L’horloge n’est pas juste",
        next_step="Le cas se ferme quand les deux horloges s’accordent.",
        ends="Ce cas se ferme quand les deux horloges s’accordent.",
        troubles=True,
    ),
    "message": Kind(
        title="Un message n’est pas remis",
        next_step="La liste des messages dit ce qui a manqué et permet de le renvoyer.",
        link=Link("messages", "Voir les messages"),
    ),
    "quarantine": Kind(
        title="Le point de vente est en quarantaine",
        next_step=(
            "Rien n’est scellé ni envoyé. Le service central reprend les écritures d’une copie "
            "plus récente, ou ouvre une autre série : « bono quarantine » montre les deux chemins. "
            "Les ventes restent sur les tablettes."
        ),
        ends="Ce cas se ferme avec « bono quarantine », au service central.",
        lamp="red",
    ),
    "counters": Kind(
        title="La DGI a compté des factures inconnues ici",
        next_step=(
            "Une facture faite à la main sur le portail de la DGI l’explique. Sinon une autre "
            "machine emploie ce jeton, ou cette base vient d’une copie : appelez l’assistance."
        ),
    ),
    "grace": Kind(
        title="Le délai de transmission s’écoule",
        next_step="Le cas se ferme quand les factures en retard sont parties.",
        ends="Ce cas se ferme quand les factures en retard sont parties.",
        lamp="red",
    ),
}
"""By name."""

_OTHER: Final = Kind(title="Quelque chose demande un regard")


def kind_of(name: CaseKind) -> Kind:
    """The row of that name; one that only another build knows is still shown, and may be closed."""
    return KINDS.get(name, _OTHER)


TROUBLES: Final = tuple(name for name, kind in KINDS.items() if kind.troubles)
"""The kinds for which alone an outlet is yellow."""
