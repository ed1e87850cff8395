"""An e-MCF that says no, and the sale that it said no to."""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from tests.browser.till_page import francs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.till_page import Till, TillShop

SENTENCE = "NIF du client inconnu de la DGI"
REFUSED = "Facture refusée par la DGI"
AGAIN = "#corriger"
RULE = {"on": "post", "times": 1, "fault": "error_in_200", "code": "9", "text": SENTENCE}


def script(facts: dict[str, Any], *rules: dict[str, Any]) -> None:
    """The fault script of that demo's e-MCF simulator from now on."""
    address = urljoin(facts["emcf_url"], "/simulator/faults")
    request = urllib.request.Request(address, json.dumps(rules).encode(), method="PUT")  # noqa: S310 - the test's own simulator
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310


@contextmanager
def scripted(shop: TillShop, *rules: dict[str, Any]) -> Iterator[None]:
    """These faults happen until the block ends."""
    script(shop.facts, *rules)
    try:
        yield
    finally:
        script(shop.facts)


def refused(till: Till, pay: Callable[[], None] | None = None) -> str:
    """One sale of two articles is refused by the DGI; its total."""
    with scripted(till.shop, RULE):
        total = till.add(*till.articles[:2])
        till.cash_in()
        (pay or till.pay_exactly)()
        till.wait_until(REFUSED)
    return francs(total)
