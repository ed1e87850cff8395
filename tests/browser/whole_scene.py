"""A street where things go wrong: a demo that can be killed, a road that can be cut, a tablet.

After every fault the whole street is counted: see `Street.accounted`.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from app.services.proof.fsck import all_sales, check_store
from app.store.engine import open_engine, reading, writing
from app.store.tables.outlets import Outlet
from tests.browser.till_page import Till, read_shop
from tests.given.simulated_dgi import check_agreement
from tests.harness.ports import free_port
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from app.store.engine import Engine, Session
    from tests.browser.killable_tablet import KillableTablet
    from tests.browser.network_between import Road
    from tests.harness.processes import Commands, Running

OUTLET = "KIN01"
VERIFY = """async () => {
  const { href } = document.querySelector('link[href*="/js/tablet/journal."]');
  await (await import(href)).verifyJournal();
}"""
COUNTS = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("till");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const tx = opening.result.transaction(["outbox", "sealed"]);
    const sealed = tx.objectStore("sealed");
    const counts = [tx.objectStore("outbox"), sealed].map((kept) => kept.count());
    const asking = sealed.index("waiting").getAll();
    tx.oncomplete = () => {
      opening.result.close();
      const waiting = asking.result.filter(({ status }) => status === "sealed");
      resolve([...counts.map(({ result }) => result), waiting.length]);
    };
  };
})"""
LOOK = "() => dispatchEvent(new Event('online'))"
"""The browser says that there is a network: the till asks again at once, whatever the backoff."""


@dataclass
class Demo:
    """The shop's server: one store and one port, however often it is killed."""

    commands: Commands
    env: dict[str, str] = field(default_factory=lambda: {"BONO_PORT": str(free_port())})
    server: Running | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.env["BONO_PORT"])

    @property
    def url(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def var(self) -> Path:
        """What it keeps."""
        return self.commands.folder / "var"

    def serve(self, **more: str) -> None:
        """It answers, in a process of its own with that environment."""
        self.server = self.commands("demo", env=self.env | more, ready="caisse/enroler/")

    def stands(self) -> None:
        """It runs, whatever a test before did to it."""
        if self.server is None or self.server.popen.poll() is not None:
            self.serve()

    def kill(self) -> None:
        """Its power is cut."""
        assert self.server is not None
        self.server.kill()

    def again(self, **more: str) -> None:
        """It was killed, and runs again over what it had kept."""
        self.kill()
        self.serve(**more)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Its store, while it runs."""
        engine = open_engine(f"sqlite:///{self.var / 'bono.sqlite'}")
        try:
            yield engine
        finally:
            engine.dispose()

    def change(self, change: Callable[[Session], object]) -> None:
        """That was done to its store."""
        with self.engine() as engine, writing(engine) as session:
            change(session)

    def lets_sell_offline(self, *, allowed: bool) -> None:
        """Whether its tills may hand out tickets provisoires."""

        def change(session: Session) -> None:
            outlet = session.get_one(Outlet, OUTLET)
            outlet.offline_policy = "provisoire" if allowed else "bloquer"
            outlet.provisional_approval = "DGI, lettre du 2 mars" if allowed else None

        self.change(change)

    def sold(self, terminal: str | None = None) -> list[Mapping[str, Any]]:
        """The sales of its ledger, as the tablets sent them; the ledger holds and all agree."""
        card = json.loads((self.var / "demo.json").read_text(encoding="utf-8"))
        simulator = card["emcf_url"].removesuffix("/edef") + "/simulator/invoices"
        with self.engine() as engine:
            check_store(engine)
            check_agreement(engine, httpx.get(simulator, timeout=60).json())
            with reading(engine) as session:
                every = [
                    json.loads(state.sale.body)
                    | {"sale_id": state.sale.sale_id, "number": state.sale.fiscal_number}
                    for state in all_sales(session, OUTLET)
                ]
        return [sale for sale in every if terminal in (None, sale["pos_terminal_id"])]


@dataclass
class Street:
    """The shop, its one tablet, and the road between them."""

    demo: Demo
    road: Road
    tablet: KillableTablet

    def page(self) -> Page:
        """The tablet is on, and shows the till."""
        page = self.tablet.start()
        page.goto(f"{self.road.url}/caisse", wait_until="commit")
        return page

    def till(self) -> Till:
        """The tablet is on, and the till open; nothing of what it loads comes from the network."""
        till = self.back()
        till.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return till

    def back(self) -> Till:
        """The tablet is on again, and the till open, as it was left or by its first cashier."""
        page = self.page()
        till = Till(page, read_shop(self.road.url, self.demo.var), lasting=False)
        page.locator("body[data-ready]").wait_for()
        if page.locator("body[data-ready=ouverture]").count():
            till.enter()
        return till

    def until(self, till: Till, holds: Callable[[], bool], what: str, pause: int = 20) -> None:
        """That holds, looked at now and then; the browser goes on meanwhile."""

        def look() -> bool:
            till.page.wait_for_timeout(pause)
            return holds()

        wait_until(
            look,
            seconds=150,
            otherwise=lambda: f"{what}; unsealed, sealed, waiting: {self.counts(till)}",
        )

    def counts(self, till: Till) -> tuple[int, int, int]:
        """Its sales: unsealed, sealed, and of these those that wait for the DGI.

        One in doubt waits for a person.
        """
        unsealed, sealed, waiting = till.page.evaluate(COUNTS)
        return unsealed, sealed, waiting

    def looks(self, till: Till) -> None:
        """The tablet asks for the server now."""
        till.page.evaluate(LOOK)

    def drained(self, till: Till, sold: int) -> None:
        """So many sales of the tablet have been answered, and none has not."""

        def done() -> bool:
            self.looks(till)
            unsealed, sealed, waiting = self.counts(till)
            return not unsealed and sealed >= sold and not waiting

        self.until(till, done, "not drained", pause=200)

    def accounted(self, till: Till, sold: int) -> list[Mapping[str, Any]]:
        """What the tablet sold, so many sales, stands in the ledger, each once; all proofs hold.

        Returns them in the order of their fiscal numbers, as the tablet sent them.
        """
        self.drained(till, sold)
        till.page.evaluate(VERIFY)
        kept = {sale["sale_id"]: sale["fiscal_code"] for sale in till.stored("sealed")}
        [terminal] = [m["terminal_id"] for m in till.stored("meta") if m["name"] == "device"]
        ledger = self.demo.sold(terminal)
        times = Counter(sale["sale_id"] for sale in ledger)
        assert (set(kept) - set(times), set(times) - set(kept)) == (set(), set()), "lost"
        assert [sale for sale, count in times.items() if count > 1] == [], "doubled"
        assert {sale["sale_id"]: sale["number"] for sale in ledger} == kept
        assert len(ledger) == sold
        return sorted(ledger, key=lambda sale: sale["number"])


def lasting(url: str) -> Callable[[BrowserContext], None]:
    """The browser promises to keep what that address stores, as it does for an installed till."""

    def grant(context: BrowserContext) -> None:
        session = context.new_cdp_session(context.pages[0])  # the grant lasts as long as it does
        asked = {"permissions": ["durableStorage"], "origin": url}
        session.send("Browser.grantPermissions", asked)

    return grant
