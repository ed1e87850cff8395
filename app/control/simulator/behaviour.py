"""What the simulator may do differently, because nobody outside the authority knows it yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

PENDING_LIMIT = 10
"""Requests one e-MCF may hold unconfirmed; one more is code 1."""

PENDING_SECONDS = 120
"""A request nobody confirmed is dropped after this long."""


@dataclass(frozen=True, slots=True)
class AssumedCodes:
    """Codes we made up for checks the authority makes but does not document.

    All lie in the range whose meanings are unknown (21-23, 25-30), so a client that gives one
    of them a meaning of its own shows itself here.
    """

    nif: str = "21"
    isf: str = "22"
    client_type: str = "23"
    price: str = "25"
    quantity: str = "26"
    operator: str = "27"
    reference_type: str = "28"
    specific_amount: str = "29"
    """`taxSpecificAmount` is not the tax of the whole line."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One possible e-MCF. The defaults are our best reading of the public texts."""

    table: str = "CD-2026-02"
    """The name of a table that this program carries."""
    new_rates: Mapping[str, Decimal] = field(default_factory=dict)
    """Percent of groups (lower-case letters) that changed since the table was published."""
    ts_order: Literal["total", "vat"] = "total"
    """Specific tax in `ttc` mode: the total is rounded first, or the VAT is."""
    credit_rates: Literal["original", "current"] = "original"
    """A credit note is taxed at the rates of its original, or at those of today."""
    line_rounding: bool = True
    """Each line is rounded before it enters its group; if not, only the group's sum is."""
    ha_with_specific_tax: bool = False
    """`ha*` contains the specific tax."""
    strict_reference: bool = False
    """A reference with hyphens (29 characters) is code 5."""
    usd_rate: Decimal = Decimal("2850.00")
    codes: AssumedCodes = field(default_factory=AssumedCodes)
