"""Reading decoded JSON into values, member by member, with the rule and the path of each refusal.

One table of members serves twice: it reads a request, and it is its JSON Schema in the OpenAPI
document.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from app.fiscal.canonical import pointer_name
from app.fiscal.errors import InvalidInvoice, refuse_all
from app.fiscal.money import parse_amount, parse_quantity, parse_rate
from app.fiscal.printable import unprintable
from app.fiscal.texts import clean_nif, has_word, size

SECURITY_MEMBERS: Final = frozenset(
    {
        "auth_code",
        "authority_id",
        "code_def_dgi",
        "counters",
        "date_time",
        "entry_hash",
        "fiscal_number",
        "nim",
        "normalisation",
        "payload_hash",
        "position",
        "qr_code",
        "qr_payload",
        "request_hash",
        "seal",
        "security",
        "seller",
        "signature",
        "trusted_timestamp",
    }
)
"""What only a sealing party or a control module may say; a sale that contains one is refused."""


class Reader(Protocol):
    """Turns a decoded JSON value into a value of ours, or raises `InvalidInvoice`."""

    def read(self, value: object, path: str) -> Any:
        """The value, checked; `path` is the JSON pointer that a refusal names."""

    def schema(self) -> dict[str, Any]:
        """The same as a JSON Schema."""


def wrong_type(path: str, wanted: str) -> InvalidInvoice:
    """The refusal of a value of another JSON type."""
    return InvalidInvoice("format.type", path, f"Ici il faut {wanted}.")


def text_value(value: object, path: str) -> str:
    """The value, which is text; raises `format.type`."""
    if type(value) is not str:
        raise wrong_type(path, "un texte entre guillemets, jamais un nombre, un booléen ou null")
    return value


def _check_printable(text: str, path: str, label: str) -> None:
    wrong = unprintable(text)
    if wrong is not None:
        raise InvalidInvoice(
            "format.text",
            path,
            f"{label} : le caractère U+{ord(wrong):04X} ne se voit pas ou ne s'imprime pas.",
        )
    if not unicodedata.is_normalized("NFC", text):
        raise InvalidInvoice("format.text", path, f"{label} : il faut la forme Unicode NFC.")


def _check_size(text: str, most: int, path: str, label: str) -> None:
    if len(text) <= most and size(text) <= most:
        return
    accents = "" if text.isascii() else " ; une lettre accentuée en compte deux"
    raise InvalidInvoice("format.text", path, f"{label} : {most} caractères au plus{accents}.")


@dataclass(frozen=True, slots=True)
class Text:
    """Text of 1 to `most` bytes of UTF-8, NFC, all of it to be seen, not blank at the ends."""

    most: int
    label: str = "Texte"
    """What people call the member: a refusal begins with it."""
    word: bool = False
    """It names something: a letter or a digit is in it."""

    def read(self, value: object, path: str) -> str:
        """The text itself; raises `format.type` or `format.text`."""
        text = text_value(value, path)
        _check_printable(text, path, self.label)
        if not text or text != text.strip():
            raise InvalidInvoice("format.text", path, f"{self.label} : vide, ou un blanc au bord.")
        _check_size(text, self.most, path, self.label)
        if self.word and not has_word(text):
            raise InvalidInvoice(
                "format.text", path, f"{self.label} : il faut une lettre ou un chiffre."
            )
        return text

    def schema(self) -> dict[str, Any]:
        """A string of bounded length."""
        return {"type": "string", "minLength": 1, "maxLength": self.most}


@dataclass(frozen=True, slots=True)
class Nif:
    """A taxpayer's number, in whatever way people write it: `a-2512345 z`."""

    label: str
    most: int = 16

    def read(self, value: object, path: str) -> str:
        """The number in its one spelling; raises `format.type` or `format.text`."""
        nif = clean_nif(text_value(value, path))
        if not nif.isascii() or not nif.isalnum():
            raise InvalidInvoice(
                "format.text", path, f"{self.label} : des lettres et des chiffres, sans accent."
            )
        _check_size(nif, self.most, path, self.label)
        return nif

    def schema(self) -> dict[str, Any]:
        """A string; blanks and dashes in it do not count."""
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Matching:
    """Text of a fixed shape."""

    pattern: re.Pattern[str]
    wanted: str
    rule: str = "format.text"

    def read(self, value: object, path: str) -> str:
        """The text itself; raises `format.type` or the rule of this shape."""
        text = text_value(value, path)
        if self.pattern.fullmatch(text) is None:
            raise InvalidInvoice(self.rule, path, f"Ici il faut {self.wanted}.")
        return text

    def schema(self) -> dict[str, Any]:
        """A string with its pattern."""
        return {"type": "string", "pattern": f"^{self.pattern.pattern}$"}


