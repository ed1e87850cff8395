"""Lists: the names of their filters, and how many stand on a page."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from app.fiscal.errors import InvalidInvoice

_PER_PAGE: Final = re.compile(r"[1-9][0-9]?|100", re.ASCII)
_USUAL: Final = 50


def check_names(query: Iterable[str], known: Collection[str]) -> None:
    """The query asks for filters that exist; raises `format.member`."""
    for name in query:
        if name not in known:
            raise InvalidInvoice("format.member", f"/{name}", "Ce filtre n'existe pas.")


def per_page(text: str | None) -> int:
    """The number of a page's items; raises `format.decimal`."""
    if text is None:
        return _USUAL
    if _PER_PAGE.fullmatch(text) is None:
        raise InvalidInvoice("format.decimal", "/per_page", "De 1 à 100 par page.")
    return int(text)
