"""The work of one control module while its lease is held: one act after another, in order.

No thread, no sleep; the clock and chance are given. Whoever drives it (`services.agent`, or a
simulated scheduler) calls `step` again when it says.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from app.control.module import ControlModule
from app.fiscal.ledger import clock_text
from app.services.dgi.attempts import InFlight, WrittenAttempt, confirming_of, in_flight
from app.services.dgi.commits import Commits, OwnCommits
from app.services.dgi.counters import may_send
from app.services.dgi.recording import Answer, Recording, record_all
from app.services.dgi.undecided import Tries
from app.services.ledger.party import Calls, Shared
from app.services.rules import retry
from app.services.rules.policy import Policy, policy_of
from app.store.dgi import deliveries, leases, queues
from app.store.dgi.deliveries import OPEN
from app.store.dgi.leases import Lease
from app.store.dgi.write_ahead import NotNow
from app.store.engine import Engine, Session, reading
from app.store.tables.dgi import ControlModuleRow, Delivery
from app.store.tenancy import EVERYWHERE

READ_AHEAD = 25
"""Invoices read at once while nothing is in doubt."""

POLICY_SECONDS = 5
"""How long a changed rule may stay unseen."""

OnChange = Callable[[str, str], None]
"""Called with (outlet_id, sale_id) when the state of a sale changed."""

_log = structlog.get_logger()


@dataclass(slots=True)
class _Next:
    """What is to be done: recover one, deliver some, or wait."""

    recover: InFlight | None = None
    deliver: list[InFlight] = field(default_factory=list)
    wait: float | None = None


class ModuleWork:
    """Works one control module under that lease."""

    def __init__(
        self,
        engine: Engine,
        sealing: Calls,
        nim: str,
        module: ControlModule,
        lease: Lease,
        *,
        clock: Callable[[], float],
        chance: random.Random,
        on_change: OnChange,
        commits: Commits | None = None,
    ) -> None:
        self._engine, self._sealing, self._nim = engine, sealing, nim
        self._module, self._lease, self._on_change = module, lease, on_change
        self._clock, self._chance = clock, chance
        self._commits = commits or OwnCommits(engine)
        self._ahead: deque[InFlight] = deque()
        self._policy = Policy()
        self._policy_until = 0.0
        self._pace: retry.Pace | None = None

    def step(self) -> float | None:
        """One act (a recovery or one delivery of what is due) is done and recorded.

        Returns the seconds until the next may be due (0: at once), None when nothing waits.

        Raises:
            LeaseLost: another worker took the module; what was heard is stored.
            SealRefused: the trusted time or the head is not to be had; what was heard is stored.
            Unreachable: the database did not answer.
        """
        try:
            return self._step()
        except BaseException:
            self._ahead.clear()
            raise

    def _step(self) -> float | None:
        if not self._ahead:
            with reading(self._engine) as session:
                found = self._look(session)
            if found.recover is not None:
                self._recover(found.recover)
                return 0
            if not found.deliver:
                return found.wait
            self._ahead.extend(found.deliver)
        return self._paced() or self._deliver(self._ahead.popleft())

    def speak_with(self, module: ControlModule) -> None:
        """The next act is done with that one: the same e-MCF, perhaps with a new token."""
        self._module = module

    def release(self) -> None:
        """Another worker may claim the module at once; it keeps our pace."""
        until = None if self._pace is None else int(self._pace.full_at) + 1
        self._commits.write(lambda session: leases.release(session, self._lease, until))

    def _look(self, session: Session) -> _Next:
        now = int(self._clock())
        module = session.get(ControlModuleRow, self._nim)
        # What waits in a copy that was put back may have been sent in the time that it lost.
        if module is None or module.is_paused or queues.in_quarantine(session, self._nim):
            return _Next()
        if module.rest_until > now:
            return _Next(wait=module.rest_until - now)
        self._know(session, module)
        begun = queues.begun(session, self._nim)
        asked = next((queued for queued in begun if _is_due(queued.delivery, now)), None)
        # What was begun comes before what is new: its answer may be here already, and a confirm of
        # it may be recorded; who sent new invoices first would find the order of the outlet broken.
        if asked is not None and not _gives_way(asked.delivery):
            return _Next(recover=in_flight(asked))
        doubts = [queued.delivery for queued in begun]
        # Behind a doubt at most one more invoice goes out: its counters tell whether the one in
        # doubt was recorded, and no second doubt can blur that.
        if may_send(doubts):
            # After a silence one goes alone, too: whatever waited for its answer comes before more.
            alone = doubts or module.failures
            due = self._sendable(session, now, 1 if alone else READ_AHEAD)
            if due:
                return _Next(deliver=due)
        # Nothing may go before the doubt that gave way: so it is asked about once more.
        if asked is not None:
            return _Next(recover=in_flight(asked))
        next_try = queues.next_try(session, self._nim, now)
        return _Next(wait=None if next_try is None else next_try - now)

    def _know(self, session: Session, module: ControlModuleRow) -> None:
        if self._pace is None:
            self._pace = retry.Pace(module.paced_until)
        if self._policy_until <= self._clock():
            self._policy = policy_of(session, queues.outlet_of(session, self._nim) or EVERYWHERE)
            self._policy_until = self._clock() + POLICY_SECONDS

    def _sendable(self, session: Session, seconds: int, count: int) -> list[InFlight]:
        # A refused invoice holds its outlet where the rule says so (the authority's numbers follow
        # ours); only the sale that replaces it may pass.
        held = queues.holding(session, self._nim) if self._policy.refused_holds else []
        due = queues.replacing(session, self._nim, seconds, held) if held else []
        due = due or queues.sendable(session, self._nim, seconds, count, held)
        return [in_flight(queued) for queued in due]

    def _paced(self) -> float:
        """Seconds until the rate limit lets one more go; 0: now, and it is counted."""
        now, rate = self._clock(), self._policy.rate_per_minute
        pace = self._pace or retry.Pace()
        wait = pace.wait(now, rate)
        if wait == 0:
            self._pace = pace.sent(now, rate)
        return wait

    def _deliver(self, flight: InFlight) -> float:
        attempt = WrittenAttempt(self._commits, self._lease, flight, self._clock)
        try:
            answer = self._module.normalise(flight.sealed, attempt)
        # The write-ahead refused the intent (paused, settled by people): nothing was sent.
        except NotNow as reason:
            _log.info("delivering.not_now", sale_id=flight.sale_id, reason=str(reason))
            self._ahead.clear()
            return 0
        state = self._record(flight, answer, attempt)
        if state != "done" or self._policy.refused_holds:
            self._ahead.clear()  # what comes next depends on what happened
        return 0

    def _recover(self, flight: InFlight) -> None:
        with reading(self._engine) as session:
            uid = deliveries.confirming_uid(session, flight.outlet_id, flight.sale_id)
            calls = deliveries.exchanges(session, flight.outlet_id, flight.sale_id)
        confirming = confirming_of(calls, uid) if uid else None
        # No confirm was intended, so the authority cannot have recorded it: it is delivered again.
        if confirming is None:
            self._commits.write(lambda session: self._back(session, flight))
            return
        _log.warning("delivering.recover", sale_id=flight.sale_id, state=flight.state)
        attempt = WrittenAttempt(self._commits, self._lease, flight, self._clock)
        answer: Answer | None = None
        # A worker died between storing the answer and writing it into the ledger: the raw answer
        # settles it, and nothing is asked again.
        for exchange in calls:
            if exchange.call.step == "confirm" and exchange.answer is not None:
                raw = exchange.answer
                answer = answer or self._module.reread(
                    flight.sealed, confirming, raw.status, raw.body
                )
        if answer is None:
            try:
                answer = self._module.recover(flight.sealed, confirming, attempt)
            except NotNow:  # a person settled it a moment ago
                return
        self._record(flight, answer, attempt)

    def _back(self, session: Session, flight: InFlight) -> None:
        """What a dead worker had begun and never confirmed waits again."""
        leases.held_module(session, self._lease)
        row = session.get_one(Delivery, (flight.outlet_id, flight.sale_id))
        if row.state in OPEN:
            at = clock_text(int(self._clock()))
            deliveries.change_state(session, row, "pending", at, epoch=self._lease.epoch)

    def _record(self, flight: InFlight, answer: Answer, attempt: WrittenAttempt) -> str:
        tries = Tries(self._policy, self._chance, self._clock())

        recording = Recording(
            self._lease, flight, answer, tries, attempt.unstored(), attempt.confirm_sent
        )
        try:
            state = self._sealing.write(Shared(recording, record_all), flight.outlet_id).result()
        except BaseException:
            attempt.store_alone()
            raise
        attempt.stored()
        _log.info("delivering.recorded", sale_id=flight.sale_id, state=state)
        self._on_change(flight.outlet_id, flight.sale_id)
        return state


def _is_due(row: Delivery, seconds: int) -> bool:
    """A dead worker left it unfinished, or its doubt is to be asked about again."""
    return row.state in OPEN or 0 < row.next_try <= seconds


def _gives_way(row: Delivery) -> bool:
    """The doubt was asked about in vain: the one next invoice goes first, and may tell more."""
    return row.state not in OPEN and row.attempts > 1 and row.evidence is None
