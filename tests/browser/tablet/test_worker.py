"""The service worker: a till opens without a server, keeps its build while it sells, can be ended.

Most tests have a server over files of their own, so that it can serve another build of them; all
have a browser whose profile outlives it.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright

from app import server
from app.routes.assets.graph import Assets
from app.server import WEB
from app.settings import Settings
from app.wiring import assemble
from tests.harness import browser as chrome
from tests.harness.ports import free_port
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page, Playwright, Route

    from tests.harness.processes import Commands

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*inferred style"),  # of the API's handlers
    pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning"),
]

PAGE = """{% extends "layout.html" %}
{% block head %}
<meta name="build" content="{{ build }}">
<link rel="manifest" href="/manifest.webmanifest">
<script type="module" src="{{ asset('js/till/till.js') }}"></script>
{% endblock %}
{% block body %}<h1>Une caisse</h1>{% endblock %}
"""
SCRIPT = """
import { applyNow, updates } from "../tablet/update.js";
globalThis.till = { safe: false, offered: 0, applyNow };
const offer = (apply) => { till.offered += 1; till.apply = apply; };
await updates({ safe: () => till.safe, offer });
till.running = true;
"""
"""The smallest till: it has builds, and nothing to sell."""

CACHES = "async () => (await caches.keys()).filter((name) => name.startsWith('bono-build-')).sort()"
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
  return found;
}"""
NO_WORKER = "async () => (await navigator.serviceWorker.getRegistrations()).length === 0"
KEEP_SALE = """() => new Promise((done) => {
  const open = indexedDB.open("till", 1);
  open.onupgradeneeded = () => open.result.createObjectStore("outbox").put("une vente", "1");
  open.onsuccess = () => { open.result.close(); done(); };
})"""
KEPT_SALE = """() => new Promise((done) => {
  const open = indexedDB.open("till", 1);
  open.onsuccess = () => {
    const asked = open.result.transaction("outbox").objectStore("outbox").get("1");
    asked.onsuccess = () => done(asked.result);
  };
})"""
IS_KEPT = "async (paper) => Boolean(await caches.match(paper))"
PAPERS_LEFT = "async (left) => (await (await caches.open('bono-papers')).keys()).length === left"
FILL_PAPERS = """async ([count, bytes]) => {
  const papers = await caches.open("bono-papers");
  const headers = { "Content-Length": String(bytes) };
  for (let i = 0; i < count; i += 1) await papers.put(`/recus/${i}`, new Response("", { headers }));
}"""
LEAVE_SALE = """async ([device, outbox]) => {
  await (await import(device)).enrol();
  const ticket = { sale_id: "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d" };
  const sale = { ticket, body: "{}", total: "0", provisional: false };
  return (await (await import(outbox)).commit(sale)).sale_id;
}"""
SALE_ANSWERED = """async ([, outbox, sale]) => {
  const row = (await (await import(outbox)).rows()).find((row) => row.sale_id === sale);
  return row.state === "poison" && row.problem.rule.startsWith("format.");
}"""
"""The bytes are no sale, and only the server can have said so."""
ASK = "async ([path, init]) => (await fetch(path, init)).status"


