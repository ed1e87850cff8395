"""Cases for people: who can fix what, the advice for each refusal, and how a case ends."""

from typing import Final

from app.fiscal.errors import InvalidInvoice
from app.fiscal.printable import unprintable
from app.fiscal.texts import clean
from app.services.cases.kinds import kind_of
from app.store.cases.cases import close_case
from app.store.engine import Session
from app.store.tables.cases import Case

SYSTEM: Final = "system"
"""Who closes a case that ended by itself."""

_MOST_TEXT: Final = 500


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
    ends = kind_of(case.kind).ends
    if ends:
        raise InvalidInvoice("case.open", "/case_id", ends)
    words = read_words(outcome, "/outcome", "Dites en quelques mots ce qui a été fait.")
    close_case(session, outlet_id, case.kind, case.about, by=by, outcome=words, at=at)


def read_words(text: str, path: str, sentence: str) -> str:
    """The words of a person without needless blanks.

    Raises:
        InvalidInvoice: `format.text` when there are none, or too many, or what cannot be written.
    """
    words = clean(text)
    if not words or unprintable(words):
        raise InvalidInvoice("format.text", path, sentence)
    if len(words) > _MOST_TEXT:
        raise InvalidInvoice("format.text", path, f"Au plus {_MOST_TEXT} signes.")
    return words
