"""The camera as a scanner, beside a browser that reads codes; ours here has neither."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app.services.shop.sample import CLIENTS
from tests.browser.till.test_paying import BREAD
from tests.browser.till_page import Till, TillShop

if TYPE_CHECKING:
    from playwright.sync_api import Page

READER = """
globalThis.BarcodeDetector = class {
  static getSupportedFormats = async () => ["qr_code", "ean_13"];
  constructor({ formats }) { globalThis.formats = formats; }
  async detect(video) {
    const sees = video.readyState > 1 && globalThis.seen;
    return sees ? [{ rawValue: globalThis.seen }] : [];
  }
};
Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia: async () => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 8, 8);
  setInterval(() => canvas.getContext("2d").fillRect(0, 0, 8, 8), 50);
  return (globalThis.stream = canvas.captureStream());
} } });
"""
"""A lens that shows a black square, and a reader that sees `seen` in it."""
ENDED = "globalThis.stream.getTracks().every((track) => track.readyState === 'ended')"


@pytest.fixture
def till(page: Page, shop: TillShop) -> Till:
    """A till whose browser has a camera and reads codes."""
    page.add_init_script(READER)
    till = Till(page, shop)
    till.unlock()
    return till


def show(till: Till, text: str) -> None:
    """The code is held before the camera."""
    till.page.evaluate(f"globalThis.seen = {json.dumps(text)}")


def test_a_code_before_the_camera_is_a_scan_and_the_camera_closes(till: Till) -> None:
    till.tap(till.page.locator("#ouvrir-camera"))
    expect(till.page.locator("#viseur")).to_be_visible()
    show(till, "6001000000109")
    expect(till.page.locator(".line-name")).to_have_text("Pain")
    expect(till.page.locator("#viseur")).to_be_hidden()
    assert till.page.evaluate(ENDED)
    assert till.page.evaluate("globalThis.formats") == ["qr_code", "ean_13"]


def test_a_closed_camera_looks_no_more(till: Till) -> None:
    till.tap(till.page.locator("#ouvrir-camera"))
    expect(till.page.locator("#viseur")).to_be_visible()
    till.page.keyboard.press("Escape")
    expect(till.page.locator("#viseur")).to_be_hidden()
    expect(till.page.locator("#viseur-image")).to_have_js_property("srcObject", None)
    show(till, "6001000000109")
    assert till.page.evaluate(ENDED)
    till.add(BREAD)
    expect(till.page.locator(".line")).to_have_count(1)


def test_a_client_s_code_before_the_camera_names_it(till: Till) -> None:
    _, name, nif, _, _ = CLIENTS[0]
    show(till, nif)
    till.add(BREAD)
    till.tap(till.page.locator("#choisir-client"))
    till.tap(till.page.locator("#client [data-camera]"))
    expect(till.page.locator("#paiement")).to_be_visible()
    expect(till.page.locator("#ticket-client")).to_contain_text(name)


def test_a_camera_that_is_refused_says_what_to_do(till: Till) -> None:
    till.page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(); }")
    till.tap(till.page.locator("#ouvrir-camera"))
    expect(till.page.locator("#viseur-erreur")).to_contain_text("tapez le code")
