"""The sealing thread: one per process, alone with the signer, one commit for whatever waits."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from app.fiscal import trusted_time
from app.fiscal.errors import FiscalError, ForkDetected, LedgerBroken, SealRefused, SignerBusy
from app.fiscal.ledger import clock_text, utc_time
from app.fiscal.trusted_time import Reading, TrustedTime
from app.services.ledger.facts import record_step
from app.services.ledger.party import SealingParty, Shared
from app.services.ledger.queues import commit_together, drain
from app.services.ledger.settle import Settled, known_sales, settle
from app.services.ledger.submission import Submission
from app.signing.signer import Signer
from app.store.engine import Engine, Session, Taken, Unreachable, writing
from app.store.ledger import entries as rows
from app.store.ledger.standing import last_time
from app.store.tenancy import EVERYWHERE

MOST_AT_ONCE = 128
"""Sales in one commit."""

T = TypeVar("T")
ReadClocks = Callable[[], Reading]
Admit = Callable[[SealingParty, Reading], None]
"""Raises `SealRefused` while the party must not seal; asked again until it does not."""
_log = structlog.get_logger()


class StoreUnreachable(SealRefused):
    """The database did not say whether it committed; send the same sale again."""

    reason = "signer.store"


def system_clock() -> Reading:
    """Both clocks of this machine, whole seconds; the second one counts its sleep too."""
    return Reading(int(time.time()), int(time.clock_gettime(time.CLOCK_BOOTTIME)))


Outcome = Settled | BaseException


@dataclass(frozen=True, slots=True)
class _Sale:
    """A submission and where its outcome goes: a future of a thread, or of an event loop."""

    submission: Submission
    done: "Future[Settled] | asyncio.Future[Settled]"


def _fulfil(
    outcomes: "Sequence[tuple[Future[Settled] | asyncio.Future[Settled], Outcome]]",
) -> None:
    for done, outcome in outcomes:
        if done.cancelled():  # the client left; its sale stands all the same
            continue
        if isinstance(outcome, Settled):
            done.set_result(outcome)
        else:
            done.set_exception(outcome)


def _begins(done: "Future[Any] | asyncio.Future[Any]") -> bool:
    """True unless nobody wants the outcome any more; a request that was read is always wanted."""
    return isinstance(done, asyncio.Future) or done.set_running_or_notify_cancel()


@dataclass(slots=True)
class _Job:
    """Something else that needs the signer."""

    work: Callable[[SealingParty, Callable[[Session], str]], Any]
    done: "Future[Any]" = field(default_factory=Future)


@dataclass(slots=True)
class _Writing:
    """Facts to be written, without a signature."""

    work: Callable[[Session, SealingParty, str], Any]
    key: str
    done: "Future[Any]" = field(default_factory=Future)


def _written(
    session: Session, party: SealingParty, at: str, writes: "Sequence[_Writing]"
) -> list[Any]:
    """What each work returned; those that can be done together are."""
    shared = [one.work for one in writes if isinstance(one.work, Shared)]
    if len(shared) == len(writes) and len({work.together for work in shared}) == 1:
        return list(shared[0].together(session, party, at, [work.item for work in shared]))
    return [one.work(session, party, at) for one in writes]


class SealingThread:
    """Takes submissions from any thread and gives each a future of `Settled`.

    A future holds `FiscalError` when the sale was refused or could not be sealed; then nothing of
    it is stored.
    """

    def __init__(
        self,
        engine: Engine,
        open_signer: Callable[[], Signer],
        verify_host: str,
        *,
        series: str = "1",
        clock: ReadClocks = system_clock,
        admit: Admit = lambda _party, _clock: None,
    ) -> None:
        self._admit = admit
        self._engine, self._open_signer, self._clock = engine, open_signer, clock
        self._verify_host, self._series = verify_host, series
        self._waiting: queue.SimpleQueue[_Sale | _Job | _Writing | None] = queue.SimpleQueue()
        self._party: SealingParty | None = None
        self._waiting_party: SealingParty | None = None
        self._time: TrustedTime | None = None
        self._thread = threading.Thread(target=self._run, name="sealing", daemon=True)

    def start(self) -> None:
        """The thread runs; the signer is opened in it, after any fork."""
        self._thread.start()

    def stop(self) -> None:
        """What was submitted before is settled, and the thread has ended."""
        self._waiting.put(None)
        self._thread.join()

    def submit(self, submission: Submission) -> "Future[Settled]":
        """The sale waits for the next commit."""
        done: Future[Settled] = Future()
        self._waiting.put(_Sale(submission, done))
        return done

    def submit_from_loop(self, submission: Submission) -> "asyncio.Future[Settled]":
        """The same for the running event loop, which is woken once for a whole commit."""
        done: asyncio.Future[Settled] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Sale(submission, done))
        return done

    def call(self, work: Callable[[SealingParty, Callable[[Session], str]], T]) -> "Future[T]":
        """The work runs alone with the signer; its second argument tells the trusted time."""
        job = _Job(work)
        self._waiting.put(job)
        return job.done

    def write(self, work: Callable[[Session, SealingParty, str], T], key: str = "") -> "Future[T]":
        """The work's rows are durable once the future holds its result (`party.Calls`)."""
        writing_job = _Writing(work, key)
        self._waiting.put(writing_job)
        return writing_job.done

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            taken, last = drain(self._waiting, first, MOST_AT_ONCE)
            # From here on nobody can cancel; who did before is neither sealed nor answered.
            wanted = [item for item in taken if _begins(item.done)]
            sales = [item for item in wanted if isinstance(item, _Sale)]
            if sales:
                self._settle(sales)
            writes = [item for item in wanted if isinstance(item, _Writing)]
            if writes:
                commit_together(sorted(writes, key=lambda one: one.key), self._write_all)
            for item in wanted:
                if isinstance(item, _Job):
                    self._do(item)
            if last:
                return

    def _settle(self, sales: Sequence[_Sale]) -> None:
        outcomes = self._outcomes([sale.submission for sale in sales])
        by_loop: dict[asyncio.AbstractEventLoop | None, list[Any]] = {}
        for sale, outcome in zip(sales, outcomes, strict=True):
            loop = sale.done.get_loop() if isinstance(sale.done, asyncio.Future) else None
            by_loop.setdefault(loop, []).append((sale.done, outcome))
        for loop, fulfilled in by_loop.items():
            if loop is None:
                _fulfil(fulfilled)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(_fulfil, fulfilled)

    def _outcomes(self, work: Sequence[Submission]) -> Sequence[Settled | BaseException]:
        try:
            return self._committed(work)
        except Taken as error:  # the heads agreed with their last entries, yet the place is taken
            _log.critical("sealing.fork", error=str(error.orig))
            return self._one_by_one(work, ForkDetected("another entry stands in this place"))
        except Unreachable as error:
            _log.warning("sealing.commit_unknown", sales=len(work), error=str(error.orig))
            return self._after_unknown(work, error)
        except LedgerBroken as error:
            _log.critical("sealing.ledger_broken", error=str(error))
            return self._one_by_one(work, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, every caller gets an answer
            _log.exception("sealing.failed")
            return [_as_refusal(error)] * len(work)

    def _committed(self, work: Sequence[Submission]) -> Sequence[Settled | FiscalError]:
        party = self._opened()
        with self._time_restored(), writing(self._engine) as session:
            timestamp = self._now(session)
            return settle(session, party, work, timestamp)

    @contextmanager
    def _time_restored(self) -> Iterator[None]:
        """What fails did not look at the clock: a step is seen again by whoever comes next."""
        before = self._time
        try:
            yield
        except BaseException:
            self._time = before
            raise

    def _one_by_one(
        self, work: Sequence[Submission], error: LedgerBroken
    ) -> Sequence[Settled | BaseException]:
        """A broken ledger stops its own outlet only."""
        outlets = {submission.draft.outlet_id for submission in work}
        if len(outlets) == 1:
            return [error] * len(work)
        return [outcome for one in work for outcome in self._outcomes([one])]

    def _after_unknown(
        self, work: Sequence[Submission], error: Exception
    ) -> Sequence[Settled | BaseException]:
        """A COMMIT without answer is unknown: the ledger says what became of it."""
        keys = [self._opened().key(submission.draft.outlet_id) for submission in work]
        try:
            with writing(self._engine) as session:
                rows.lock_heads(session, keys)  # waits until the lost transaction has ended
                known = known_sales(session, work)
        except Unreachable:
            known = [None] * len(work)
        refused = StoreUnreachable(f"the database did not answer: {error}")
        return [outcome or refused for outcome in known]

    def _write_all(self, writes: "Sequence[_Writing]") -> "Sequence[Any]":
        """The results of those writes, once their one commit is durable."""
        party = self._opened()
        with self._time_restored(), writing(self._engine) as session:
            return _written(session, party, self._now(session), writes)

    def _do(self, job: _Job) -> None:
        try:
            with self._time_restored():
                result = job.work(self._opened(), self._now)
            job.done.set_result(result)
        except Exception as error:  # noqa: BLE001 - it is the caller's to judge
            job.done.set_exception(error)

    def _opened(self) -> SealingParty:
        if self._party is None:
            party = self._waiting_party or SealingParty(
                self._open_signer(), self._series, self._verify_host
            )
            self._waiting_party = party
            self._admit(party, self._clock())
            self._party = party
        return self._party

    def _now(self, session: Session) -> str:
        """The trusted time as text; a clock that just jumped is an event of every series."""
        clock = self._clock()
        if self._time is None:
            last = last_time(session, EVERYWHERE)
            seconds = int(utc_time(last).timestamp()) if last else 0
            self._time = trusted_time.start(seconds, clock)
        tick = trusted_time.advance(self._time, clock)
        self._time = tick.now
        text = clock_text(tick.now.seconds)
        if tick.step is not None:
            _log.warning("sealing.clock_step", seconds=tick.step)
            record_step(session, self._opened(), tick.step, text)
        return text


def _as_refusal(error: Exception) -> FiscalError:
    return error if isinstance(error, FiscalError) else SignerBusy(f"sealing failed: {error!r}")
