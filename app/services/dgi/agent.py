"""The sync agent: works whatever control modules have something due, many at a time, fairly.

One dispatcher claims modules with a fenced lease and gives each a thread for a slice of work. When
others wait for a thread the module goes back after its slice and waits for its next turn; when
none waits it goes on, and lingers a moment for the next sale. Any number of processes may do so.
"""

import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from app.fiscal.errors import SealRefused
from app.fiscal.ledger import clock_text
from app.services.dgi.clock import SteadyClock
from app.services.dgi.commits import SharedCommits
from app.services.dgi.module_work import ModuleWork, OnChange
from app.services.dgi.modules import Modules, Opener
from app.services.dgi.owners import ProcessOwner
from app.services.ledger.party import Calls
from app.store.dgi import leases, modules, queues
from app.store.dgi.leases import LEASE_SECONDS, Lease, LeaseLost
from app.store.engine import Engine, Unreachable, reading
from app.store.tables.dgi import ControlModuleRow

THREADS = 32
"""Modules that one process works at a time."""

PAUSE_SECONDS = 1
"""Between looks at queues that another process may have filled."""

SLICE_ACTS, SLICE_SECONDS = 25, 5
"""When a module goes back while others wait for a thread."""

LINGER_SECONDS = 2
"""A module that nobody else needs is kept so long for its next sale."""

HELD_SECONDS = 5
"""A module whose due invoices are held (by a doubt, say) is looked at again after that."""

OUR_FAULT = "Une panne de notre côté empêche l'envoi. Prévenez le service central."

_log = structlog.get_logger()


