"""A shop that really runs: `bono demo` in a process of its own, its database and its e-MCF.

Beside the demo's outlet stands that of another merchant, without a control module.
"""

import hashlib
import json
import sqlite3
import time
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx

from app.access import OPERATIONS
from app.services.proof.fsck import check_store
from app.store import outlets
from app.store.engine import Engine, migrate, open_engine, writing
from app.store.people import people
from app.store.shop.rates import put_rate
from app.store.tables.outlets import ApiKey, Merchant, Outlet
from app.store.tables.shop import CurrencyRate
from app.store.tables.tills import Terminal
from app.store.tills import terminals
from tests.given import requests
from tests.given.sellers import marie
from tests.harness.processes import Commands, Running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Document = dict[str, Any]

NEIGHBOUR: Final = "LUB01"
NEIGHBOUR_NIF: Final = "A7700001Y"
KEYS: Final = {
    "neighbour": (NEIGHBOUR, " ".join(OPERATIONS), None),
    "reader": ("KIN01", "invoices:read", None),
    "writer": ("KIN01", "invoices:write", None),
    "revoked": ("KIN01", " ".join(OPERATIONS), "2026-01-01T00:00:00Z"),
}
"""Outlet, operations and day of revocation of each key, `bono_<name>`, beside the card's own."""


OF_THE_CLOCK: Final = {
    "announcement", "authority_list", "ledger_cursor", "message", "message_try", "outlet_status",
    "probe", "stopped_group", "sync_case", "turn",
}  # fmt: skip
"""Tables that what runs by itself writes, whenever it does."""


SENT_AT: Final = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
"""The time of every sale of this process that names none: the server knows what day it is."""


def new_id() -> str:
    """The id of a sale that nobody sent yet."""
    return str(uuid.uuid4())


def today() -> str:
    """The day of the sample shop's newest rate."""
    return datetime.now(UTC).date().isoformat()


def example() -> Document:
    """The example of the API, paid at the rate of today."""
    sale = requests.example_request(timestamp=SENT_AT)
    return requests.changed(sale, "/payments/1/rate_date", today())


def neighbours_sale(**changes: Any) -> Document:
    """The smallest sale of the other merchant."""
    mine = {"outlet_id": NEIGHBOUR, "merchant_nif": NEIGHBOUR_NIF, "timestamp": SENT_AT}
    return requests.sale_request(**mine | changes)


@dataclass(frozen=True)
class RunningShop:
    """A running demo; `card` is its `demo.json`."""

    running: Running
    var: "Path"
    card: Document
    http: httpx.Client

    @property
    def database(self) -> "Path":
        """The file of the database."""
        return self.var / "bono.sqlite"

    def request(self, method: str, path: str, key: str | None = "card", **more: Any) -> Any:
        """Ask with the card's key, with one of `KEYS`, with any other text, or with none."""
        headers = dict(more.pop("headers", {}))
        if requests.is_of_long_ago(more.get("json")):
            more["json"] = more["json"] | {"timestamp": SENT_AT}
        if key is not None:
            bearer = self.card["api_key"] if key == "card" else f"bono_{key}"
            headers["Authorization"] = f"Bearer {bearer}"
        return self.http.request(method, path, headers=headers, **more)

    def put(self, sale: Document, sale_id: str | None = None, **more: Any) -> httpx.Response:
        """Send a sale."""
        answer: httpx.Response = self.request(
            "PUT", f"/api/v1/invoices/{sale_id or new_id()}", json=sale, **more
        )
        return answer

    def sell(self, sale: Document | None = None) -> Document:
        """Send a sale that must be normalised at once."""
        answer = self.put(sale or requests.sale_request())
        assert answer.status_code == 201, answer.text
        document: Document = answer.json()
        return document

    def get(self, path: str, key: str | None = "card", **more: Any) -> httpx.Response:
        """Ask for something."""
        answer: httpx.Response = self.request("GET", path, key, **more)
        return answer

    def fail(self, *rules: "Mapping[str, Any]") -> None:
        """The e-MCF simulator fails by that script; none: it works."""
        address = self.card["emcf_url"].removesuffix("/edef") + "/simulator/faults"
        httpx.put(address, json=list(rules), timeout=60).raise_for_status()

    def rows(self) -> dict[str, int]:
        """The number of rows of every table that somebody's request may write."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {
                name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
                for (name,) in names.fetchall()
                if name not in OF_THE_CLOCK
            }

    def events(self, name: str) -> "list[Document]":
        """The events of that name in the ledger, oldest first."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            bodies = connection.execute(
                "SELECT body FROM ledger WHERE kind = 'event' ORDER BY outlet_id, series, position"
            )
            events = [json.loads(body) for (body,) in bodies]
        return [event for event in events if event["name"] == name]

    def check(self) -> None:
        """The whole store verifies."""
        with opened(self.var) as engine:
            check_store(engine)

    def export(self, **days: str) -> bytes:
        """An audit export of the outlet, asked for and waited for."""
        asked = self.request(
            "POST", "/api/v1/exports", json={"outlet_id": self.card["outlet_id"], **days}
        )
        assert asked.status_code == 202, asked.text
        address = asked.headers["location"]
        assert self.wait(address, "state", ("ready",))["state"] == "ready"
        return self.get(f"{address}/audit.zip").content

    def wait(
        self, path: str, member: str, values: "Sequence[str]", seconds: float = 120
    ) -> Document:
        """Ask until that member has one of these values."""
        end = time.monotonic() + seconds
        while True:
            document: Document = self.get(path).json()
            if document.get(member) in values:
                return document
            if time.monotonic() > end:
                raise TimeoutError(f"{path} still says {document}")
            time.sleep(0.05)


