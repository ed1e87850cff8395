"""Processes that keep anchors and may be stopped, copied, put back and started again."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.services.ledger.anchoring import Admission, Anchoring
from app.services.ledger.opening import open_all
from app.services.ledger.thread import SealingThread
from app.signing.signer import Signer
from app.store.engine import open_engine
from app.store.ledger.anchors import AnchorFolder
from tests.given.clocks import HandClock
from tests.given.shop_in_process import HOST, InProcessShop, opened_engine, put_outlet


@dataclass(slots=True)
class Machine:
    """A folder with a database, its anchors, and whoever seals there."""

    folder: Path
    signer: Callable[[], Signer]
    clock: HandClock = field(default_factory=HandClock)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "bono.sqlite3"

    def furnish(self, *outlet_ids: str) -> None:
        """The newest schema and these outlets."""
        engine = opened_engine(f"sqlite:///{self.database}")
        for outlet_id in outlet_ids:
            put_outlet(engine, outlet_id)
        engine.dispose()

    def start(self) -> "Running":
        """A process of this machine, its series open if it may seal."""
        engine = open_engine(f"sqlite:///{self.database}")
        anchors = AnchorFolder(self.folder / "anchors")
        sealing = SealingThread(
            engine, self.signer, HOST, clock=self.clock, admit=Admission(engine, anchors)
        )
        sealing.start()
        return Running(InProcessShop(engine, sealing), Anchoring(engine, sealing, anchors))

    def keep_copy(self, name: str = "copy") -> Path:
        """The database as it is now, beside it; nobody writes meanwhile."""
        return Path(shutil.copyfile(self.database, self.folder / name))

    def put_back(self, copy: Path) -> None:
        """The database is that copy again."""
        for rest in self.folder.glob("bono.sqlite3-*"):
            rest.unlink()
        shutil.copyfile(copy, self.database)

    def cloned(self, folder: Path) -> "Machine":
        """Another machine with all that this one has."""
        shutil.copytree(self.folder, folder)
        return Machine(folder, self.signer, self.clock)


@dataclass(slots=True)
class Running:
    """A process: its shop, and what keeps its anchors."""

    shop: InProcessShop
    anchoring: Anchoring

    def opened(self) -> "Running":
        """Every outlet has its series."""
        open_all(self.shop.engine, self.shop.sealing)
        self.anchoring.move()
        return self

    def stop(self) -> None:
        """It ends as a process does that is told to."""
        self.anchoring.stop()
        self.shop.end()

    def die(self) -> None:
        """It ends as one does that is killed: its last anchors are not moved."""
        self.shop.end()
