"""A house of several outlets under load: real sockets, a real agent, an authority that fails."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.control.emcf import EMcf
from app.control.emcf_line import Timeouts
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import parse_entry, sealed_statement
from app.fiscal.portal import Absent, Found
from app.printing.paper import NoPaper, check
from app.services.dgi.agent import Agent
from app.services.dgi.modules import Address
from app.services.doubts import deciding
from app.services.papers.receipts import paper_of
from app.services.proof.fsck import all_sales
from app.services.rules import policy
from app.store.dgi import modules as module_rows
from app.store.engine import reading, writing
from app.store.ledger.sales import SaleState
from app.store.people import people
from app.store.tables.cases import Case
from app.store.tables.dgi import Delivery
from app.store.tables.people import Person, Role
from tests.given import requests, simulated_dgi
from tests.given.sales_in_doubt import LATER, cases
from tests.given.shop_in_process import (
    HOST,
    InProcessShop,
    Module,
    opened_engine,
    put_outlet,
    started_shop,
)
from tests.given.simulated_dgi import SimulatedDgi, check_agreement
from tests.given.what_was_delivered import SIGNER

PEOPLE: Final[tuple[tuple[str, Role], ...]] = (("M1", "manager"), ("C1", "cashier"))
OUTLETS: Final = ("KIN01", "KIN02", "LUB01")
HASTY: Final = Timeouts(connect=5, post=2, confirm=2, read=2)
EXPIRED: Final = timedelta(minutes=3)
"""The authority has dropped by then what nobody confirmed."""


def hasty(address: Address) -> EMcf:
    """The e-MCF at that address, asked by somebody who does not wait for a stall to end."""
    return EMcf(address.url, address.token, address.nif, address.nim, timeouts=HASTY)


@dataclass(slots=True)
class House:
    """Three outlets, each with its own e-MCF, and one process that works for all."""

    shop: InProcessShop
    authority: SimulatedDgi
    modules: dict[str, Module]
    sold: dict[str, list[str]] = field(default_factory=dict)
    agent: Agent | None = None

    def start(self) -> None:
        """The agent works."""
        assert self.shop.locks is not None
        notified = self.shop.notified.append
        self.agent = Agent(
            self.shop.engine, self.shop.sealing, hasty, self.shop.locks, lambda *s: notified(s)
        )
        self.agent.start()

    def end(self) -> None:
        """Nothing runs any more."""
        if self.agent is not None:
            self.agent.stop()
        self.shop.end()

    def script(self, *rules: dict[str, Any]) -> None:
        """The fault script in force is these rules, for whoever asks."""
        own = self.authority.address.own
        self.authority.web.put(own + "/faults", json=list(rules)).raise_for_status()

    def sell(self, outlet_id: str, **changes: Any) -> str:
        """One sale, sealed; the agent knows."""
        sale_id = self.shop.sell(outlet_id, **changes).sale.sale_id
        self.sold.setdefault(outlet_id, []).append(sale_id)
        if self.agent is not None:
            self.agent.wake(self.modules[outlet_id].nim)
        return sale_id

    def states(self, outlet_id: str) -> list[SaleState]:
        """Every sale of the outlet, newest first."""
        with reading(self.shop.engine) as session:
            return list(all_sales(session, outlet_id))

    def delivery(self, outlet_id: str, sale_id: str) -> Delivery:
        """Where that sale is on its way."""
        found = self.shop.state(sale_id, outlet_id).delivery
        assert found is not None
        return found

    def hurry(self) -> None:
        """Somebody presses « essayer maintenant » everywhere."""
        for module in self.modules.values():
            with writing(self.shop.engine) as session:
                module_rows.try_now(session, module.nim)
            if self.agent is not None:
                self.agent.wake(module.nim)

    def settle_doubts(self) -> None:
        """Two people look at the portal, long after, and settle every doubt that they may."""
        for outlet_id in self.modules:
            for state in self.states(outlet_id):
                if state.delivery is not None and state.delivery.state == "in_doubt":
                    self._settle(outlet_id, state)

    def _settle(self, outlet_id: str, state: SaleState) -> None:
        where = (self.shop.engine, self.shop.sealing, outlet_id, state.sale.sale_id)
        later = datetime.now(UTC) + LATER
        try:
            deciding.propose(*where, self._seen(outlet_id, state), "M1", later)
            deciding.approve(*where, "C1", later)
        except InvalidInvoice as error:  # the agent asked once more, or has settled it
            if not error.rule.startswith("doubt."):
                raise

    def _seen(self, outlet_id: str, state: SaleState) -> Found | Absent:
        found = self._on_the_portal(outlet_id, state)
        if found is None:  # what is still under way there can be recorded no more: time goes by
            self.authority.clock.ahead += EXPIRED
            found = self._on_the_portal(outlet_id, state)
        return found or Absent("Le portail ne montre pas cette facture.")

    def _on_the_portal(self, outlet_id: str, state: SaleState) -> Found | None:
        reference = sealed_statement(parse_entry(state.sale.entry))["reference"]
        for invoice in self.authority.recorded(self.modules[outlet_id].nim):
            if invoice["rn"] == reference:
                code = invoice["code"]
                return Found(
                    code_def_dgi="-".join(code[n : n + 4] for n in range(0, 24, 4)),
                    counters=invoice["counters"],
                    date_time=f"{datetime.fromisoformat(invoice['date']):%d/%m/%Y %H:%M:%S}",
                    nim=invoice["nim"],
                )
        return None

    def bring_all_through(self, seconds: float = 90) -> None:
        """The faults are over, people look after what is in doubt: every sale has its end."""
        self.script()
        self.authority.clock.ahead += EXPIRED
        end = time.monotonic() + seconds
        while waiting := self.waiting():
            assert time.monotonic() < end, waiting
            self.settle_doubts()
            self.hurry()
            time.sleep(0.1)

    def waiting(self) -> list[tuple[str, str, str | None]]:
        """Outlet, state and last error of every sale that has no end."""
        rows = [(o, s.delivery) for o in self.modules for s in self.states(o)]
        return [(o, row.state, row.last_error) for o, row in rows if row and row.state != "done"]

    def check(self) -> None:
        """One to one with the authority; every divergence is a case; no paper without its code."""
        for outlet_id, module in self.modules.items():
            check_agreement(self.shop.engine, self.authority.recorded(module.nim), outlet_id)
            about = {case.about: case for case in cases(self.shop, outlet_id)}
            assert len(self.states(outlet_id)) == len(self.sold.get(outlet_id, []))
            for state in self.states(outlet_id):
                if state.frozen_status != "normalised":
                    assert about[state.sale.sale_id].kind in {"refused", "difference", "in_doubt"}
                    assert not self.printable(state)

    def printable(self, state: SaleState) -> bool:
        """The paper of that sale may be printed as an invoice."""
        with reading(self.shop.engine) as session:
            paper = paper_of(session, state.sale, HOST)
        try:
            check(paper)
        except NoPaper:
            return False
        return True

    def case_about(self, outlet_id: str, kind: str, about: str) -> Case | None:
        """The latest case of that kind about that."""
        found = [c for c in cases(self.shop, outlet_id) if (c.kind, c.about) == (kind, about)]
        return found[-1] if found else None


@contextmanager
def house(url: str, folder: Path) -> Iterator[House]:
    """A house whose agent does not run yet; its tries follow one another quickly."""
    engine = opened_engine(url)
    with simulated_dgi.authority() as authority:
        modules = {outlet_id: simulated_dgi.new_module(authority.address) for outlet_id in OUTLETS}
        for outlet_id, module in modules.items():
            put_outlet(engine, outlet_id, module)
        with writing(engine) as session:
            for outlet_id in OUTLETS:
                for who, role in PEOPLE:
                    person = Person(
                        outlet_id=outlet_id, cashier_id=who, name=who, role=role, pin_hash="-"
                    )
                    people.put_people(session, person)
            for name, value in QUICK.items():
                policy.change(session, "*", name, value, by="operator:test", at=requests.NOW)
        shop = started_shop(engine, signer=SIGNER, locks=folder / "locks")
        opened = House(shop, authority, modules)
        try:
            yield opened
        finally:
            opened.end()


QUICK: Final = {
    "retry_base_seconds": "1",
    "retry_max_seconds": "1",
    "breaker_failures": "1000",
    "rate_per_minute": "0",
}
