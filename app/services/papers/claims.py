"""Claim codes: what a customer with a ticket provisoire holds until the invoice is there.

The code is the first 80 bits of the sale's id in Crockford's base32; the tablet makes it without
asking anybody.
"""

from typing import Final

from app.printing.paper import NoPaper, check
from app.services.papers.receipts import paper_of
from app.store.engine import Session
from app.store.ledger.sales import sale_state, sales_beginning

_SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 16


def claimed_receipt(session: Session, outlet_id: str, code: str, verify_host: str) -> str | None:
    """The address token of the receipt that the code claims; None while it is no legal paper.

    An unknown code looks the same as one whose invoice is not ready.
    """
    prefix = _beginning(code.replace("-", ""))
    sales = sales_beginning(session, outlet_id, prefix) if prefix else []
    if len(sales) != 1:
        return None
    state = sale_state(session, outlet_id, sale_id=sales[0])
    if state is None:
        return None
    try:
        check(paper_of(session, state.sale, verify_host))
    except NoPaper:
        return None
    return state.sale.receipt_token


def _beginning(code: str) -> str | None:
    """The first 80 bits of a UUID as it is written, with the hyphen after them."""
    if len(code) != _LENGTH or not set(code) <= set(_SYMBOLS):
        return None
    number = 0
    for symbol in code:
        number = number << 5 | _SYMBOLS.index(symbol)
    text = f"{number:020x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-"