@dataclass(frozen=True, slots=True)
class OneOf:
    """A code of a closed list of the law."""

    codes: frozenset[str]
    rule: str

    def read(self, value: object, path: str) -> str:
        """The code itself; raises `format.type` or the clause of the list."""
        text = text_value(value, path)
        if text not in self.codes:
            known = ", ".join(sorted(self.codes))
            raise InvalidInvoice(self.rule, path, f"Code inconnu ; les codes admis : {known}.")
        return text

    def schema(self) -> dict[str, Any]:
        """A string with its closed list."""
        return {"type": "string", "enum": sorted(self.codes)}


@dataclass(frozen=True, slots=True)
class Amount:
    """Centimes of an amount given as text."""

    def read(self, value: object, path: str) -> int:
        """Centimes; raises `format.type` or `format.decimal`."""
        return parse_amount(text_value(value, path), path)

    def schema(self) -> dict[str, Any]:
        """A decimal string with at most two decimals."""
        return {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """Thousandths of a quantity or a percentage given as text."""

    def read(self, value: object, path: str) -> int:
        """Thousandths; raises `format.type` or `format.decimal`."""
        return parse_quantity(text_value(value, path), path)

    def schema(self) -> dict[str, Any]:
        """A decimal string with at most three decimals."""
        return {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$"}


@dataclass(frozen=True, slots=True)
class Rate:
    """Ten-thousandths of an exchange rate given as text."""

    def read(self, value: object, path: str) -> int:
        """Ten-thousandths; raises `format.type` or `format.decimal`."""
        return parse_rate(text_value(value, path), path)

    def schema(self) -> dict[str, Any]:
        """A decimal string with at most four decimals."""
        return {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?$"}


@dataclass(frozen=True, slots=True)
class Array:
    """An array whose every element is read alike."""

    of: Reader

    def read(self, value: object, path: str) -> tuple[Any, ...]:
        """The elements in their order; raises `format.type` or what the elements raise."""
        if type(value) is not list:
            raise wrong_type(path, "une liste")
        read, faults = [], []
        for n, element in enumerate(value):
            try:
                read.append(self.of.read(element, f"{path}/{n}"))
            except InvalidInvoice as fault:
                faults.append(fault)
        refuse_all(faults)
        return tuple(read)

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.of.schema()}


def _unknown(name: str, path: str) -> InvalidInvoice:
    pointer = f"{path}/{pointer_name(name)}"
    if name in SECURITY_MEMBERS:
        return InvalidInvoice(
            "security.supplied",
            pointer,
            "Les éléments de sécurité et le vendeur viennent du serveur ; ils ne s'envoient pas.",
        )
    return InvalidInvoice("format.member", pointer, "Ce membre n'existe pas.")


@dataclass(frozen=True, slots=True)
class Object:
    """An object of known members; `optional` names those that may be absent."""

    members: Mapping[str, Reader]
    optional: frozenset[str] = frozenset()
    name: str = ""
    """Of its schema."""

    def read(self, value: object, path: str) -> dict[str, Any]:
        """The members that are there, read; raises `format.member`, `format.missing` and theirs."""
        if type(value) is not dict:
            raise wrong_type(path, "un objet")
        read, faults = {}, []
        for name, member in value.items():
            if name not in self.members:
                faults.append(_unknown(name, path))
                continue
            try:
                read[name] = self.members[name].read(member, f"{path}/{name}")
            except InvalidInvoice as fault:
                faults.append(fault)
        if faults or len(read) < len(self.members):
            refuse_all((*faults, *self._missing(value, path)))
        return read

    def _missing(self, value: Mapping[str, Any], path: str) -> Iterator[InvalidInvoice]:
        for name in self.members:
            if name not in value and name not in self.optional:
                yield InvalidInvoice(
                    "format.missing", f"{path}/{name}", "Ce membre est obligatoire."
                )

    def schema(self) -> dict[str, Any]:
        """An object that refuses unknown members."""
        return {
            **({"title": self.name} if self.name else {}),
            "type": "object",
            "properties": {name: reader.schema() for name, reader in self.members.items()},
            "required": [name for name in self.members if name not in self.optional],
            "additionalProperties": False,
        }
