"""What a credit note may take back from its original (SFE 1.1.26).

Items match on code, group, unit price and specific taxes. A tax that is an amount of the line
matches by its label, and what is taken back of it counts like the quantity.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.fiscal.codes import EXPORT_TYPES
from app.fiscal.errors import InvalidInvoice
from app.fiscal.money import amount_text, parse_amount, parse_quantity
from app.fiscal.tax import AMOUNT, specific_taxes_of

Key = tuple[str, str, str, str]
"""Code, group, unit price and specific taxes of an item."""
_Part = tuple[Key, str]
"""Of an item its quantity, or with a label the amount of that specific tax."""

_QUANTITY = ""


def _key(item: Mapping[str, Any]) -> Key:
    taxes = sorted(
        f"{tax['kind']} {tax['label' if tax['kind'] == AMOUNT else 'value']}"
        for tax in specific_taxes_of(item)
    )
    return item["code"], item["tax_group"], item["unit_price"], " + ".join(taxes)


def _parts(item: Mapping[str, Any]) -> Iterator[tuple[_Part, int]]:
    key = _key(item)
    yield (key, _QUANTITY), parse_quantity(item["quantity"])
    for tax in specific_taxes_of(item):
        if tax["kind"] == AMOUNT:
            yield (key, tax["label"]), parse_amount(tax["value"])


def _left(
    original: Mapping[str, Any], credits_before: Iterable[Mapping[str, Any]]
) -> dict[_Part, int]:
    left: dict[_Part, int] = {}
    for invoice, sign in ((original, 1), *((note, -1) for note in credits_before)):
        for item in invoice["items"]:
            for part, much in _parts(item):
                left[part] = left.get(part, 0) + sign * much
    return left


def remaining(
    original: Mapping[str, Any], credits_before: Iterable[Mapping[str, Any]]
) -> dict[Key, int]:
    """Thousandths that may still be taken back of each kind of item of a canonical invoice."""
    left = _left(original, credits_before)
    return {key: quantity for (key, part), quantity in left.items() if part == _QUANTITY}


def check_credit(
    credit_note: Mapping[str, Any],
    original: Mapping[str, Any],
    credits_before: Sequence[Mapping[str, Any]],
    tables: Iterable[str] = (),
) -> None:
    """The credit note takes back only what its original sold and nobody took back before.

    All three are canonical invoices. `tables` are the tax tables it may be computed with beside
    that of its original.

    Raises:
        InvalidInvoice: `SFE-1.1.26`.
    """
    _check_original(credit_note["invoice_type"], original["invoice_type"])
    _check_terms(credit_note, original, tables)
    left = _left(original, credits_before)
    for n, item in enumerate(credit_note["items"]):
        _take(left, item, f"/items/{n}")
    _check_groups(credit_note, original, credits_before)


def _check_original(credit_type: str, original_type: str) -> None:
    wanted = {"EV", "ET"} if credit_type in EXPORT_TYPES else {"FV", "FT"}
    if original_type not in wanted:
        raise InvalidInvoice(
            "SFE-1.1.26", "/credit/original", f"Un avoir {credit_type} ne vise pas cette facture."
        )


def _check_terms(
    credit_note: Mapping[str, Any], original: Mapping[str, Any], tables: Iterable[str]
) -> None:
    if credit_note["price_mode"] != original["price_mode"]:  # e: a price is equal in its mode only
        raise InvalidInvoice(
            "SFE-1.1.26",
            "/price_mode",
            f"La facture d'origine est en prix {original['price_mode']} : son avoir aussi.",
        )
    if credit_note["tax_table"] not in {original["tax_table"], *tables}:
        raise InvalidInvoice(
            "SFE-1.1.26",
            "/tax_table",
            f"L'avoir se calcule avec la table {original['tax_table']} de la facture d'origine.",
        )


def _take(left: dict[_Part, int], item: Mapping[str, Any], path: str) -> None:
    for part, taken in _parts(item):
        if part not in left:  # b, e
            raise InvalidInvoice(
                "SFE-1.1.26", path, "Cet article, à ce prix, n'est pas sur la facture d'origine."
            )
        left[part] -= taken
        if left[part] < 0:  # c, d: cumulated over all its credit notes
            member = "quantity" if part[1] == _QUANTITY else "specific_tax"
            raise InvalidInvoice(
                "SFE-1.1.26", f"{path}/{member}", "L'avoir dépasse ce qui reste de la facture."
            )


def _check_groups(
    credit_note: Mapping[str, Any],
    original: Mapping[str, Any],
    credits_before: Sequence[Mapping[str, Any]],
) -> None:
    # Quantities that hold can still give back more money: each part of a sale is rounded anew.
    for letter in credit_note["tax_groups"]:
        sold = _group_total(original, letter)
        before = sum(_group_total(note, letter) for note in credits_before)
        if before + _group_total(credit_note, letter) > sold:
            raise InvalidInvoice(
                "SFE-1.1.26",
                "/items",
                f"Les avoirs du groupe {letter} dépasseraient le montant facturé ; "
                f"il reste {amount_text(max(0, sold - before))}.",
            )


def _group_total(invoice: Mapping[str, Any], letter: str) -> int:
    group = invoice["tax_groups"].get(letter)
    return parse_amount(group["total"]) if group else 0
