"""What a person copies from the taxpayer's portal of DGI, judged before it becomes a fact."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.fiscal.errors import InvalidInvoice
from app.fiscal.zones import TIMEZONES

QR_PREFIX: Final = "RDCF01"
"""Of an invoice of an e-MCF; the portal shows no other."""

_SYMBOLS: Final = re.compile(r"[A-Z0-9]{24}", re.ASCII)
_COUNTERS: Final = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8}) ([A-Z]{2})", re.ASCII)
_DGI_ZONE: Final = TIMEZONES["Africa/Kinshasa"]
"""The authority's times carry no zone: its clock is Kinshasa's, whatever the outlet's."""


@dataclass(frozen=True, slots=True)
class Found:
    """The elements of an invoice as the portal shows them; `qr_code` only when it does."""

    code_def_dgi: str
    counters: str
    date_time: str
    nim: str
    qr_code: str | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The portal does not show the invoice; `reason` says who looked, where and when."""

    reason: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What our invoice, its module and the clocks say of the elements that may be found."""

    nim: str
    nif: str
    invoice_type: str
    not_before: datetime
    not_after: datetime


def check_found(found: Found, expected: Expected) -> Found:
    """The same elements in their official spelling, with their QR.

    Raises:
        InvalidInvoice: a `doubt.…` rule; the sentence says what to look at again.
    """
    code = _code(found.code_def_dgi)
    if found.nim.strip() != expected.nim:
        raise InvalidInvoice(
            "doubt.nim",
            "/nim",
            f"Cette facture est partie par le module {expected.nim} : ce n'est pas celui-ci.",
        )
    counters = _counters(found.counters, expected.invoice_type)
    at = _instant(found.date_time)
    _check_time(at, expected)
    date_time = at.strftime("%d/%m/%Y %H:%M:%S")
    qr = ";".join(
        [QR_PREFIX, expected.nim, code.replace("-", ""), expected.nif, at.strftime("%Y%m%d%H%M%S")]
    )
    if found.qr_code is not None and found.qr_code.strip() not in {"", qr}:
        raise InvalidInvoice(
            "doubt.qr",
            "/qr_code",
            "Ce QR ne dit pas le même module, le même code, le même NIF ou la même heure.",
        )
    return replace(
        found,
        code_def_dgi=code,
        counters=counters,
        date_time=date_time,
        nim=expected.nim,
        qr_code=qr,
    )


def _code(text: str) -> str:
    """Six groups of four: people copy the code with hyphens, blanks or nothing between them."""
    symbols = re.sub(r"[\s-]", "", text).upper()
    if _SYMBOLS.fullmatch(symbols) is None:
        raise InvalidInvoice(
            "doubt.code",
            "/code_def_dgi",
            "Un code DEF/DGI a 24 lettres ou chiffres, en six groupes de quatre.",
        )
    return "-".join(symbols[n : n + 4] for n in range(0, 24, 4))


def _counters(text: str, invoice_type: str) -> str:
    match = _COUNTERS.fullmatch(" ".join(text.split()).upper())
    if match is None or int(match[1]) > int(match[2]):
        raise InvalidInvoice(
            "doubt.counters",
            "/counters",
            f"Les compteurs s'écrivent comme « 41/44 {invoice_type} » : le rang parmi ce type, "
            "le rang parmi toutes, le type.",
        )
    if match[3] != invoice_type:
        raise InvalidInvoice(
            "doubt.counters",
            "/counters",
            f"Notre facture est de type {invoice_type} ; ces compteurs sont ceux d'une {match[3]}.",
        )
    return match[0]


def _instant(text: str) -> datetime:
    try:
        read = datetime.strptime(" ".join(text.split()), "%d/%m/%Y %H:%M:%S")  # noqa: DTZ007
    except ValueError as error:
        raise InvalidInvoice(
            "doubt.time",
            "/date_time",
            "La date et l'heure s'écrivent comme « 12/05/2026 10:15:30 ».",
        ) from error
    return read.replace(tzinfo=_DGI_ZONE)


def _check_time(at: datetime, expected: Expected) -> None:
    if at < expected.not_before:
        raise InvalidInvoice(
            "doubt.time",
            "/date_time",
            "Cette heure est antérieure à la vente : c'est une autre facture.",
        )
    if at > expected.not_after:
        raise InvalidInvoice("doubt.time", "/date_time", "Cette heure n'est pas encore venue.")