@contextmanager
def opened(var: "Path") -> "Iterator[Engine]":
    """The shop's store, beside the process that runs on it."""
    engine = open_engine(f"sqlite:///{var / 'bono.sqlite'}")
    try:
        yield engine
    finally:
        engine.dispose()


def furnish_neighbour(engine: Engine) -> None:
    """The other merchant's outlet stands, and so does every key of `KEYS`."""
    migrate(engine)
    with writing(engine) as session:
        for nif, name in ((NEIGHBOUR_NIF, "Voisin SARL"), (requests.NIF, "Alimentation")):
            outlets.put(session, Merchant(nif=nif, name=name))
        outlets.put(session, _outlet(NEIGHBOUR, NEIGHBOUR_NIF))
        outlets.put(session, _outlet("KIN01", requests.NIF))
        terminals.put_terminal(
            session, Terminal(outlet_id=NEIGHBOUR, terminal_id="T1", name="Caisse 1")
        )
        people.put_people(session, marie(NEIGHBOUR))
        for name, (outlet_id, operations, revoked_at) in KEYS.items():
            outlets.put(
                session,
                ApiKey(
                    key_hash=hashlib.sha256(f"bono_{name}".encode()).hexdigest(),
                    key_id=name,
                    outlet_id=outlet_id,
                    operations=operations,
                    revoked_at=revoked_at,
                ),
            )
        for days in range(3):
            day = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
            rate = CurrencyRate(
                outlet_id=NEIGHBOUR, currency="USD", day=day, rate=28_500_000, source="test"
            )
            put_rate(session, rate)


def _outlet(outlet_id: str, nif: str) -> Outlet:
    return Outlet(
        outlet_id=outlet_id,
        merchant_nif=nif,
        name="Boutique voisine",
        address="1 av. Voisine, Lubumbashi",
        contact="+243 000 000 002",
        regime="Régime réel",
        isf="TEST_SFE",
        zone="Africa/Lubumbashi",
    )


@contextmanager
def open_shop(folder: "Path", *, fresh: bool = False, **env: str) -> "Iterator[RunningShop]":
    """A demo that sells, with its neighbour, until the block ends; `fresh` as in `Commands`."""
    folder.mkdir(exist_ok=True)
    var = folder / "var"
    var.mkdir(exist_ok=True)
    with opened(var) as engine:
        furnish_neighbour(engine)
    commands = Commands(folder, [], fresh)
    try:
        with run_shop(commands, **env) as shop:
            yield shop
    finally:
        commands.end()


@contextmanager
def run_shop(commands: Commands, **env: str) -> "Iterator[RunningShop]":
    """The shop of those commands' folder, started (again); it runs on after the block."""
    running = commands("demo", env=env)
    running.wait_for_text("/caisse/enroler/")
    var = commands.folder / "var"
    card = json.loads((var / "demo.json").read_text())
    with httpx.Client(base_url=card["url"], timeout=30) as http:
        yield RunningShop(running, var, card, http)