class Site:
    """A server over its own copy of the files, at one address however often it starts."""

    def __init__(self, folder: Path) -> None:
        self._var, self._port = folder, free_port()
        self.web = folder / "web"
        shutil.copytree(WEB, self.web, ignore=shutil.ignore_patterns("node_modules"))
        (self.web / "templates/till/till.html").write_text(PAGE)
        (self.web / "static/js/till/till.js").write_text(SCRIPT)

    @property
    def url(self) -> str:
        """Where the till is."""
        return f"http://127.0.0.1:{self._port}/caisse"

    def start(self, *, worker: bool = True) -> None:
        """The server answers, with the files as they are now."""
        parts = assemble(Settings(var=self._var, service_worker=worker))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server, "WEB", self.web)
            app = server.create_app(parts)
        config = uvicorn.Config(app, port=self._port, log_level="warning", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started, seconds=30, otherwise=lambda: "no server")

    def stop(self) -> None:
        """Nobody answers."""
        self._server.should_exit = True
        self._thread.join()

    def rebuild(self, *, worker: bool = True) -> None:
        """The server was replaced by one with another build."""
        with (self.web / "static/js/till/till.js").open("a") as script:
            script.write("\nglobalThis.till.newer = true;\n")
        self.stop()
        self.start(worker=worker)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The server of a test, with the smallest till."""
    site = Site(tmp_path)
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright itself: these tests start browsers of their own."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def launch(playwright: Playwright, tmp_path: Path) -> Callable[[], Any]:
    """Starts the browser, each time on the same profile: `with launch() as context`."""

    @contextmanager
    def launched() -> Iterator[BrowserContext]:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chrome.chromium_path("chromium"),
            args=list(chrome.ARGUMENTS),
            chromium_sandbox=False,
            locale="fr-CD",
            timezone_id="Africa/Kinshasa",
        )
        try:
            yield context
        finally:
            context.close()

    return launched


@pytest.fixture
def context(launch: Callable[[], Any]) -> Iterator[BrowserContext]:
    """A browser that runs as long as the test."""
    with launch() as context:
        yield context


def _until(page: Page, holds: str, arg: Any = None) -> None:
    """That asynchronous function of the page has answered true; `wait_for_function` knows none."""
    wait_until(lambda: page.evaluate(holds, arg), seconds=30, otherwise=lambda: holds)


def _installed(page: Page, url: str) -> None:
    """The worker has all its files, and the page is loaded by it."""
    page.goto(url)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("() => navigator.serviceWorker.controller")


def _ran(page: Page) -> None:
    """The smallest till has told the worker that it runs."""
    page.wait_for_function("() => globalThis.till?.running")


def _newer(page: Page) -> None:
    """The page that runs is that of the second build."""
    page.wait_for_function("() => globalThis.till?.newer && till.running")


def _look_for_another(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")


def _wake_worker(page: Page, origin: str) -> None:
    """The browser tells the worker that there is a network, as it does after the page has gone."""
    workers: list[dict[str, Any]] = []
    browser = page.context.new_cdp_session(page)
    update = "ServiceWorker.workerRegistrationUpdated"
    browser.on(update, lambda event: workers.extend(event["registrations"]))
    browser.send("ServiceWorker.enable")
    wait_until(
        lambda: page.evaluate("true") and bool(workers), seconds=30, otherwise=lambda: "no worker"
    )
    sync = {"registrationId": workers[0]["registrationId"], "origin": origin, "tag": "outbox"}
    browser.send("ServiceWorker.dispatchSyncEvent", {**sync, "lastChance": False})


# --- Without a server


def test_a_till_opens_on_a_restarted_tablet_that_reaches_no_server(
    run_bono: Commands, launch: Callable[[], Any]
) -> None:
    shop = run_bono("serve")
    with launch() as context:
        _installed(context.pages[0], f"{shop.url}/caisse")
    shop.kill()
    failed: list[str] = []
    with launch() as context:
        page = context.pages[0]
        page.on("pageerror", lambda error: failed.append(str(error)))
        answer = page.goto(f"{shop.url}/caisse")
        assert answer
        assert answer.from_service_worker
        expect(page.locator("h1:visible, h2:visible").first).to_be_visible()
        build = page.locator("meta[name=build]").get_attribute("content")
        assert page.evaluate(CACHES) == [f"bono-build-{build}"]
    assert failed == []


def test_a_build_of_which_one_file_does_not_come_is_not_kept(
    site: Site, context: BrowserContext
) -> None:
    def fail(route: Route) -> None:
        route.abort()

    page = context.pages[0]
    context.route("**/a/icons/bono-512.*", fail)
    with page.expect_event("console", lambda message: "sw failed" in message.text):
        page.goto(site.url)
        page.evaluate(
            """() => navigator.serviceWorker.getRegistration().then((found) => {
              const gone = (worker) => worker.state === "redundant" && console.log("sw failed");
              if (!found?.installing) console.log("sw failed");
              else found.installing.onstatechange = ({ target }) => gone(target);
            })"""
        )
    assert page.evaluate("caches.keys()") == []
    context.unroute("**/a/icons/bono-512.*", fail)
    _installed(page, site.url)
    assert len(page.evaluate(CACHES)) == 1


# --- What it leaves alone


def test_nothing_but_files_shell_and_papers_is_answered_by_the_worker(
    site: Site, context: BrowserContext
) -> None:
    page = context.pages[0]
    _installed(page, site.url)
    for method, path in [
        ("GET", "/healthz"), ("GET", "/version"), ("GET", "/sw.js"), ("GET", "/api/v1/tax-tables"),
        ("GET", "/caisse/contexte.json"), ("PUT", "/api/v1/invoices/1"), ("POST", "/caisse"),
        ("POST", "/recus/1"), ("PUT", "/a/js/repair.js"), ("GET", "/caisse"), ("GET", "/reparer"),
    ]:  # fmt: skip
        with page.expect_response(f"**{path}") as asked:
            page.evaluate(ASK, [path, {"method": method}])
        assert not asked.value.from_service_worker, (method, path)
    kept = page.evaluate(KEPT)
    assert "/caisse" in kept
    assert [path for path in kept if path != "/caisse" and not path.startswith("/a/")] == []


def test_only_a_paper_that_never_changes_is_kept(site: Site, context: BrowserContext) -> None:
    page, asked = context.pages[0], list[str]()

    def paper(route: Route) -> None:
        asked.append(route.request.url.rsplit("/", 1)[1])
        control = "private, immutable" if "final" in route.request.url else "private, no-cache"
        route.fulfill(body="facture", headers={"Cache-Control": control})

    _installed(page, site.url)
    context.route("**/recus/**", paper)
    for _ in range(2):
        for name in ("final.pdf", "waiting"):
            assert page.evaluate(ASK, [f"/recus/{name}", {}]) == 200
            _until(page, IS_KEPT, "/recus/final.pdf")
    assert asked == ["final.pdf", "waiting", "waiting"]


@pytest.mark.parametrize(("papers", "bytes_each", "left"), [(305, 1000, 300), (5, 9_000_000, 3)])
def test_the_newest_papers_stay_as_far_as_there_is_room(
    site: Site, context: BrowserContext, papers: int, bytes_each: int, left: int
) -> None:
    page = context.pages[0]
    _installed(page, site.url)
    page.evaluate(FILL_PAPERS, [papers, bytes_each])
    context.route(
        "**/recus/new", lambda route: route.fulfill(headers={"Cache-Control": "immutable"})
    )
    page.evaluate(ASK, ["/recus/new", {}])
    _until(page, PAPERS_LEFT, left)
    kept = [path for path in page.evaluate(KEPT) if path.startswith("/recus/")]
    newest = [f"/recus/{number}" for number in range(papers - left + 1, papers)]
    assert kept == [*newest, "/recus/new"]


# --- What it does without a page


def test_a_waiting_sale_is_sent_after_the_till_was_left(
    run_bono: Commands, context: BrowserContext
) -> None:
    shop = run_bono("demo", ready="caisse/enroler/")
    page = context.pages[0]
    _installed(page, f"{shop.url}/caisse")
    page.goto(f"{shop.url}/reparer")
    modules = [Assets(WEB).address(f"js/{name}.js") for name in ("tablet/device", "sale/outbox")]
    sale = page.evaluate(LEAVE_SALE, modules)
    _wake_worker(page, shop.url)
    _until(page, SALE_ANSWERED, [*modules, sale])


# --- Another build


def test_a_new_build_waits_while_the_old_one_runs_and_both_stand_until_the_new_runs(
    site: Site, context: BrowserContext
) -> None:
    page = context.pages[0]
    _installed(page, site.url)
    _ran(page)
    (old,) = page.evaluate(CACHES)
    site.rebuild()
    _look_for_another(page)
    page.wait_for_function("() => till.offered === 1")
    page.reload()  # a till that is loaded again is still the old one, and keeps the other's files
    _ran(page)
    page.wait_for_function("() => till.offered === 1")
    assert not page.evaluate("till.newer")
    assert len(page.evaluate(CACHES)) == 2
    page.evaluate("till.apply()")
    _newer(page)
    _until(page, "async (old) => !(await caches.has(old))", old)
    assert len(page.evaluate(CACHES)) == 1


def test_a_build_takes_over_after_a_minute_in_which_nothing_could_be_lost(
    site: Site, context: BrowserContext
) -> None:
    page = context.pages[0]
    page.clock.install()
    _installed(page, site.url)
    _ran(page)
    site.rebuild()
    page.clock.run_for(11 * 60_000)  # it asks now and then which build is served
    page.wait_for_function("() => till.offered === 1")
    page.clock.run_for(120_000)
    assert not page.evaluate("till.newer")
    page.evaluate("till.safe = true")
    page.clock.run_for(50_000)
    page.evaluate("till.safe = false")  # a line was added
    page.clock.run_for(2_000)
    page.evaluate("till.safe = true")
    page.clock.run_for(50_000)
    assert not page.evaluate("till.newer")
    page.clock.run_for(15_000)
    _newer(page)


def test_at_unlock_a_waiting_build_takes_over_at_once(site: Site, context: BrowserContext) -> None:
    page = context.pages[0]
    _installed(page, site.url)
    _ran(page)
    assert page.evaluate("till.applyNow()") is False
    site.rebuild()
    _look_for_another(page)
    page.wait_for_function("() => till.offered === 1")
    assert page.evaluate("till.applyNow()") is True
    _newer(page)


# --- To stop it


def test_switched_off_the_worker_goes_and_leaves_no_copy(
    site: Site, context: BrowserContext
) -> None:
    page = context.pages[0]
    _installed(page, site.url)
    _ran(page)
    site.rebuild(worker=False)
    _look_for_another(page)
    _newer(page)  # straight from the server
    _until(page, NO_WORKER)
    page.reload()
    _newer(page)
    assert page.evaluate(NO_WORKER)
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate("navigator.serviceWorker.controller") is None


def test_the_repair_page_removes_the_worker_and_no_sale(
    site: Site, context: BrowserContext
) -> None:
    page = context.pages[0]
    _installed(page, site.url)
    _ran(page)
    page.evaluate(KEEP_SALE)
    (site.web / "templates/till/till.html").write_text("{% broken")
    site.stop()
    site.start()
    page.goto(site.url.replace("caisse", "reparer"))
    page.get_by_role("button", name="Réparer la caisse").click()
    expect(page.get_by_role("status")).to_contain_text("C’est fait.")
    assert page.evaluate(NO_WORKER)
    assert page.evaluate("caches.keys()") == []
    assert page.evaluate(KEPT_SALE) == "une vente"
    page.get_by_role("link", name="Ouvrir la caisse").click()
    assert page.url == site.url
