"""What a credit note may take back from its original (SFE 1.1.26, codes 11 and 12).

Written from the clause, not from the product: it is the second opinion on it.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from app.control.simulator.journal import Confirmed, Key
from app.control.simulator.request import CREDIT_NOTES, Posted, Refusal
from app.control.simulator.tax import ZERO

if TYPE_CHECKING:
    from decimal import Decimal


def check(
    posted: Posted,
    totals: Mapping[str, "Decimal"],
    original: Confirmed | None,
    credits_made: Iterable[Confirmed],
) -> None:
    """The original exists and holds what is credited, all its credit notes together.

    Lines match on code, group and unit price, in the original's price mode; equal ones are summed.
    No group gives back more than it was invoiced for; `totals` are those of the posted note.
    Raises Refusal.
    """
    if original is None or original.type in CREDIT_NOTES:
        raise Refusal("11", "La facture d'origine est introuvable.")
    if original.mode and posted.mode != original.mode:
        raise Refusal("12", "L'avoir n'est pas dans le mode de prix de la facture d'origine.")
    credits_made = tuple(credits_made)
    left: dict[Key, Decimal] = {}
    for key, quantity in original.lines:
        left[key] = left.get(key, ZERO) + quantity
    taken = [line for credit in credits_made for line in credit.lines]
    taken += [(item.key, item.line.quantity) for item in posted.items]
    for key, quantity in taken:
        left[key] = left.get(key, ZERO) - quantity
    if any(quantity < 0 for quantity in left.values()):
        raise Refusal("12", "L'avoir dépasse la facture d'origine.")
    if original.mode:
        _check_groups(totals, original, credits_made)


def _check_groups(
    totals: Mapping[str, "Decimal"], original: Confirmed, credits_made: Iterable[Confirmed]
) -> None:
    back = dict(totals)
    for credit in credits_made:
        for letter, (_, total) in credit.groups.items():
            back[letter] = back.get(letter, ZERO) + total
    for letter, total in back.items():
        if total > original.groups[letter][1]:
            raise Refusal("12", f"Les avoirs dépassent le groupe {letter} de la facture d'origine.")
