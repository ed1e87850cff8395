"""Fiscal numbers and references: dense, by series and by management year (SFE 1.1.15)."""

import re
from dataclasses import dataclass
from datetime import datetime

from app.fiscal.errors import SeriesExhausted
from app.fiscal.zones import local_time

OUTLET_CODE = re.compile(r"[A-Z0-9]{3,5}", re.ASCII)
_FISCAL_NUMBER = re.compile(r"([A-Z0-9]{3,5})-([1-9][0-9]?)-(?!0{8})([0-9]{8})", re.ASCII)
_REFERENCE = re.compile(r"([A-Z0-9]{3,5})-([1-9][0-9]?)/([0-9]{4})/(?!0{6})([0-9]{6})", re.ASCII)

MAX_COUNTER = 99_999_999
MAX_IN_YEAR = 999_999


@dataclass(frozen=True, slots=True)
class FiscalNumber:
    """The place of an invoice: outlet, series and counter (from 1, never reset)."""

    outlet_id: str
    series: str
    counter: int

    def __str__(self) -> str:
        return f"{self.outlet_id}-{self.series}-{self.counter:08d}"


def parse_fiscal_number(text: str) -> FiscalNumber | None:
    """The parts of a fiscal number such as `KIN01-1-00000105`, or None when it is not one."""
    match = _FISCAL_NUMBER.fullmatch(text)
    return FiscalNumber(match[1], match[2], int(match[3])) if match else None


@dataclass(frozen=True, slots=True)
class Reference:
    """The parts of a serial reference: its number is dense in the series and the year."""

    outlet_id: str
    series: str
    year: int
    number: int


def parse_reference(text: str) -> Reference | None:
    """The parts of a reference such as `KIN01-1/2026/000105`, or None when it is not one."""
    match = _REFERENCE.fullmatch(text)
    return Reference(match[1], match[2], int(match[3]), int(match[4])) if match else None


def fiscal_number(outlet_id: str, series: str, counter: int) -> str:
    """The fiscal number of that counter.

    Raises:
        SeriesExhausted: past eight digits.
    """
    if counter > MAX_COUNTER:
        raise SeriesExhausted(f"series {series} of {outlet_id} has no number left")
    return str(FiscalNumber(outlet_id, series, counter))


def management_year(instant: datetime, zone: str) -> int:
    """The calendar year of that instant in the outlet's zone."""
    return local_time(instant, zone).year


def reference(outlet_id: str, series: str, year: int, number: int) -> str:
    """The serial reference `KIN01-1/2026/000105`, at most 20 characters (SFE 1.1.15).

    Raises:
        SeriesExhausted: past six digits in one year.
    """
    if number > MAX_IN_YEAR:
        raise SeriesExhausted(f"series {series} of {outlet_id} has no reference left in {year}")
    return f"{outlet_id}-{series}/{year}/{number:06d}"
