"""Verifying a ledger in numbered steps, with nothing but its bytes and the public keys.

1 parse the entry · 2 recompute the body hash · 3 recompute the entry hash · 4 `previous` equals
the hash before it · 5 position and counter follow · 6 a kind that needs a seal has one, it parses,
`alg` is ES256, `v` fits, `kid` is a key of that authority valid then and for that outlet ·
7 signature · 8 statement equals payload and entry · 9 time not before its predecessor ·
10 delegated: the credential · 11 credit notes: original exists, remainders and prices hold ·
12 Z totals equal the fold of their entries · 13 `normalised` agrees with its invoice.

Steps 10 and 12 are not made here yet: an entry that they are about passes without them. Their
numbers are kept, so that those of the others never change; who relies on a delegated credential or
on a Z must check it elsewhere.

The first failure raises `VerificationFailed` with its step. What lies outside the range at hand is
counted as not verifiable, which is no error.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.fiscal.between_entries import Facts, Known, Verified
from app.fiscal.canonical import digest
from app.fiscal.errors import NotCanonical, VerificationFailed
from app.fiscal.ledger import GENESIS, SEALED_KINDS, Entry, parse_entry, utc_time
from app.fiscal.numbering import management_year, parse_fiscal_number, parse_reference
from app.fiscal.statements import (
    InvoiceFacts,
    check_invoice_statement,
    check_other_statement,
    invoice_facts,
    read_body,
    read_seal,
)
from app.fiscal.tables import table_in_force
from app.fiscal.verification import PublicKey, SignatureFailed, verify_signature

STEPS: Final[Mapping[int, str]] = {
    1: "lire l'écriture",
    2: "recalculer l'empreinte du corps",
    3: "recalculer l'empreinte de l'écriture",
    4: "suivre l'empreinte précédente",
    5: "suivre la position et le compteur",
    6: "trouver le sceau et sa clé",
    7: "vérifier la signature",
    8: "comparer l'énoncé au corps et à l'écriture",
    9: "suivre le temps",
    10: "vérifier la délégation (pas encore fait ici)",
    11: "vérifier les avoirs",
    12: "recalculer les clôtures Z (pas encore fait ici)",
    13: "comparer la normalisation à sa facture",
}


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as stored: its canonical bytes and those of its body."""

    entry: bytes
    body: bytes
    entry_hash: str | None = None
    """As the store recorded it, when it did."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is known of a series before the first entry at hand; nothing when `position` is 0."""

    position: int = 0
    entry_hash: str = GENESIS


@dataclass(slots=True)
class _SeriesPosition:
    """How far a series was walked."""

    position: int
    entry_hash: str
    counter: int | None
    year: int | None
    number: int
    sealed_at: str = ""
    recorded_at: str = ""


