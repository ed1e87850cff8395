"""What one process is made of."""

from dataclasses import dataclass, field

import structlog

from app.fiscal.errors import SealRefused
from app.services.arrivals import Arrivals
from app.services.delivering import DeliveringThread
from app.services.directory import Directory
from app.services.opening import open_all
from app.services.sealing import SealingThread
from app.settings import Settings
from app.store.engine import Engine

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces that `wiring` chose, running or ready to run."""

    settings: Settings
    engine: Engine
    sealing: SealingThread
    directory: Directory
    arrivals: Arrivals
    delivering: dict[str, DeliveringThread] = field(default_factory=dict)
    """By NIM."""

    def start(self) -> None:
        """The threads run, and every outlet has its series open."""
        self.sealing.start()
        try:
            open_all(self.engine, self.sealing)
        except SealRefused as error:  # reads are served; sales are refused with this reason
            _log.critical("parts.cannot_seal", reason=error.reason, detail=str(error))
        for thread in self.delivering.values():
            thread.start()

    def stop(self) -> None:
        """What was begun is ended, in an order that loses nothing."""
        for thread in self.delivering.values():
            thread.stop()
        self.sealing.stop()
        self.engine.dispose()

    def wake(self, nim: str | None) -> None:
        """An invoice waits for that control module."""
        if nim is not None and nim in self.delivering:
            self.delivering[nim].wake()
