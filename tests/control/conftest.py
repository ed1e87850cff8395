"""One simulated authority per test process, over real HTTP, and a fresh e-MCF per test."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from app.control.emcf import EMcf
from app.control.emcf_line import Timeouts
from app.control.simulator import (
    Address,
    SimulatorWarning,
    create_app,
    make_token,
    serving,
)
from tests.control.invoices_and_diary import NIF

SERIAL = count(1_000_000)
SHORT = Timeouts(connect=5, post=20, confirm=20, read=20)


@dataclass(slots=True)
class MovableClock:
    """The authority's clock; it moves when told."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class DgiShop:
    """A point of sale whose e-MCF nobody used before."""

    address: Address
    nim: str
    token: str
    web: httpx.Client

    def emcf(self, timeouts: Timeouts = SHORT, **settings: Any) -> EMcf:
        url = settings.pop("url", self.address.url)
        token = settings.pop("token", self.token)
        return EMcf(url, token, NIF, self.nim, timeouts=timeouts, **settings)

    def ask(self, method: str, path: str, body: Any = None, **settings: Any) -> httpx.Response:
        content = settings.pop("content", None if body is None else json.dumps(body).encode())
        settings.setdefault("headers", {"Authorization": f"Bearer {self.token}"})
        return self.web.request(method, self.address.url + path, content=content, **settings)

    def break_with(self, *rules: dict[str, Any]) -> None:
        """The fault script in force is these rules, for this e-MCF alone."""
        script = [{"nim": self.nim, **rule} for rule in rules]
        answer = self.web.put(self.address.own + "/faults", json=script)
        assert answer.status_code == 200, answer.text

    def invoices(self) -> list[dict[str, Any]]:
        """What the authority recorded for this e-MCF."""
        every = self.web.get(self.address.own + "/invoices").json()
        return [invoice for invoice in every if invoice["nim"] == self.nim]

    def requests(self) -> dict[str, int]:
        counts: dict[str, int] = self.web.get(self.address.own + "/requests").json()
        return counts


@pytest.fixture(scope="session")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def simulator(clock: MovableClock) -> Iterator[Address]:
    with pytest.warns(SimulatorWarning):
        app = create_app(clock=clock)
    with serving(app) as address:
        yield address


@pytest.fixture(scope="session")
def web() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def shop(simulator: Address, clock: MovableClock, web: httpx.Client) -> Iterator[DgiShop]:
    nim = f"CD{next(SERIAL):08}-1"
    token = make_token(NIF, nim, clock.now + timedelta(days=365))
    yield DgiShop(simulator, nim, token, web)
    web.put(simulator.own + "/faults", json=[])


@pytest.fixture
def emcf(shop: DgiShop) -> Iterator[EMcf]:
    module = shop.emcf()
    yield module
    module.close()
