"""What the cashier sees when the e-MCF is slow, or says no."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect

from tests.browser.till_page import NORMALISED, Till, TillShop, francs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Faults = list[dict[str, Any]]


@pytest.fixture
def emcf(shop: TillShop) -> Iterator[Callable[[Faults], None]]:
    """Sets the fault script of the demo's e-MCF simulator; none is in force afterwards."""

    def script(rules: Faults) -> None:
        address = urljoin(shop.facts["emcf_url"], "/simulator/faults")
        request = urllib.request.Request(address, json.dumps(rules).encode(), method="PUT")  # noqa: S310 - the test's own simulator
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310

    yield script
    script([])


def test_a_slow_dgi_leaves_the_sale_sealed_and_the_till_free(
    till: Till, emcf: Callable[[Faults], None]
) -> None:
    emcf([{"on": "post", "times": 1, "fault": "stall", "seconds": 6}])
    till.sell()
    till.wait_until("Vente enregistrée, facture en attente de la DGI. Rien n’est perdu.")
    expect(till.page.locator("#bandeau-sceau")).to_contain_text("KIN01-1-")
    expect(till.page.locator("#bandeau-qr")).to_be_hidden()
    expect(till.page.locator("#imprimer")).to_be_hidden()  # SFE 1.1.5
    total = till.add(till.articles[1])
    till.shows("#total", francs(total))
    till.wait_until(NORMALISED)


def test_a_sale_that_the_dgi_refuses_is_replaced_under_a_new_id(
    till: Till, emcf: Callable[[Faults], None]
) -> None:
    emcf([{"on": "post", "times": 1, "fault": "error_in_200", "code": "3", "text": "NIF inconnu"}])
    total = till.add(till.articles[0])
    till.cash_in()
    with till.page.expect_request("**/api/v1/invoices/**") as first:
        till.pay_exactly()
    till.wait_until("Facture refusée par la DGI")
    expect(till.page.locator("#bandeau-raison")).not_to_be_empty()
    till.tap(till.page.locator("#corriger"))
    till.shows("#total", francs(total))
    till.cash_in()
    with till.page.expect_request("**/api/v1/invoices/**") as second:
        till.pay_exactly()
    refused = first.value.url.rpartition("/")[2]
    assert second.value.url != first.value.url
    assert json.loads(second.value.post_data or "")["replaces"] == refused
    till.wait_until(NORMALISED)
