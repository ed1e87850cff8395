"""An outlet whose parts are looked at: its machine, its signer, its control module, its log."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import col

from app.control.module import ControlModule
from app.fiscal.errors import SignerBusy
from app.fiscal.probe import Outage, State
from app.fiscal.probe_proof import VerifiedProbes, verify_probes
from app.services.ledger.keys import public_keys
from app.services.ledger.party import SealingParty
from app.services.watch import reach
from app.services.watch.mode import Mode, mode_in_force
from app.services.watch.probes import Looking, log_lines, probe_all, told_outages
from app.store.engine import reading, writing
from app.store.tables.dgi import ControlModuleRow, Delivery
from tests.given.shop_in_process import InProcessShop
from tests.given.simulated_dgi import SimulatedDgi

NOW: Final = datetime(2030, 11, 22, 10, 0, tzinfo=UTC)
"""Later than any key of a test was published."""


def machine(folder: Path, routes: str | None, **interfaces: str) -> reach.NetworkFolders:
    """A machine with those interfaces (`lo` aside) and their state; routes by interface."""
    for name, state in {"lo": "unknown", **interfaces}.items():
        (folder / "net" / name).mkdir(parents=True)
        (folder / "net" / name / "operstate").write_text(f"{state}\n")
    if routes is not None:
        lines = "".join(f"{name}\t00000000\t0100A8C0\t0003\n" for name in routes.split())
        (folder / "route").write_text(f"Iface\tDestination\tGateway\tFlags\n{lines}")
    return reach.NetworkFolders(folder / "route", folder / "net")


class Busy:
    """A sealing thread whose signer can be taken away."""

    def __init__(self, shop: InProcessShop) -> None:
        self._shop, self.gone = shop, False

    def call(self, work: Callable[[SealingParty, Any], Any]) -> "Future[Any]":
        if not self.gone:
            return self._shop.sealing.call(work)
        future: Future[Any] = Future()
        future.set_exception(SignerBusy("the token was removed"))
        return future

    def write(self, work: Callable[..., Any], key: str = "") -> "Future[Any]":
        return self._shop.sealing.write(work, key)


class Asked:
    """The control module beside the deliveries; counts how often it is taken up."""

    def __init__(self, module: ControlModule) -> None:
        self._module, self.times = module, 0

    def __call__(self, nim: str) -> ControlModule | None:
        assert nim
        self.times += 1
        return self._module


class Post:
    """An outlet with its prober."""

    def __init__(self, shop: InProcessShop, dgi: SimulatedDgi, place: reach.NetworkFolders) -> None:
        self.shop, self.dgi, self.signer = shop, dgi, Busy(shop)
        self.asked = Asked(shop.emcf(dgi.module))
        self._place = place

    def probe(self, now: datetime = NOW) -> int:
        """Every part is looked at; how many entries were written."""
        looking = Looking(self.signer, self.asked, None, self._place)
        return probe_all(self.shop.engine, looking, now)

    def parts(self) -> dict[str, State]:
        """What the newest entry says of each part."""
        return dict(self.mode().parts)

    def log(self) -> list[bytes]:
        """The lines of the log, the keys first."""
        with reading(self.shop.engine) as session:
            return list(log_lines(session, "KIN01"))

    def verified(self) -> VerifiedProbes:
        """What a stranger finds when the log is verified."""
        with reading(self.shop.engine) as session:
            keys = public_keys(session)
        return verify_probes(self.log()[1:], keys)

    def outages(self) -> list[Outage]:
        """The outages that the log tells of."""
        with reading(self.shop.engine) as session:
            return told_outages(session, "KIN01")

    def mode(self, now: datetime = NOW) -> Mode:
        """What may be sold then."""
        with reading(self.shop.engine) as session:
            return mode_in_force(session, "KIN01", now)

    def module(self, **values: Any) -> None:
        """The row of the control module says so."""
        with writing(self.shop.engine) as session:
            session.execute(
                update(ControlModuleRow)
                .where(col(ControlModuleRow.nim) == self.dgi.module.nim)
                .values(**values)
            )

    def deliveries(self, **values: Any) -> None:
        """Every delivery says so."""
        with writing(self.shop.engine) as session:
            session.execute(update(Delivery).values(**values))
