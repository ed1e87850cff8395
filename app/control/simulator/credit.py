"""What a credit note may take back from its original (SFE 1.1.26, codes 11 and 12)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.control.simulator.journal import Confirmed, Key
from app.control.simulator.request import CREDIT_NOTES, Posted, Refusal
from app.control.simulator.tax import ZERO

if TYPE_CHECKING:
    from decimal import Decimal


def check(posted: Posted, original: Confirmed | None, credits_made: Iterable[Confirmed]) -> None:
    """The original exists and holds what is credited, all its credit notes together.

    Lines match on code, group and unit price; equal ones are summed. Raises Refusal.
    """
    if original is None or original.type in CREDIT_NOTES:
        raise Refusal("11", "La facture d'origine est introuvable.")
    left: dict[Key, Decimal] = {}
    for key, quantity in original.lines:
        left[key] = left.get(key, ZERO) + quantity
    taken = [line for credit in credits_made for line in credit.lines]
    taken += [(item.key, item.line.quantity) for item in posted.items]
    for key, quantity in taken:
        left[key] = left.get(key, ZERO) - quantity
    if any(quantity < 0 for quantity in left.values()):
        raise Refusal("12", "L'avoir dépasse la facture d'origine.")
