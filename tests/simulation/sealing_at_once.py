"""The sealing of a process without its thread: what it is asked, it does."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from app.services.ledger.party import SealingParty
from app.services.ledger.thread import SealingThread
from app.store.engine import Session
from tests.given.shop_in_process import HOST, insecure_signer

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.services.ledger.settle import Settled
    from app.services.ledger.submission import Submission
    from app.store.engine import Engine
    from tests.simulation.clocks import HistoryClock

SIGNER: Final = insecure_signer()
T = TypeVar("T")


class SealingAtOnce(SealingThread):
    """The sealing thread of a process, run by whoever asks it until nothing waits."""

    def __init__(self, engine: "Engine", clock: "HistoryClock") -> None:
        super().__init__(engine, lambda: SIGNER, HOST, clock=clock.reading)

    def submit(self, submission: "Submission") -> "Future[Settled]":
        """The sale is sealed, or refused."""
        return self._at_once(super().submit(submission))

    def call(self, work: Callable[[SealingParty, Callable[[Session], str]], T]) -> "Future[T]":
        """The work is done."""
        return self._at_once(super().call(work))

    def write(self, work: Callable[[Session, SealingParty, str], T], key: str = "") -> "Future[T]":
        """The work's rows are durable."""
        return self._at_once(super().write(work, key))

    def _at_once(self, asked: "Future[T]") -> "Future[T]":
        self._waiting.put(None)
        self._run()
        return asked
