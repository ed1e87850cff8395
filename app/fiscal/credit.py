"""What a credit note may take back from its original (SFE 1.1.26, 1.1.27)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.fiscal.codes import EXPORT_TYPES
from app.fiscal.errors import InvalidInvoice
from app.fiscal.money import parse_quantity

Key = tuple[str, str, str, str]
"""Code, group, unit price and specific tax of an item: items match on these."""


def _key(item: Mapping[str, Any]) -> Key:
    tax = item.get("specific_tax")
    specific_tax = f"{tax['kind']} {tax['value']}" if tax else ""
    return item["code"], item["tax_group"], item["unit_price"], specific_tax


def _quantities(items: Iterable[Mapping[str, Any]]) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for item in items:
        key = _key(item)
        sums[key] = sums.get(key, 0) + parse_quantity(item["quantity"])
    return sums


def remaining(
    original: Mapping[str, Any], credits_before: Iterable[Mapping[str, Any]]
) -> dict[Key, int]:
    """Thousandths that may still be taken back of each kind of item of a canonical invoice."""
    left = _quantities(original["items"])
    for credit_note in credits_before:
        for key, quantity in _quantities(credit_note["items"]).items():
            left[key] = left.get(key, 0) - quantity
    return left


def check_credit(
    credit_note: Mapping[str, Any],
    original: Mapping[str, Any],
    credits_before: Sequence[Mapping[str, Any]],
) -> None:
    """The credit note takes back only what its original sold and nobody took back before.

    All three are canonical invoices.

    Raises:
        InvalidInvoice: `SFE-1.1.26` for another kind of original, an item that is not on it or
            another price; `SFE-1.1.27` for more than remains.
    """
    _check_original(credit_note["invoice_type"], original["invoice_type"])
    left = remaining(original, credits_before)
    for n, item in enumerate(credit_note["items"]):
        key, path = _key(item), f"/items/{n}"
        if key not in left:  # SFE 1.1.26 c
            raise InvalidInvoice(
                "SFE-1.1.26", path, "Cet article, à ce prix, n'est pas sur la facture d'origine."
            )
        left[key] -= parse_quantity(item["quantity"])
        if left[key] < 0:  # SFE 1.1.26 d, 1.1.27: cumulated over all its credit notes
            raise InvalidInvoice(
                "SFE-1.1.27", f"{path}/quantity", "L'avoir dépasse ce qui reste de la facture."
            )


def _check_original(credit_type: str, original_type: str) -> None:
    wanted = {"EV", "ET"} if credit_type in EXPORT_TYPES else {"FV", "FT"}
    if original_type not in wanted:
        raise InvalidInvoice(
            "SFE-1.1.26", "/credit/original", f"Un avoir {credit_type} ne vise pas cette facture."
        )
