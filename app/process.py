"""What one process is made of."""

from dataclasses import dataclass, field
from typing import Protocol

import structlog

from app.channels.outgoing import Channels
from app.fiscal.errors import SealRefused
from app.services.dgi.agent import Agent
from app.services.directory import Directory
from app.services.ledger.arrivals import Arrivals
from app.services.ledger.opening import open_all
from app.services.ledger.thread import SealingThread
from app.services.watch.job_log import JobLog
from app.settings import Settings
from app.store.engine import Engine

_log = structlog.get_logger()


class Runs(Protocol):
    """What runs by itself beside the requests."""

    def start(self) -> None:
        """It runs."""

    def stop(self) -> None:
        """It has ended."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces that `wiring` chose, running or ready to run."""

    settings: Settings
    engine: Engine
    sealing: SealingThread
    directory: Directory
    arrivals: Arrivals
    agent: Agent
    """Brings what is sealed to the control modules."""
    channels: Channels
    """By which messages leave."""
    schedule: Runs | None = None
    """What is done again and again; None: nothing is."""
    jobs: JobLog = field(default_factory=JobLog)
    """How that is getting on."""
    anchors: Runs | None = None
    """Keeps where the series stand outside the database; None: nothing does."""

    def start(self) -> None:
        """The threads run, and every outlet has its series open."""
        self.sealing.start()
        try:
            open_all(self.engine, self.sealing)
        except SealRefused as error:  # reads are served; sales are refused with this reason
            _log.critical("parts.cannot_seal", reason=error.reason, detail=str(error))
        if self.anchors is not None:
            self.anchors.start()
        self.agent.start()
        if self.schedule is not None:
            self.schedule.start()

    def stop(self) -> None:
        """What was begun is ended, in an order that loses nothing."""
        if self.schedule is not None:
            self.schedule.stop()
        self.agent.stop()
        if self.anchors is not None:
            self.anchors.stop()
        self.sealing.stop()
        self.engine.dispose()

    def wake(self, nim: str | None) -> None:
        """An invoice waits for that control module."""
        if nim is not None:
            self.agent.wake(nim)
