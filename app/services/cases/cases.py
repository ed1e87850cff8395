"""Cases for people: who can fix what, the advice for each refusal, and how a case ends."""

from collections.abc import Mapping
from typing import Final

from app.fiscal.errors import InvalidInvoice
from app.store.cases.cases import close_case
from app.store.engine import Session
from app.store.tables.cases import Case

SYSTEM: Final = "system"
"""Who closes a case that ended by itself."""

_MOST_TEXT: Final = 500


_ENDS_BY_ITSELF: Final[Mapping[str, str]] = {
    "in_doubt": "Une vente en doute se règle à deux personnes : une propose, une autre approuve.",
    "failed": "Cette facture part encore, lentement ; le cas se ferme quand la DGI a répondu.",
    "table": "Ce cas se ferme quand la DGI et nous disons le même taux.",
    "token": "Ce cas se ferme quand la DGI accepte un jeton plus récent.",
    "clock": "Ce cas se ferme quand les deux horloges s’accordent.",
    "grace": "Ce cas se ferme quand les factures en retard sont parties.",
}
"""Kinds that follow a fact: nobody can wish it away."""


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
    words = read_words(outcome, "/outcome", "Dites en quelques mots ce qui a été fait.")
    close_case(session, outlet_id, case.kind, case.about, by=by, outcome=words, at=at)


def read_words(text: str, path: str, sentence: str) -> str:
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