class Verifier:
    """Walks the series of one outlet, entry by entry, through the steps above.

    Walk each series from its first entry at hand; call `finish` after the last series.
    """

    def __init__(self, keys: Mapping[str, PublicKey]) -> None:
        self._keys = keys
        self._places: dict[tuple[str, str], _SeriesPosition] = {}
        self._sale_ids: set[tuple[str, str]] = set()
        self.verified = Verified()
        self._facts = Facts(self.verified)

    def begin(self, outlet_id: str, series: str, start: Start | None = None) -> None:
        """The next entries of that series follow `start`."""
        if start is None or start.position == 0:  # nothing stands before, whatever it says
            place = _SeriesPosition(0, GENESIS, counter=0, year=None, number=0)
        else:
            place = _SeriesPosition(
                start.position, start.entry_hash, counter=None, year=None, number=0
            )
        self._places[outlet_id, series] = place

    def add(self, stored: StoredEntry) -> Entry:
        """The entry holds steps 1 to 9 and becomes the last of its series.

        Raises:
            VerificationFailed: with the step.
        """
        entry = self._parse(stored)
        where = f"{entry.outlet_id}-{entry.series} position {entry.position}"
        if digest(stored.body) != entry.body:
            raise VerificationFailed(2, where, "le corps n'a pas cette empreinte")
        entry_hash = digest(stored.entry)
        if stored.entry_hash is not None and stored.entry_hash != entry_hash:
            raise VerificationFailed(3, where, "l'écriture n'a pas l'empreinte enregistrée")
        place = self._follow(entry, where)
        body = read_body(entry, stored.body, where)
        if entry.kind in SEALED_KINDS:
            statement = self._check_seal(entry, place, where)
            if entry.kind == "invoice":
                check_invoice_statement(entry, body, statement, where)
                stated = invoice_facts(body, where)
                self._check_counter(entry, stated, statement, place, where)
                self._check_once(entry, stated, where)
                known = Known(entry_hash, statement["reference"], stored.body)
                self._remember(statement, known, stated, body)
            else:
                check_other_statement(entry, statement, where)
        elif entry.seal is not None:
            raise VerificationFailed(6, where, "cette sorte d'écriture n'a pas de sceau")
        if entry.recorded_at < place.recorded_at:
            raise VerificationFailed(9, where, "le temps recule")
        if entry.kind in {"normalised", "refused"}:
            self._facts.said(where, entry.kind, body)
        elif entry.kind == "event":
            self._facts.event(body)
        place.position, place.entry_hash = entry.position, entry_hash
        place.recorded_at = entry.recorded_at
        self.verified.entries += 1
        self.verified.heads[entry.series] = entry_hash
        return entry

    def finish(self) -> Verified:
        """Steps 11 and 13 hold across the series; returns what was verified.

        Raises:
            VerificationFailed: with the step.
        """
        self._facts.check()
        return self.verified

    def _parse(self, stored: StoredEntry) -> Entry:
        try:
            entry = parse_entry(stored.entry)
            utc_time(entry.recorded_at)
        except (NotCanonical, ValueError) as error:
            raise VerificationFailed(1, "écriture illisible", str(error)) from error
        if (entry.outlet_id, entry.series) not in self._places:
            raise VerificationFailed(1, "écriture étrangère", "une autre série était attendue")
        return entry

    def _follow(self, entry: Entry, where: str) -> _SeriesPosition:
        place = self._places[entry.outlet_id, entry.series]
        if entry.previous != place.entry_hash:
            raise VerificationFailed(4, where, "elle ne suit pas l'empreinte précédente")
        if entry.position != place.position + 1:
            raise VerificationFailed(5, where, f"elle ne suit pas la position {place.position}")
        return place

    def _check_seal(self, entry: Entry, place: _SeriesPosition, where: str) -> Mapping[str, str]:
        seal = read_seal(entry, where)
        statement = seal.statement
        key = self._keys.get(seal.header["kid"])
        if key is None:
            raise VerificationFailed(6, where, f"clé inconnue : {seal.header['kid']}")
        when = statement.get("timestamp", "")
        if not key.may_seal(statement.get("authority", ""), entry.outlet_id, when):
            raise VerificationFailed(6, where, f"la clé {key.kid} ne vaut pas ici ou pas alors")
        try:
            verify_signature(key.key, seal.signature, seal.signing_input)
        except SignatureFailed as error:
            raise VerificationFailed(7, where, "la signature ne tient pas") from error
        self._check_time(when, place, where)
        return statement

    def _remember(
        self,
        statement: Mapping[str, str],
        known: Known,
        stated: InvoiceFacts,
        body: Mapping[str, Any],
    ) -> None:
        number = statement["fiscal_number"]
        self._facts.sold(number, known)
        if stated.original is not None:
            table = table_in_force(utc_time(statement["timestamp"]), stated.zone)
            self._facts.credited(stated.original, number, body, table.name)

    def _check_once(self, entry: Entry, stated: InvoiceFacts, where: str) -> None:
        sale = (entry.outlet_id, stated.sale_id)
        if sale in self._sale_ids:
            raise VerificationFailed(5, where, "la même vente est déjà dans le grand livre")
        self._sale_ids.add(sale)

    @staticmethod
    def _check_time(when: str, place: _SeriesPosition, where: str) -> None:
        try:
            utc_time(when)
        except ValueError as error:
            raise VerificationFailed(8, where, "l'énoncé n'a pas d'heure") from error
        if when < place.sealed_at:
            raise VerificationFailed(9, where, "le temps scellé recule")
        place.sealed_at = when

    def _check_counter(
        self,
        entry: Entry,
        stated: InvoiceFacts,
        statement: Mapping[str, str],
        place: _SeriesPosition,
        where: str,
    ) -> None:
        number = parse_fiscal_number(statement["fiscal_number"])
        if number is None or (number.outlet_id, number.series) != (entry.outlet_id, entry.series):
            raise VerificationFailed(5, where, "le numéro fiscal n'est pas de cette série")
        if place.counter is not None and number.counter != place.counter + 1:
            raise VerificationFailed(5, where, f"le compteur ne suit pas {place.counter}")
        year = management_year(utc_time(statement["timestamp"]), stated.zone)
        reference = parse_reference(statement["reference"])
        if reference is None or (reference.outlet_id, reference.series, reference.year) != (
            entry.outlet_id,
            entry.series,
            year,
        ):
            raise VerificationFailed(5, where, "la référence n'est pas de cette série et année")
        follows = place.number + 1 if place.year == year else 1
        known = place.year is not None or place.counter == 0
        if known and reference.number != follows:
            raise VerificationFailed(5, where, "la référence ne suit pas")
        place.counter, place.year, place.number = number.counter, year, reference.number


def verify_ledger(
    series: Iterable[tuple[str, str, Start, Iterable[StoredEntry]]], keys: Mapping[str, PublicKey]
) -> Verified:
    """Every series of one outlet holds every step.

    Each series is (outlet_id, series, what stands before, entries in order).

    Raises:
        VerificationFailed: with the step.
    """
    verifier = Verifier(keys)
    walks = list(series)
    for outlet_id, name, start, _ in walks:
        verifier.begin(outlet_id, name, start)
    for _, _, _, entries in walks:
        for stored in entries:
            verifier.add(stored)
    return verifier.finish()
