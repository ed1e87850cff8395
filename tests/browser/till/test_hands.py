"""Scanners of several makes and settings, and people: a sentence, or a sale that was meant.

Every sequence of keys, pastes and taps is drawn from its number, so that one that fails can be run
alone: `HANDS_FROM=17 HANDS=1`. The sales are given to the server's own reader and rules.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.fiscal.draft import read_draft
from app.fiscal.invoice import compose_invoice, tax_draft
from app.fiscal.tables import table_in_force
from tests.browser.till_page import Till, TillShop
from tests.given.requests import SELLER, ZONE

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

SEQUENCES = int(os.environ.get("HANDS", "150"))
"""`make long` asks for five thousand."""
FROM = int(os.environ.get("HANDS_FROM", "1"))
AT_ONCE = 50
HANDS = (Path(__file__).parents[1] / "hands.js").read_text(encoding="utf-8")
BARCODES = {
    "PAI01": "96385074",
    "EAU15": "036000291452",
    "SEL01": "0012345678905",
    "SUC01": "4006381333948",
    "BIE72": "16001000000107",
}
"""Trade numbers of every length, with right check digits, for some articles of the demo."""
START = """async ([source, articles]) => {
  const href = (name) => document.querySelector(`link[href*="/js/${name}."]`).href;
  (0, eval)(source);
  const names = ["sale/current-ticket", "till/selling", "tablet/key-positions"];
  const [ticket, selling, positions] = names.map(href);
  globalThis.theHands = await globalThis.hands({ ticket, selling, positions }, articles);
}"""
RUN = """async ([from, to]) => {
  const { stuck, intents } = await globalThis.theHands.run(from, to);
  const opening = indexedDB.open("till");
  const db = await new Promise((resolve) => (opening.onsuccess = () => resolve(opening.result)));
  const store = db.transaction("outbox", "readwrite").objectStore("outbox");
  const rows = await new Promise((resolve) => {
    const all = store.getAll();
    all.onsuccess = () => resolve(all.result);
  });
  store.clear();
  db.close();
  const sales = rows.map(({ sale_id, body }) => ({
    sale_id, body: new TextDecoder().decode(body), meant: intents[sale_id],
  }));
  return { stuck, sales };
}"""


def with_barcodes(page: Page) -> None:
    """Some articles have trade numbers of every length."""

    def answer(route: Route) -> None:
        real = route.fetch()
        document: dict[str, Any] = real.json()
        for item in document["items"]:
            item["barcode"] = BARCODES.get(item["code"], item.get("barcode"))
        route.fulfill(response=real, json=document)

    page.route("**/caisse/articles.json*", answer)


def check_accepted(sale: dict[str, Any]) -> None:
    """The server reads it, and every rule that needs no ledger holds."""
    draft = read_draft(json.loads(sale["body"]), sale["sale_id"])
    table = table_in_force(datetime.now(UTC), ZONE)
    compose_invoice(
        draft,
        tax_draft(draft, table),
        table,
        SELLER.document(),
        source="till",
        submitted_by=draft.cashier_id,
    )


def check_meant(sale: dict[str, Any]) -> None:
    """No number of it is one that nobody typed, touched or scanned so often."""
    meant, document = sale["meant"], json.loads(sale["body"])
    for item in document["items"]:
        often = meant["added"].get(item["code"], 0)
        exact = not (meant["numbers"] or meant["touched"])
        most = often + sum(meant["numbers"]) + (30 if meant["touched"] else 0)
        quantity = float(item["quantity"])
        assert quantity.is_integer(), (item, meant)
        assert quantity == often if exact else quantity <= most, (quantity, item["code"], meant)
    for paid in document["payments"]:
        if "tendered" in paid:
            assert float(paid["tendered"]) in meant["sums"], (paid, meant)


def test_a_scan_or_a_slip_is_a_sentence_and_every_sale_is_one_that_was_meant(
    page: Page, shop: TillShop
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    with_barcodes(page)
    page.route("**/api/v1/invoices/**", lambda route: route.abort())
    till = Till(page, shop)
    till.unlock()
    page.evaluate(START, [HANDS, till.stored("products")])
    sold = 0
    for first in range(FROM, FROM + SEQUENCES, AT_ONCE):
        last = min(first + AT_ONCE, FROM + SEQUENCES)
        came = page.evaluate(RUN, [first, last])
        assert came["stuck"] == []
        for sale in came["sales"]:
            check_accepted(sale)
            check_meant(sale)
        sold += len(came["sales"])
    assert sold >= SEQUENCES // 3
