"""`make bench-till`: when the till answers a finger on slow links and a slow tablet.

Beside it, in turns, a bare page of 32 KB: one script, one button. The processor is slowed six
times. Only the ratio means something: the machine is shared.
"""

from __future__ import annotations

import argparse
import gzip
import http.server
import random
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.browser.till_page import Till, read_shop
from tests.harness.browser import launched
from tests.harness.processes import Commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, CDPSession, Page

    from tests.browser.till_page import TillShop

SLOWER = 6
BARE_BYTES = 32_000
TAPS = 40
READY = "body[data-ready]"


@dataclass(frozen=True, slots=True)
class Link:
    """A network, as a phone company sells it."""

    name: str
    kilobits: int
    milliseconds: int


LINKS = (Link("3G", 400, 400), Link("2G", 100, 800))


def _bare_page() -> bytes:
    """A page of 32 KB once compressed: a script that must be read, and a button that answers."""
    chance = random.Random(32)  # noqa: S311 - a figure, the same in every run
    words = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=47_200))
    script = (
        f'globalThis.words = "{words}";'
        'document.querySelector("button").onclick = () => document.querySelector("ol")'
        '.append(Object.assign(document.createElement("li"), {textContent: "1 article"}));'
        'document.body.dataset.ready = "";'
    )
    page = (
        f"<!doctype html><title>floor</title><button>+</button><ol></ol><script>{script}</script>"
    )
    return page.encode()


class _Floor(http.server.BaseHTTPRequestHandler):
    page = gzip.compress(_bare_page(), 9)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def _floor() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Floor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def _slow(page: Page, link: Link | None) -> CDPSession:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    if link is not None:
        devtools.send("Network.enable")
        bytes_a_second = link.kilobits * 1000 / 8
        devtools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": link.milliseconds,
                "downloadThroughput": bytes_a_second,
                "uploadThroughput": bytes_a_second,
            },
        )
    return devtools


def _first_load(browser: Browser, url: str, link: Link) -> float:
    """Seconds until a browser that has never been here can be used."""
    with browser.new_context(service_workers="block", locale="fr-CD") as context:
        page = context.new_page()
        _slow(page, link)
        page.goto(url, wait_until="commit", timeout=120_000)
        page.locator(READY).wait_for(state="attached", timeout=120_000)
        return float(page.evaluate("performance.now()")) / 1000


def _warm_start(page: Page) -> float:
    """Seconds until the till stands again with no network at all."""
    page.context.set_offline(True)
    try:
        page.reload(wait_until="commit")
        page.locator(READY).wait_for(state="attached")
        return float(page.evaluate("performance.now()")) / 1000
    finally:
        page.context.set_offline(False)


WATCH = """
globalThis.delays = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (entry.name === "pointerup" || entry.name === "click") delays.push(entry.duration);
}).observe({type: "event", durationThreshold: 16, buffered: false});
"""


def _tap_latency(page: Page, tap: Callable[[], None]) -> tuple[float, float]:
    """The 75th percentile and the largest of the delays from a finger to the next frame, in ms."""
    page.evaluate(WATCH)
    for _ in range(TAPS):
        tap()
        page.wait_for_timeout(60)
    delays = sorted([0.0] * TAPS + page.evaluate("globalThis.delays"))[-TAPS:]
    return delays[TAPS * 3 // 4], delays[-1]


def _tap_till(browser: Browser, shop: TillShop) -> tuple[float, float]:
    with browser.new_context(locale="fr-CD") as context:
        till = Till(context.new_page(), shop)
        till.unlock()
        tiles = till.page.locator("#articles .tile")
        _slow(till.page, None)
        turn = iter(range(TAPS))
        return _tap_latency(till.page, lambda: tiles.nth(next(turn) % 8).click())


def _tap_floor(browser: Browser, url: str) -> tuple[float, float]:
    with browser.new_context(locale="fr-CD") as context:
        page = context.new_page()
        page.goto(url)
        _slow(page, None)
        return _tap_latency(page, page.locator("button").click)


def _print_loads(browser: Browser, shop: TillShop, floor: str, rounds: int) -> None:
    print("| premier chargement | caisse s | page nue de 32 Ko s | rapport |")
    print("|---|---|---|---|")
    for link in LINKS:
        pairs = [
            (_first_load(browser, f"{shop.url}/caisse", link), _first_load(browser, floor, link))
            for _ in range(rounds)
        ]
        ratio = median(ours / bare for ours, bare in pairs)
        print(
            f"| {link.name} ({link.kilobits} kbit/s, {link.milliseconds} ms) "
            f"| {median(ours for ours, _ in pairs):.1f} | {median(bare for _, bare in pairs):.1f} "
            f"| **{ratio:.2f}** |",
            flush=True,
        )


def _print_warm(browser: Browser, shop: TillShop, rounds: int) -> None:
    with browser.new_context(locale="fr-CD") as context:
        till = Till(context.new_page(), shop)
        till.unlock()
        till.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        _slow(till.page, None)
        times = [_warm_start(till.page) for _ in range(rounds)]
    print(f"| redémarrage sans réseau | {median(times):.1f} | – | – |", flush=True)


def _print_taps(browser: Browser, shop: TillShop, floor: str) -> None:
    print("\n| de l'appui à l'image suivante | caisse ms | page nue ms |")
    print("|---|---|---|")
    ours, bare = _tap_till(browser, shop), _tap_floor(browser, floor)
    print(f"| P75 | {ours[0]:.0f} | {bare[0]:.0f} |")
    print(f"| le plus long | {ours[1]:.0f} | {bare[1]:.0f} |", flush=True)


def main() -> None:
    """Prints everything as tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name, _floor() as floor:
        commands = Commands(Path(name), [], fresh=True)
        try:
            running = commands("demo", ready="caisse/enroler/")
            shop = read_shop(running.url, Path(name) / "var")
            with launched() as browser:
                print(f"Processeur ralenti {SLOWER} fois ; médianes de {rounds} tours.")
                _print_loads(browser, shop, floor, rounds)
                _print_warm(browser, shop, rounds)
                _print_taps(browser, shop, floor)
        finally:
            commands.end()


if __name__ == "__main__":
    main()
