"""The work of one control module, driven by hand: no thread, and a clock that a test moves."""

import random
from dataclasses import dataclass, field

from app.services.dgi.module_work import ModuleWork
from app.services.rules.policy import change
from app.store.dgi import leases
from app.store.dgi.leases import LEASE_SECONDS, Lease
from app.store.engine import writing
from app.store.tenancy import EVERYWHERE
from tests.given.clocks import NOON
from tests.given.shop_in_process import InProcessShop, Module

MOST_STEPS = 500


@dataclass(slots=True)
class HandWork:
    """One worker of one module; its clock stands still until it is moved."""

    shop: InProcessShop
    module: Module
    owner: str = "by hand"
    now: float = NOON
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    _work: ModuleWork | None = None

    @property
    def work(self) -> ModuleWork:
        """The work under a lease of its own."""
        if self._work is None:
            self._work = self.begin(self.claim())
        return self._work

    def begin(self, lease: Lease) -> ModuleWork:
        return ModuleWork(
            self.shop.engine,
            self.shop.sealing,
            self.module.nim,
            self.shop.emcf(self.module),
            lease,
            clock=lambda: self.now,
            chance=self.chance,
            on_change=lambda *sale: self.shop.notified.append(sale),
        )

    def claim(self) -> Lease:
        with writing(self.shop.engine) as session:
            lease = leases.claim(
                session, self.module.nim, self.owner, int(self.now), LEASE_SECONDS, lambda _: False
            )
        assert lease is not None
        return lease

    def run(self) -> float | None:
        """Acts until nothing is due; returns the seconds until something may be."""
        for _ in range(MOST_STEPS):
            wait = self.work.step()
            if wait != 0:
                return wait
        raise AssertionError("it does not come to rest")

    def one(self) -> None:
        """One act."""
        assert self.work.step() == 0

    def later(self) -> float:
        """One act is done, however long the clock had to go on; returns how long that was."""
        begun = self.now
        for _ in range(MOST_STEPS):
            wait = self.work.step()
            assert wait is not None, "nothing is due, ever"
            if wait == 0:
                return self.now - begun
            self.now += wait
        raise AssertionError("it waits for ever")


def rule(shop: InProcessShop, **rules: int) -> None:
    """Those rules are in force from now on."""
    with writing(shop.engine) as session:
        for name, value in rules.items():
            change(session, EVERYWHERE, name, str(value), by="test", at="2026-11-22T11:00:00Z")
