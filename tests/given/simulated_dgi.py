"""The simulated authority as the tests of deliveries see it: one token each, faults, records."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import httpx
import pytest

from app.control.simulator import (
    Address,
    Behaviour,
    SimulatorWarning,
    create_app,
    make_token,
    serving,
)
from app.fiscal.canonical import parse_canonical
from app.fiscal.ledger import parse_entry, sealed_statement
from app.services.proof.fsck import all_sales, check_store
from app.store.engine import Engine, reading
from app.store.ledger import entries as rows
from tests.given import requests
from tests.given.shop_in_process import Module

SERIAL: Final = count(5_000_000)


@dataclass(slots=True)
class DgiClock:
    """The authority's clock: the real one, later by what a test says."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(slots=True)
class SimulatedDgi:
    """A simulated authority, and the token of a point of sale that nobody used before."""

    address: Address
    clock: DgiClock
    web: httpx.Client
    module: Module

    def break_with(self, *rules: dict[str, Any]) -> None:
        """The fault script in force is these rules, for this e-MCF alone."""
        script = [{"nim": self.module.nim, **rule} for rule in rules]
        self.web.put(self.address.own + "/faults", json=script).raise_for_status()

    def invoices(self) -> list[dict[str, Any]]:
        """What the authority recorded for this e-MCF, in order."""
        return self.recorded(self.module.nim)

    def recorded(self, nim: str) -> list[dict[str, Any]]:
        """What the authority recorded for that e-MCF, in order."""
        every = self.web.get(self.address.own + "/invoices").json()
        return [invoice for invoice in every if invoice["nim"] == nim]

    def requests(self) -> dict[str, int]:
        """How many requests each endpoint has met."""
        counts: dict[str, int] = self.web.get(self.address.own + "/requests").json()
        return counts


def new_module(address: Address) -> Module:
    """A token of that authority which nobody used before."""
    nim = f"CD{next(SERIAL):08}-1"
    token = make_token(requests.NIF, nim, datetime.now(UTC) + timedelta(days=300))
    return Module(nim, address.url, token)


@contextmanager
def authority(behaviour: Behaviour | None = None) -> Iterator[SimulatedDgi]:
    """An authority of one's own."""
    clock = DgiClock()
    with pytest.warns(SimulatorWarning):
        app = create_app(behaviour, clock=clock)
    with serving(app) as address, httpx.Client(trust_env=False) as web:
        yield SimulatedDgi(address, clock, web, new_module(address))


def _facts(engine: Engine, outlet_id: str) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Our normalised entries by reference, and the sales in doubt: reference to sale id."""
    normalised, doubted = {}, {}
    with reading(engine) as session:
        for state in all_sales(session, outlet_id):
            reference = sealed_statement(parse_entry(state.sale.entry))["reference"]
            bodies = rows.entries_about(session, outlet_id, state.sale.fiscal_number, "normalised")
            for body in bodies:
                normalised[reference] = parse_canonical(body)
            if state.delivery is not None and state.delivery.state == "in_doubt":
                doubted[reference] = state.sale.sale_id
    return normalised, doubted


def check_agreement(
    engine: Engine, recorded: list[dict[str, Any]], outlet_id: str = "KIN01"
) -> None:
    """The ledger holds, and is the authority's own record but for the sales in doubt (I3, I5)."""
    check_store(engine)
    normalised, doubted = _facts(engine, outlet_id)
    references = [invoice["rn"] for invoice in recorded]
    assert len(references) == len(set(references)), "an invoice was recorded twice"
    assert set(normalised) <= set(references), "we have a code that the authority never gave"
    assert set(references) <= set(normalised) | set(doubted), "a recorded invoice is lost to us"
    for invoice in recorded:
        body = normalised.get(invoice["rn"])
        if body is not None:
            assert body["code_def_dgi"].replace("-", "") == invoice["code"]
            assert body["counters"] == invoice["counters"]
            assert (body["total"], body["vat"]) == (invoice["total"], invoice["vtotal"])
            assert body["uid"].lower() == invoice["uid"]
