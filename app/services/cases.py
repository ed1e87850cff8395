"""Cases for people: who can fix what, the advice for each refusal, and how a case ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from app.fiscal.errors import InvalidInvoice
from app.store.cases.cases import close_case, open_case, open_cases
from app.store.engine import Session
from app.store.messages.announcements import announce
from app.store.tables.cases import Case

Fixer = Literal["cashier", "manager", "operator", "dgi"]

SYSTEM: Final = "system"
"""Who closes a case that ended by itself."""

_MOST_TEXT: Final = 500


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

_ENDS_BY_ITSELF: Final[Mapping[str, str]] = {
    "in_doubt": "Une vente en doute se règle à deux personnes : une propose, une autre approuve.",
    "failed": "Cette facture part encore, lentement ; le cas se ferme quand la DGI a répondu.",
    "table": "Ce cas se ferme quand la DGI et nous disons le même taux.",
    "token": "Ce cas se ferme quand la DGI accepte un jeton plus récent.",
    "clock": "Ce cas se ferme quand les deux horloges s’accordent.",
    "grace": "Ce cas se ferme quand les factures en retard sont parties.",
}
"""Kinds that follow a fact: nobody can wish it away."""


def fix_for(code: str) -> Fixer:
    """Who can fix a refusal with that code."""
    return _ADVICE.get(code, _UNKNOWN).fixer


def advice(code: str) -> str:
    """What to do about a refusal with that code, in French."""
    return _ADVICE.get(code, _UNKNOWN).words


def may_close(kind: str) -> bool:
    """Whether a person may close such a case; the others follow a fact."""
    return kind not in _ENDS_BY_ITSELF


def close(session: Session, outlet_id: str, case_id: str, by: str, outcome: str, at: str) -> None:
    """The case is closed by that person; one that was closed before stays as it is.

    Raises:
        InvalidInvoice: `case.unknown`, `case.open` for a kind that ends by itself, or
            `format.text` when the outcome says nothing.
    """
    case = session.get(Case, (outlet_id, case_id))
    if case is None:
        raise InvalidInvoice("case.unknown", "/case_id", "Ce cas n’existe pas ici.")
    if case.closed_at is not None:
        return
    if case.kind in _ENDS_BY_ITSELF:
        raise InvalidInvoice("case.open", "/case_id", _ENDS_BY_ITSELF[case.kind])
    words = said(outcome, "/outcome", "Dites en quelques mots ce qui a été fait.")
    close_case(session, outlet_id, case.kind, case.about, by=by, outcome=words, at=at)


def said(text: str, path: str, sentence: str) -> str:
    """The words of a person without needless blanks.

    Raises:
        InvalidInvoice: `format.text` when there are none, or too many, or what cannot be written.
    """
    words = " ".join(text.split())
    if not words or not words.isprintable():
        raise InvalidInvoice("format.text", path, sentence)
    if len(words) > _MOST_TEXT:
        raise InvalidInvoice("format.text", path, f"Au plus {_MOST_TEXT} signes.")
    return words


@dataclass(frozen=True, slots=True)
class Topic:
    """What is looked at again and again, and the event that tells of its changes."""

    outlet_id: str
    kind: str
    about: str
    event: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is not as it should be: words for people, and members for programs."""

    text: str
    fix: Fixer
    told: Mapping[str, str]
    lasting: bool = False
    """Other words later are the same trouble."""


def follow(session: Session, topic: Topic, trouble: Trouble | None, over: str, at: str) -> None:
    """Exactly this case stands open about the topic, or none; each change is announced once.

    `over` says how the trouble ended. One that got other words closes its case and opens the next.
    """
    standing = _standing(session, topic)
    if standing is not None and trouble is not None:
        if trouble.lasting or standing.text == trouble.text:
            return
        _close(session, topic, "La situation a changé : voir le cas suivant.", at)
    if trouble is not None:
        where = (topic.outlet_id, topic.kind, topic.about)
        open_case(session, *where, text=trouble.text, fix=trouble.fix, at=at)
        _tell(session, topic, "open", trouble.text, trouble.told, at)
    elif standing is not None:
        _close(session, topic, over, at)
        _tell(session, topic, "over", over, {}, at)


def _standing(session: Session, topic: Topic) -> Case | None:
    where = (topic.kind, topic.about)
    known = open_cases(session, topic.outlet_id)
    return next((case for case in known if (case.kind, case.about) == where), None)


def _close(session: Session, topic: Topic, outcome: str, at: str) -> None:
    where = (topic.outlet_id, topic.kind, topic.about)
    close_case(session, *where, by=SYSTEM, outcome=outcome, at=at)


def _tell(
    session: Session, topic: Topic, state: str, text: str, told: Mapping[str, str], at: str
) -> None:
    data = {"about": topic.about, "state": state, "text": text, **told}
    announce(session, topic.outlet_id, topic.event, data, at)
