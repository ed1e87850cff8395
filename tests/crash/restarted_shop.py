"""A shop whose server is started, killed and started again, and what must hold after each."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.access import OPERATIONS
from app.services.proof.fsck import check_store
from app.store import outlets
from app.store.dgi import deliveries
from app.store.engine import Engine, open_engine, reading, writing
from app.store.ledger.sales import sale_state
from app.store.people import people
from app.store.tables.outlets import ApiKey
from tests.crash.killed_process import live
from tests.given import requests
from tests.given.sellers import marie
from tests.given.shop_as_process import SENT_AT
from tests.given.shop_in_process import Module, new_sale_id, put_outlet
from tests.given.simulated_dgi import check_agreement
from tests.harness.forks import CONTEXT

KEY = "bono_test"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as a client keeps it until it has an answer: the same bytes each time."""

    sale_id: str = field(default_factory=new_sale_id)
    body: bytes = field(
        default_factory=lambda: json.dumps(requests.sale_request(timestamp=SENT_AT)).encode()
    )


@dataclass(slots=True)
class Life:
    """A running server; its kill point counts once `armed` is 1."""

    web: httpx.Client
    armed: Any
    process: Any

    def put(self, sale: Sale) -> httpx.Response | None:
        """The answer to that sale, or None when the process ended before it answered."""
        try:
            return self.web.put(
                f"/api/v1/invoices/{sale.sale_id}", content=sale.body, headers=HEADERS
            )
        except httpx.TransportError:
            return None

    def settled(self, sale: Sale) -> dict[str, Any]:
        """The answer once it is frozen or in doubt: the client asks until then."""
        end = time.monotonic() + 60
        while True:
            answer = self.put(sale)
            assert answer is not None, "the server ended"
            document: dict[str, Any] = answer.json()
            assert answer.status_code in {200, 201, 202}, document
            if answer.status_code != 202 or document["status"] == "in_doubt":
                return document
            assert time.monotonic() < end, document

    def answer(self, sale: Sale) -> bytes:
        """The bytes of the answer to that sale; it is a replay."""
        answer = self.put(sale)
        assert answer is not None
        assert answer.headers["Idempotent-Replay"] == "true"
        return answer.content


@dataclass(frozen=True, slots=True)
class CrashShop:
    """A shop in a store of its own, with an e-MCF of its own."""

    var: Path
    url: str
    module: Module

    @contextmanager
    def life(self, kill_at: str = "") -> Iterator[Life]:
        """A server process over the store; at the end it is killed, if it was not before."""
        armed = CONTEXT.RawValue("i", 0)
        receiving, sending = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(
            target=live, args=(str(self.var), self.url, sending, armed, kill_at)
        )
        process.start()
        sending.close()
        address = f"http://127.0.0.1:{receiving.recv()}"
        try:
            with httpx.Client(base_url=address, timeout=30, trust_env=False) as web:
                yield Life(web, armed, process)
        finally:
            process.kill()
            process.join()
            receiving.close()

    def moments(self) -> list[str]:
        """The names of the moments that were passed, over all lives."""
        log = self.var / "moments.log"
        return log.read_text().splitlines() if log.exists() else []


def furnish(engine: Engine, module: Module | None) -> None:
    """The shop's rows stand, with an API key."""
    put_outlet(engine, "KIN01", module)
    with writing(engine) as session:
        people.put_people(session, marie("KIN01"))
        outlets.put(
            session,
            ApiKey(
                key_hash=hashlib.sha256(KEY.encode()).hexdigest(),
                key_id="test",
                outlet_id="KIN01",
                operations=" ".join(OPERATIONS),
            ),
        )


def check_shop(shop: CrashShop, sales: list[Sale], recorded: list[dict[str, Any]]) -> None:
    """Each of these sales, and no other, is in the ledger once, and at most once recorded."""
    engine = open_engine(shop.url)
    try:
        (checked,) = check_store(engine)
        assert checked.verified.invoices == len(sales)
        with reading(engine) as session:
            states = [sale_state(session, "KIN01", sale_id=s.sale_id) for s in sales]
            assert all(state is not None for state in states)
            for state in states:
                if state is not None and state.delivery and state.delivery.state == "in_doubt":
                    _check_doubt(deliveries.exchanges(session, "KIN01", state.sale.sale_id))
        check_agreement(engine, recorded)
    finally:
        engine.dispose()


def _check_doubt(exchanges: list[deliveries.Exchange]) -> None:
    """A doubt is allowed only where the first confirm's answer was never stored."""
    confirms = [e for e in exchanges if e.call.step == "confirm"]
    assert confirms, "a sale is in doubt that was never confirmed"
    assert confirms[0].answer is None, "a sale is in doubt although its answer was stored"
