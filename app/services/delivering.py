"""The delivering thread: one per control module, its invoices in order, one in flight.

Each invoice is delivered once while the process lives and once more at start-up; a sale whose
confirm had no answer is recovered, never posted again.
"""

import fcntl
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import structlog

from app.control.module import Confirming, ControlModule
from app.fiscal.errors import SealRefused
from app.services.normalise import (
    LEASE_SECONDS,
    Answer,
    InFlight,
    WrittenAttempt,
    confirming_of,
    in_flight,
    may_send,
    record,
)
from app.services.sealing import SealingThread
from app.services.settle import SealingParty
from app.store import outbox
from app.store.engine import Engine, Session, Unreachable, reading, writing
from app.store.outbox import Exchange, Lease, LeaseLost

PAUSE_SECONDS = 1
"""Between looks at a queue that another process may have filled."""

Told = Callable[[str, str], None]
"""Called with (outlet_id, sale_id) when the state of a sale changed."""

_log = structlog.get_logger()


class DeliveringThread:
    """Works one control module while it holds its lease."""

    def __init__(
        self,
        engine: Engine,
        sealing: SealingThread,
        nim: str,
        module: ControlModule,
        locks: Path,
        told: Told,
    ) -> None:
        self._engine, self._sealing, self._nim = engine, sealing, nim
        self._module, self._told = module, told
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._lock_path = locks / f"control-{nim}.lock"
        self._lock: IO[bytes] | None = None
        self._place = f"{socket.gethostname()}:{self._lock_path}:"
        self._owner = self._place + secrets.token_hex(8)
        self._tried: set[tuple[str, str]] = set()
        self._renewed = 0.0
        self._thread = threading.Thread(target=self._run, name=f"delivering {nim}", daemon=True)

    def start(self) -> None:
        """The thread runs."""
        self._thread.start()

    def wake(self) -> None:
        """An invoice waits."""
        self._wake.set()

    def stop(self, patience: float = 5) -> None:
        """No new delivery begins; the one in flight may end by itself."""
        self._ending.set()
        self._wake.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._hold()
            except SealRefused as error:
                _log.warning("delivering.clock", nim=self._nim, reason=error.reason)
            except LeaseLost as error:
                _log.warning("delivering.lease_lost", nim=self._nim, error=str(error))
            except Unreachable as error:
                _log.warning("delivering.store", nim=self._nim, error=str(error.orig))
            except Exception:  # noqa: BLE001 - a thread that ends would leave invoices waiting
                _log.exception("delivering.failed", nim=self._nim)
            self._ending.wait(PAUSE_SECONDS)
        if self._lock is not None:
            self._lock.close()  # another process of this place may begin at once

    def _hold(self) -> None:
        lease = self._claim()
        if lease is None:
            return
        try:
            self._recover_all(lease)
            self._deliver_all(lease)
        finally:
            with writing(self._engine) as session:
                outbox.release(session, lease)

    def _claim(self) -> Lease | None:
        alone = self._locked()
        self._renewed = time.monotonic()
        with writing(self._engine) as session:
            return outbox.claim(
                session,
                self._nim,
                self._owner,
                int(time.time()),
                LEASE_SECONDS,
                dead=lambda owner: alone and owner.startswith(self._place),
            )

    def _locked(self) -> bool:
        """True while this process holds the file lock: no other of this place can be alive."""
        if self._lock is None:
            self._lock_path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = self._lock_path.open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _recover_all(self, lease: Lease) -> None:
        with reading(self._engine) as session:
            begun = outbox.queue(session, self._nim, [*outbox.OPEN, "in_doubt"])
            flights = [(in_flight(session, row), row.state) for row in begun]
        for flight, state in flights:
            if self._ending.is_set():
                return
            self._recover(lease, flight, state)

    def _recover(self, lease: Lease, flight: InFlight, state: str) -> None:
        with reading(self._engine) as session:
            uid = outbox.confirming_uid(session, flight.outlet_id, flight.sale_id)
            calls = outbox.exchanges(session, flight.outlet_id, flight.sale_id)
            confirming = confirming_of(calls, uid) if uid else None
        if confirming is None:  # no confirm was intended: it may be delivered once more
            with writing(self._engine) as session:
                outbox.back_to_pending(session, flight.outlet_id, flight.sale_id)
            return
        _log.warning("delivering.recover", sale_id=flight.sale_id, state=state)
        answer = self._already_heard(flight, confirming, calls)
        if answer is None:
            attempt = WrittenAttempt(self._engine, lease, flight)
            answer = self._module.recover(flight.sealed, confirming, attempt)
        self._record(lease, flight, answer)

    def _already_heard(
        self, flight: InFlight, confirming: Confirming, calls: list[Exchange]
    ) -> Answer | None:
        """What a stored raw answer to the confirm says, before anything is asked again."""
        for exchange in calls:
            if exchange.call.step == "confirm" and exchange.answer is not None:
                status, body = exchange.answer.status, exchange.answer.body
                answer = self._module.reread(flight.sealed, confirming, status, body)
                if answer is not None:
                    return answer
        return None

    def _deliver_all(self, lease: Lease) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            with reading(self._engine) as session:
                free = may_send(session, self._nim)
                row = outbox.next_pending(session, self._nim, self._tried) if free else None
                flight = in_flight(session, row) if row else None
            if flight is None:
                self._wake.wait(PAUSE_SECONDS)
                self._renew(lease)
                continue
            sale = (flight.outlet_id, flight.sale_id)
            self._tried.add(sale)
            attempt = WrittenAttempt(self._engine, lease, flight)
            state = self._record(lease, flight, self._module.normalise(flight.sealed, attempt))
            if state != "pending":
                self._tried.discard(sale)

    def _renew(self, lease: Lease) -> None:
        if time.monotonic() - self._renewed < LEASE_SECONDS / 3:
            return
        self._renewed = time.monotonic()
        with writing(self._engine) as session:
            outbox.held_module(session, lease).expires_at = int(time.time()) + LEASE_SECONDS

    def _record(self, lease: Lease, flight: InFlight, answer: Answer) -> str:
        def write(party: SealingParty, now: Callable[[Session], str]) -> str:
            with writing(self._engine) as session:
                return record(session, party, lease, flight, answer, now(session))

        state = self._sealing.call(write).result()
        _log.info("delivering.recorded", sale_id=flight.sale_id, state=state)
        self._told(flight.outlet_id, flight.sale_id)
        return state
