"""What entries say of each other, across the series of one outlet: steps 11 and 13 of the proof."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from app.fiscal.canonical import parse_canonical
from app.fiscal.credit import check_credit
from app.fiscal.errors import InvalidInvoice, NotCanonical, VerificationFailed
from app.fiscal.ledger import PlainKind
from app.fiscal.normalised import AGREES, check_normalised
from app.fiscal.original import ENTERED
from app.fiscal.seal import NotASeal, unb64
from app.fiscal.tables import TABLES

CREDITS: Final = 11
"""The step of `proof.STEPS` about credit notes."""

_TABLES: Final = frozenset(table.name for table in TABLES)


@dataclass(slots=True)
class Verified:
    """What was verified, across the series of one outlet."""

    entries: int = 0
    invoices: int = 0
    normalised: int = 0
    refused: int = 0
    not_verifiable: int = 0
    """Facts about entries outside the range at hand."""
    heads: dict[str, str] = field(default_factory=dict)
    """Hash of the last entry of each series."""
    codes: dict[str, str] = field(default_factory=dict)
    """Code DEF/DGI of each fiscal number."""


@dataclass(frozen=True, slots=True)
class Known:
    """What later entries may ask of an invoice at hand; `body` is its canonical bytes."""

    entry_hash: str
    reference: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Fact:
    """A `normalised` or `refused` entry: where it stands and what it says."""

    where: str
    kind: PlainKind
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Note:
    """A credit note: what it says, and the tax table in force when it was sealed."""

    body: Mapping[str, Any]
    table_then: str

    def tables(self) -> set[str]:
        """Those it may be computed with beside its original's.

        The one in force, which may be all that a control module knows, and one that this program
        does not know yet.
        """
        named = str(self.body.get("tax_table"))
        return {self.table_then} | ({named} - _TABLES)


class Facts:
    """Gathers invoices, credit notes and facts while the series are walked, then compares them."""

    def __init__(self, verified: Verified) -> None:
        self._verified = verified
        self._invoices: dict[str, Known] = {}
        self._credits: dict[str, dict[str, _Note]] = {}
        self._foreign: dict[str, Mapping[str, Any]] = {}
        self._facts: list[_Fact] = []
        self._refused: set[str] = set()

    def sold(self, number: str, known: Known) -> None:
        """The invoice of that fiscal number is at hand."""
        self._invoices[number] = known
        self._verified.invoices += 1

    def credited(
        self, original: str, number: str, body: Mapping[str, Any], table_then: str
    ) -> None:
        """The credit note `number` takes back from `original`, sealed under `table_then`."""
        self._credits.setdefault(original, {})[number] = _Note(body, table_then)

    def event(self, body: Mapping[str, Any]) -> None:
        """An event of a series; an original of another system is at hand from now on."""
        data = body.get("data")
        if body.get("name") != ENTERED or not isinstance(data, dict):
            return
        with suppress(NotASeal, NotCanonical):
            known = parse_canonical(unb64(str(data.get("original"))))
            self._foreign.setdefault(str(data.get("code_def_dgi")), known)

    def said(self, where: str, kind: PlainKind, body: Mapping[str, Any]) -> None:
        """A control module answered about an invoice, perhaps one of a series still to come."""
        self._facts.append(_Fact(where, kind, body))

    def check(self) -> None:
        """Every fact agrees with its invoice, and the credit notes with their originals.

        Raises:
            VerificationFailed: step 11 or 13.
        """
        for fact in self._facts:
            self._check_fact(fact)
        for original, notes in self._credits.items():
            self._check_credits(original, notes)

    def _check_fact(self, fact: _Fact) -> None:
        number = fact.body.get("fiscal_number")
        if number is None and fact.kind == "refused":  # refused before it was sealed
            self._verified.refused += 1
            return
        invoice = self._invoices.get(str(number))
        if invoice is None:
            self._verified.not_verifiable += 1
            return
        if fact.body.get("entry_hash") != invoice.entry_hash:
            raise VerificationFailed(
                AGREES, fact.where, f"elle vise une autre écriture que {number}"
            )
        if fact.kind == "refused":
            self._refused.add(str(number))
            self._verified.refused += 1
            return
        self._check_normalised(fact, str(number), invoice)

    def _check_normalised(self, fact: _Fact, number: str, invoice: Known) -> None:
        if number in self._verified.codes:
            raise VerificationFailed(AGREES, fact.where, f"{number} est normalisée deux fois")
        check_normalised(fact.body, parse_canonical(invoice.body), invoice.reference, fact.where)
        self._verified.codes[number] = fact.body["code_def_dgi"]
        self._verified.normalised += 1

    def _check_credits(self, original: str, notes: Mapping[str, _Note]) -> None:
        invoice = self._invoices.get(original)
        sold = parse_canonical(invoice.body) if invoice else self._foreign.get(original)
        if sold is None:
            self._verified.not_verifiable += len(notes)
            return
        before: list[Mapping[str, Any]] = []
        for number, note in notes.items():
            if number in self._refused:  # it took nothing back
                continue
            _check_credit(f"avoir {number} sur {original}", note, sold, before)
            before.append(note.body)


def _check_credit(
    where: str, note: _Note, original: Mapping[str, Any], before: list[Mapping[str, Any]]
) -> None:
    try:
        check_credit(note.body, original, before, note.tables())
    except InvalidInvoice as error:
        raise VerificationFailed(CREDITS, where, error.detail) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise VerificationFailed(CREDITS, where, "un article est illisible") from error
