"""A process of the product without its threads: it seals and delivers when the history says so."""

import random
from dataclasses import dataclass, field

from app.control.emcf import EMcf
from app.fiscal.errors import SealRefused
from app.services.dgi.module_work import ModuleWork
from app.store.dgi import leases
from app.store.dgi.leases import LEASE_SECONDS, LeaseLost
from app.store.engine import Engine, writing
from app.store.tables.dgi import ControlModuleRow
from tests.simulation.clocks import HistoryClock
from tests.simulation.crash_points import Fuse
from tests.simulation.network import Air, Line
from tests.simulation.sealing_at_once import SealingAtOnce


@dataclass(slots=True)
class Process:
    """One process of the product on a machine of its own."""

    name: str
    engine: Engine
    clock: HistoryClock
    air: Air
    chance: random.Random
    buried: set[str]
    """Owners that are certainly dead."""
    fuse: Fuse = field(default_factory=Fuse)
    busy: bool = False
    """It stands still in the middle of something."""
    stepped: bool = False
    """Its wall clock was set to another time."""
    sold_since: bool = False
    """It sealed since then."""
    sealing: SealingAtOnce = field(init=False)
    works: dict[str, tuple[ModuleWork, EMcf]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sealing = SealingAtOnce(self.engine, self.clock)

    def steps(self, nim: str, most: int) -> float | None:
        """At most so many acts are done on that module; seconds until there may be more to do."""
        wait: float | None = None
        for _ in range(most):
            work = self._work(nim)
            if work is None:
                return None
            try:
                wait = work.step()
            except (LeaseLost, SealRefused):
                self._forget(nim)
                return 0
            if wait != 0:
                break
        return wait

    def _work(self, nim: str) -> ModuleWork | None:
        if nim not in self.works:
            self._claim(nim)
        held = self.works.get(nim)
        return held[0] if held else None

    def _claim(self, nim: str) -> None:
        now = int(self.clock.steady())
        with writing(self.engine) as session:
            dead = self.buried.__contains__
            lease = leases.claim(session, nim, self.name, now, LEASE_SECONDS, dead=dead)
            row = session.get_one(ControlModuleRow, nim)
            url, token, nif = row.url, row.token, row.nif
        if lease is None:
            return
        line = Line(self.air, self.fuse)
        emcf = EMcf(url, token, nif, nim, transport=line, monotonic=self.clock.monotonic)
        work = ModuleWork(
            self.engine,
            self.sealing,
            nim,
            emcf,
            lease,
            clock=self.clock.steady,
            chance=self.chance,
            on_change=lambda _outlet_id, _sale_id: None,
        )
        self.works[nim] = work, emcf

    def _forget(self, nim: str) -> None:
        _, emcf = self.works.pop(nim)
        emcf.close()

    def give_back(self, nim: str) -> None:
        """Another process may have the module at once."""
        if nim in self.works:
            work, emcf = self.works.pop(nim)
            work.release()
            emcf.close()

    def ends(self) -> None:
        """Nothing of it is left but what it stored."""
        for nim in list(self.works):
            self._forget(nim)
