"""One history: shops, processes and an authority under a seeded scheduler."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from sqlmodel import select

from app.fiscal.errors import InvalidInvoice, SealRefused
from app.fiscal.ledger import clock_text
from app.services.ledger.party import SealingParty
from app.services.ledger.settle import Settled
from app.services.ledger.submission import submission
from app.services.rules import policy
from app.store.engine import Engine, Session, reading, writing
from app.store.ledger.sales import SaleState, sale_state
from app.store.tables.dgi import Delivery
from tests.given import requests
from tests.given.shop_in_process import facts
from tests.simulation.clocks import HistoryClock, TrueTime
from tests.simulation.crash_points import Crash
from tests.simulation.dgi import SocketlessDgi
from tests.simulation.furnished import PLACES, token
from tests.simulation.ledgers import Ledgers
from tests.simulation.network import Air
from tests.simulation.processes import Process
from tests.simulation.stores import Stores
from tests.simulation.what_is_sold import Sale, SimulatedOutlet, Tills

T = TypeVar("T")


@dataclass(slots=True)
class World:
    """Everything of a history. The same seed gives the same history."""

    stores: Stores
    seed: int
    actions: "Sequence[tuple[int, Callable[[World], None]]]"
    """Weight, and what may happen."""
    chance: random.Random = field(init=False)
    time: TrueTime = field(default_factory=TrueTime)
    authority_ahead: float = 0.0
    engine: Engine = field(init=False)
    authority: SocketlessDgi = field(init=False)
    air: Air = field(init=False)
    tills: Tills = field(init=False)
    ledgers: Ledgers = field(init=False)
    places: list[SimulatedOutlet] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """What the history did, by name."""
    diary: list[str] = field(default_factory=list)
    """The same in order, for people who read a failing history."""
    buried: set[str] = field(default_factory=set)
    rates_changed: bool = False
    steps_sealed: int = 0
    """Clocks that were set before their process sealed again."""
    posts_at_pause: dict[str, int] = field(default_factory=dict)
    """How often had been posted to each module that is paused."""
    pauses_kept: int = 0
    born: int = 0
    depth: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - the same each time
        self.engine = self.stores.fresh()
        self.authority = SocketlessDgi(self._authority_clock, self.seed)
        storm = self.chance.choice((0.05, 0.15, 0.3, 0.5, 0.7))
        self.air = Air(self.authority, self.time, self.chance, storm, self._others_go_on)
        self.tills = Tills(self.chance)
        self.ledgers = Ledgers(self.engine)
        self.places = self.chance.sample(PLACES, self.chance.randint(2, 4))
        with writing(self.engine) as session:
            self._choose_rules(session)
        for _ in range(self.chance.randint(2, 3)):
            self._start_process()

    def _authority_clock(self) -> datetime:
        return datetime.fromtimestamp(self.time.now + self.authority_ahead, UTC)

    # --- Shops and processes

    def _choose_rules(self, session: Session) -> None:
        """Some histories have other rules than the defaults."""
        for name, values in (
            ("max_attempts", ("2", "4")),
            ("refused_holds", ("1",)),
            ("breaker_failures", ("1", "3")),
            ("rate_per_minute", ("0", "30")),
            ("slow_retry_seconds", ("30",)),
        ):
            if self.chance.random() < 0.3:
                value = self.chance.choice(values)
                policy.change(session, "*", name, value, by="operator:sim", at=requests.NOW)

    def new_token(self, place: SimulatedOutlet) -> str:
        """A token that nobody had before."""
        self.born += 1
        return token(place, self.born)

    def _start_process(self) -> None:
        self.born += 1
        clock = HistoryClock(self.time, ahead=self.chance.uniform(-2, 2))
        name = f"process-{self.born}"
        process = Process(name, self.engine, clock, self.air, self.chance, self.buried)
        process.sealing.call(self._look_at_the_clock).result()
        self.processes.append(process)

    def _look_at_the_clock(self, _party: SealingParty, now: Callable[[Session], str]) -> str:
        """A process that starts reads the time before anything else."""
        with reading(self.engine) as session:
            return now(session)

    def idle(self) -> list[Process]:
        """The processes that do not stand still."""
        return [process for process in self.processes if not process.busy]

    def run(self, process: Process, act: Callable[[], T]) -> T | None:
        """What the act gives; None when the process ended in it, and another has replaced it."""
        try:
            with self.stores.fuses.of(process.fuse):
                return act()
        except Crash as crash:
            self.note("crash", str(crash))
            if self.chance.random() < 0.5:  # else its lease must run out
                self.buried.add(process.name)
            self.replace(process)
            return None

    def replace(self, process: Process) -> None:
        """The process is no more, and another is started."""
        process.ends()
        self.processes.remove(process)
        self._start_process()

    def note(self, what: str, more: str = "") -> None:
        """It happened."""
        self.done[what] += 1
        at = clock_text(int(self.time.now))
        self.diary.append(f"{at} {'  ' * self.depth}{what} {more}".rstrip())

    # --- Selling

    def sell(self, sale: Sale) -> None:
        """The till sends that sale, the same each time, and hears what became of it."""
        process = self.chance.choice(self.idle())
        outcome = self.run(process, lambda: self._sealed(process, sale))
        self.note("sell", f"{sale.sale_id[-6:]} {sale.place.outlet_id} by {process.name}")
        if outcome is None:  # no answer: the till sends it again some time
            return
        if isinstance(outcome, InvalidInvoice):
            sale.impossible = outcome.rule
            assert "credit" in sale.request or "replaces" in sale.request, outcome
            return
        if process.stepped and not process.sold_since:
            process.sold_since = True
            self.steps_sealed += 1
        number, entry_hash = outcome.sale.fiscal_number, outcome.sale.entry_hash
        if sale.fiscal_number is not None:
            assert (number, entry_hash) == (sale.fiscal_number, sale.entry_hash)
        sale.fiscal_number, sale.entry_hash = number, entry_hash

    def _sealed(self, process: Process, sale: Sale) -> Settled | InvalidInvoice:
        draft = requests.read(sale.request, sale.sale_id)
        outlet = facts(self.engine, sale.place.outlet_id)
        try:
            submitted = submission(
                draft, outlet, process.clock.moment(), source="api", submitted_by="key:t"
            )
            return process.sealing.submit(submitted).result()
        except InvalidInvoice as error:
            return error
        except SealRefused as error:  # I8
            raise AssertionError(f"selling was blocked: {error!r}") from error

    # --- Delivering

    def work(self, process: Process, place: SimulatedOutlet, most: int) -> float | None:
        """At most so many acts on that module; seconds until there may be more."""
        return self.run(process, lambda: process.steps(place.nim, most))

    def give_back(self, process: Process, place: SimulatedOutlet) -> None:
        """The process holds that module no more."""
        self.run(process, lambda: process.give_back(place.nim))

    def _others_go_on(self, seconds: float) -> None:
        """While the process that runs stands still, the others do what they do."""
        sleeper = self._running()
        sleeper.busy = True
        counted = self.chance.random() < 0.5
        self.depth += 1
        began = self.time.now
        if self.depth == 1:
            for _ in range(self.chance.randint(1, 4)):
                self.time.go_by(seconds / 5)
                if self.idle():
                    self.act()
        self.time.now = max(self.time.now, began + seconds)
        self.depth -= 1
        sleeper.busy = False
        if not counted:
            sleeper.clock.slept += self.time.now - began

    def _running(self) -> Process:
        fuse = self.stores.fuses.running[-1]
        return next(process for process in self.processes if process.fuse is fuse)

    # --- The scheduler

    def act(self) -> None:
        """One thing happens, chosen by chance."""
        (action,) = self.chance.choices([a for _, a in self.actions], [w for w, _ in self.actions])
        action(self)
        self.air.met["arrived late"] += self.air.let_arrive()

    def any_place(self) -> SimulatedOutlet:
        """One of the outlets."""
        return self.chance.choice(self.places)

    def waiting_places(self) -> list[SimulatedOutlet]:
        """The outlets with a sale that has no end yet."""
        with reading(self.engine) as session:
            nims = set(session.exec(select(Delivery.nim).where(Delivery.state != "done")))
        return [place for place in self.places if place.nim in nims]

    def state_of(self, sale: Sale) -> SaleState | None:
        """The sale as the store holds it."""
        with reading(self.engine) as session:
            return sale_state(session, sale.place.outlet_id, sale_id=sale.sale_id)
