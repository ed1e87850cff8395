"""Shops over a real store: outlets, their control modules, sealing threads and sync agents."""

import secrets
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from app.control.emcf import EMcf
from app.control.emcf_line import Timeouts
from app.services.dgi.agent import Agent
from app.services.dgi.modules import Address
from app.services.ledger.opening import open_all
from app.services.ledger.settle import Settled
from app.services.ledger.submission import Submission, submission
from app.services.ledger.thread import ReadClocks, SealingThread, system_clock
from app.signing.signer import Signer
from app.signing.software import InsecureSignerWarning, InsecureSoftwareSigner
from app.store import outlets
from app.store.dgi import modules
from app.store.engine import Engine, migrate, open_engine, reading, writing
from app.store.ledger.sales import SaleState, sale_state
from app.store.outlets import OutletFacts, outlet_facts
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.outlets import Merchant, Outlet
from app.store.tables.tills import Terminal
from app.store.tills import terminals
from tests.given import requests

NUMBERS: Final = count(1)
SHORT: Final = Timeouts(connect=5, post=20, confirm=20, read=20)
HOST: Final = "verify.example"
SELLER: Final[dict[str, Any]] = requests.SELLER.document()


@dataclass(frozen=True, slots=True)
class Module:
    """Where an outlet's e-MCF answers."""

    nim: str
    url: str
    token: str


def opened(address: Address) -> EMcf:
    """The e-MCF at that address, asked with little patience."""
    return EMcf(address.url, address.token, address.nif, address.nim, timeouts=SHORT)


@contextmanager
def unwarned() -> Iterator[None]:
    """An insecure signer may be built; the tests know what it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureSignerWarning)
        yield


def insecure_signer(authority: str = "centre", kid: str = "test-1") -> InsecureSoftwareSigner:
    """A signer with a key in memory, built without its warning."""
    with unwarned():
        return InsecureSoftwareSigner(authority, kid, generate_private_key(SECP256R1()))


def opened_engine(url: str) -> Engine:
    """An engine over the newest schema."""
    engine = open_engine(url)
    migrate(engine)
    return engine


def put_outlet(engine: Engine, outlet_id: str = "KIN01", module: Module | None = None) -> None:
    """An outlet with one terminal, and its control module if it has one."""
    with writing(engine) as session:
        outlets.put(session, Merchant(nif=requests.NIF, name="Alimentation Exemple SARL"))
        if module is not None:
            modules.put_module(
                session,
                ControlModuleRow(
                    nim=module.nim, nif=requests.NIF, url=module.url, token=module.token
                ),
            )
        outlets.put(
            session,
            Outlet(
                outlet_id=outlet_id,
                merchant_nif=requests.NIF,
                control_module=module.nim if module else None,
                **SELLER,
            ),
        )
        terminals.put_terminal(
            session, Terminal(outlet_id=outlet_id, terminal_id="T1", name="Caisse 1")
        )


def facts(engine: Engine, outlet_id: str = "KIN01") -> OutletFacts:
    """The outlet as the routes read it."""
    with reading(engine) as session:
        known = outlet_facts(session, outlet_id)
    assert known is not None
    return known


def new_sale_id() -> str:
    """An id that no other sale of this process or another has."""
    return requests.sale_id(secrets.randbits(47))


def submitted(
    outlet: OutletFacts, identity: str | None = None, at: datetime | None = None, **changes: Any
) -> Submission:
    """The smallest sale, on its way to the sealing thread."""
    request = requests.sale_request(outlet_id=outlet.outlet_id, **changes)
    draft = requests.read(request, identity or new_sale_id())
    return submission(draft, outlet, at or datetime.now(UTC), source="api", submitted_by="key:t")


def credited(
    outlet: OutletFacts, original: str, sacks: str, identity: str | None = None
) -> Submission:
    """A credit note that takes back so many sacks of flour of that invoice."""
    request = requests.credit_request(
        original,
        outlet_id=outlet.outlet_id,
        items=[requests.flour(quantity=sacks)],
        payments=[requests.cash(f"{45000 * int(sacks)}.00")],
    )
    draft = requests.read(request, identity or new_sale_id())
    return submission(draft, outlet, datetime.now(UTC), source="api", submitted_by="key:t")


@dataclass(slots=True)
class InProcessShop:
    """One process's sealing thread and sync agents over one store; `end` ends them all."""

    engine: Engine
    sealing: SealingThread
    locks: Path | None = None
    notified: list[tuple[str, str]] = field(default_factory=list)
    _ends: ExitStack = field(default_factory=ExitStack)

    def facts(self, outlet_id: str = "KIN01") -> OutletFacts:
        """The outlet as the routes read it."""
        return facts(self.engine, outlet_id)

    def sell(self, outlet_id: str = "KIN01", **changes: Any) -> Settled:
        """One sale, sealed."""
        return self.settle(submitted(self.facts(outlet_id), **changes))

    def settle(self, submission: Submission) -> Settled:
        """What became of that submission; raises what the sealing thread raised."""
        return self.sealing.submit(submission).result(30)

    def settle_all(self, work: Iterable[Submission]) -> list[Settled | BaseException]:
        """What became of each; they share commits."""
        futures = [self.sealing.submit(submission) for submission in work]
        return [f.exception(30) or f.result() for f in futures]

    def state(self, sale_id: str, outlet_id: str = "KIN01") -> SaleState:
        """The sale as the store holds it now."""
        with reading(self.engine) as session:
            state = sale_state(session, outlet_id, sale_id=sale_id)
        assert state is not None
        return state

    def deliverer(self) -> Agent:
        """Another sync agent over the store; it does not run yet."""
        assert self.locks is not None
        return Agent(
            self.engine, self.sealing, opened, self.locks, lambda *s: self.notified.append(s)
        )

    def emcf(self, module: Module) -> EMcf:
        """That e-MCF, open until the shop ends."""
        emcf = opened(Address(module.nim, requests.NIF, module.url, module.token))
        self._ends.callback(emcf.close)
        return emcf

    def delivering(self) -> Agent:
        """A sync agent, running."""
        agent = self.deliverer()
        agent.start()
        self._ends.callback(agent.stop)
        return agent

    def end(self) -> None:
        """Every thread has ended; the store is left as it is."""
        self._ends.close()
        self.sealing.stop()
        self.engine.dispose()


def opened_shop(
    url: str,
    outlet_ids: Iterable[str] = ("KIN01",),
    *,
    module: Module | None = None,
    signer: Signer | Callable[[], Signer] | None = None,
    clock: ReadClocks = system_clock,
    locks: Path | None = None,
) -> InProcessShop:
    """A process that seals for these outlets, their series open."""
    engine = opened_engine(url)
    for outlet_id in outlet_ids:
        put_outlet(engine, outlet_id, module)
    return started_shop(engine, signer=signer, clock=clock, locks=locks)


def started_shop(
    engine: Engine,
    *,
    signer: Signer | Callable[[], Signer] | None = None,
    clock: ReadClocks = system_clock,
    locks: Path | None = None,
) -> InProcessShop:
    """A process that seals for the outlets that this store has."""
    known = signer or insecure_signer()
    opener = known if callable(known) else lambda: known
    sealing = SealingThread(engine, opener, HOST, clock=clock)
    sealing.start()
    open_all(engine, sealing)
    return InProcessShop(engine, sealing, locks)