@dataclass(slots=True)
class _Turn:
    """A module that is being worked now."""

    lease: Lease
    woken: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class Agent:
    """Works control modules in threads of its own until it is told to stop."""

    def __init__(
        self,
        engine: Engine,
        sealing: Calls,
        opener: Opener,
        locks: Path,
        on_change: OnChange,
        *,
        threads: int = THREADS,
    ) -> None:
        self._engine, self._sealing, self._on_change = engine, sealing, on_change
        self._commits = SharedCommits(engine)
        self._threads, self._clock = threads, SteadyClock()
        self._place = ProcessOwner(locks)
        self._ending, self._wake = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._turns: dict[str, _Turn] = {}
        self._quiet_until: dict[str, float] = {}
        self._last_turn: dict[str, int] = {}
        self._turns_given = 0
        self._crowded = False
        self._modules = Modules(engine, opener)
        self._dispatcher = threading.Thread(target=self._run, name="sync agent", daemon=True)

    def start(self) -> None:
        """The agent works."""
        self._place.enter()
        self._commits.start()
        self._dispatcher.start()

    def wake(self, nim: str) -> None:
        """Something is due on that module, perhaps."""
        with self._lock:
            self._quiet_until.pop(nim, None)
            turn = self._turns.get(nim)
        (turn.woken if turn is not None else self._wake).set()

    def stop(self, patience: float = 5) -> None:
        """No new delivery begins; those in flight may end by themselves."""
        self._ending.set()
        self._wake.set()
        if self._dispatcher.is_alive():
            self._dispatcher.join()
        end = time.monotonic() + patience
        with self._lock:
            turns = list(self._turns.values())
        for turn in turns:
            turn.woken.set()
        for turn in turns:
            if turn.thread is not None:
                turn.thread.join(max(0.0, end - time.monotonic()))
        with self._lock:
            clean = not self._turns
        self._place.leave(clean=clean)
        if clean:  # else one of them is still waiting for its answer, and must be able to store it
            self._commits.stop()
            self._modules.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            self._place.beat()
            try:
                self._dispatch()
            except Unreachable as error:
                _log.warning("agent.store", error=str(error.orig))
            except Exception:  # noqa: BLE001 - a thread that ends would leave invoices waiting
                _log.exception("agent.failed")
            self._wake.wait(PAUSE_SECONDS)

    def _dispatch(self) -> None:
        """Every due module has a thread, or waits for one because all are taken."""
        with reading(self._engine) as session:
            due = queues.due_modules(session, int(self._clock()))
        crowded = False
        for row in sorted(due, key=lambda row: self._last_turn.get(row.nim, 0)):
            if self._ending.is_set():
                return
            if not self._wants(row):
                continue
            if len(self._turns) >= self._threads:
                crowded = True
                break
            self._give_turn(row)
        self._crowded = crowded

    def _wants(self, row: ControlModuleRow) -> bool:
        """Nobody works the module as far as we can see, and it was not found held just now."""
        with self._lock:
            if row.nim in self._turns or self._quiet_until.get(row.nim, 0) > time.monotonic():
                return False
        owned = row.owner not in (None, self._place.owner) and row.expires_at > self._clock()
        return not owned or self._place.is_dead(row.owner or "")

    def _give_turn(self, row: ControlModuleRow) -> None:
        lease = self.claim(row.nim)
        if lease is None:
            return
        turn = _Turn(lease)
        turn.thread = threading.Thread(
            target=self._work, args=(turn,), name=f"module {row.nim}", daemon=True
        )
        self._turns_given += 1
        self._last_turn[row.nim] = self._turns_given
        with self._lock:
            self._turns[row.nim] = turn
        turn.thread.start()

    def claim(self, nim: str) -> Lease | None:
        """The lease of that module, or None while another owner may be alive."""
        now, owner, dead = int(self._clock()), self._place.owner, self._place.is_dead
        return self._commits.write(
            lambda session: leases.claim(session, nim, owner, now, LEASE_SECONDS, dead)
        )

    def _work(self, turn: _Turn) -> None:
        nim = turn.lease.nim
        try:
            self._slices(turn)
        except SealRefused as error:
            _log.warning("agent.clock", nim=nim, reason=error.reason)
            self._keep_quiet(nim, PAUSE_SECONDS)
        except LeaseLost as error:
            _log.warning("agent.lease_lost", nim=nim, error=str(error))
        except Unreachable as error:
            _log.warning("agent.store", nim=nim, error=str(error.orig))
            self._keep_quiet(nim, PAUSE_SECONDS)
        except Exception:  # noqa: BLE001 - one module's trouble is no other's
            _log.exception("agent.module_failed", nim=nim)
            self._keep_quiet(nim, HELD_SECONDS)
            self._tell_of_failure(nim)
        finally:
            with self._lock:
                del self._turns[nim]
            self._wake.set()

    def _tell_of_failure(self, nim: str) -> None:
        """People see that the fault is ours; the invoices stay where they are."""
        at = clock_text(int(time.time()))
        with suppress(Unreachable):
            self._commits.write(lambda session: modules.note_error(session, nim, OUR_FAULT, at))

    def _keep_quiet(self, nim: str, seconds: float) -> None:
        with self._lock:
            self._quiet_until[nim] = time.monotonic() + seconds

    def _slices(self, turn: _Turn) -> None:
        """Slice after slice until others wait, or nothing more comes; then the lease is free."""
        nim = turn.lease.nim
        work = ModuleWork(
            self._engine,
            self._sealing,
            nim,
            self._modules(nim),
            turn.lease,
            clock=self._clock,
            chance=random.SystemRandom(),
            on_change=self._on_change,
            commits=self._commits,
        )
        try:
            while self._slice(work, turn):
                work.speak_with(self._modules(nim))
        finally:
            work.release()

    def _slice(self, work: ModuleWork, turn: _Turn) -> bool:
        """A slice of work is done; true when the module may be worked on."""
        begun = idle_since = time.monotonic()
        acts = 0
        while not self._ending.is_set():
            turn.woken.clear()
            wait = work.step()
            now = time.monotonic()
            if wait == 0:
                acts, idle_since = acts + 1, now
                if acts >= SLICE_ACTS or now - begun >= SLICE_SECONDS:
                    return not self._crowded
                continue
            if acts == 0 and not turn.woken.is_set():
                self._keep_quiet(turn.lease.nim, min(HELD_SECONDS, wait or HELD_SECONDS))
            if self._crowded or now - idle_since >= LINGER_SECONDS:
                return False
            turn.woken.wait(min(PAUSE_SECONDS, wait or PAUSE_SECONDS))
        return False
