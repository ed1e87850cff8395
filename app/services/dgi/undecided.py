"""An answer that decides nothing: who waits, for how long, and when a person is called.

Silence is the module's: it rests, its first invoice stays the first, and nobody overtakes; but
after three silences about one invoice the next one goes first, once, as a probe. Where that one was
answered, the silence was the invoice's own, like any "not now": it steps aside until its next try
and the others go on. A refused token is neither: the module rests, and no invoice is nearer to
failing for it.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from app.control.module import NotIssued, Unknown
from app.services.dgi.attempts import InFlight
from app.services.ledger.facts import append_event
from app.services.rules import retry
from app.services.rules.policy import Policy
from app.store.cases.cases import close_case, open_case
from app.store.dgi import deliveries, modules, queues
from app.store.dgi.leases import Lease
from app.store.engine import Session
from app.store.messages.announcements import announce
from app.store.tables.cases import CaseKind, Fixer
from app.store.tables.dgi import ControlModuleRow, Delivery, OpenState
from app.store.tables.messages import EventName

SILENCES_BEFORE_A_PROBE: Final = 3
"""About one and the same invoice; then the next one goes first, once."""

LEAST_ASIDE: Final = 5
"""Seconds: a worker looks at a module that was held no more often than that."""

ACCEPTED = "La DGI accepte le jeton."


@dataclass(frozen=True, slots=True)
class Tries:
    """The rules of trying again, with the time (seconds since 1970) and chance of this moment."""

    policy: Policy
    chance: random.Random
    seconds: float

    def after(self, wait: float) -> int:
        """The first whole second after that wait."""
        return math.ceil(self.seconds + wait)


@dataclass(frozen=True, slots=True)
class Undecided:
    """An answer without a decision, about that invoice."""

    lease: Lease
    series: str
    """Where the facts about it stand."""
    flight: InFlight
    answer: Unknown | NotIssued
    confirm_sent: bool
    """A confirm left in this very delivery; its answer may be what is missing."""

    @property
    def cause(self) -> str:
        """A request that was cancelled is gone too: nothing more can be asked about it."""
        return "gone" if isinstance(self.answer, NotIssued) else self.answer.cause

    @property
    def retry_after(self) -> int | None:
        """What the authority asked for."""
        return None if isinstance(self.answer, NotIssued) else self.answer.retry_after


def record_undecided(
    session: Session,
    module: ControlModuleRow,
    delivery: Delivery,
    undecided: Undecided,
    tries: Tries,
    at: str,
) -> None:
    """Module and delivery wait as the answer says; people are called where it is time."""
    silences = module.failures
    delivery.last_error = undecided.answer.reason
    confirming = deliveries.confirming_uid(session, delivery.outlet_id, delivery.sale_id)
    # Three silences before this one were about this invoice, and the module answered another since:
    # what it does not answer is this invoice. Resting would hold all others for it.
    if confirming is None and silences == 0 and _is_its_own(delivery, undecided):
        _try_again(session, module, delivery, undecided, tries, at, counts=True, aside=True)
        return
    _module_waits(session, module, undecided, tries, at)
    if confirming is not None:
        # A confirm was intended, so the authority may have recorded the invoice although no answer
        # came: posted once more it could stand there twice (I4). So it is only asked about.
        _doubt(session, module, delivery, undecided, tries, at)
    else:
        # Nothing was confirmed: it may be posted again. A silence says nothing of this invoice, so
        # only the first ones of an outage count as tries, until one invoice failed and called a
        # person; else one outage would fail them all.
        silent = undecided.cause == "silence" and (
            silences < tries.policy.max_attempts or not queues.has_failed(session, module.nim)
        )
        counts = silent or undecided.cause == "later"
        aside = undecided.cause == "later"
        _try_again(session, module, delivery, undecided, tries, at, counts=counts, aside=aside)


def _is_its_own(delivery: Delivery, undecided: Undecided) -> bool:
    """Nobody else was met by this silence; one that asks for patience is the platform's word."""
    tried = delivery.attempts >= SILENCES_BEFORE_A_PROBE
    return tried and undecided.cause == "silence" and undecided.retry_after is None


def _module_waits(
    session: Session, module: ControlModuleRow, undecided: Undecided, tries: Tries, at: str
) -> None:
    # A platform that is silent, or knows our token no more, answers no other invoice either: the
    # whole module rests, longer each time, and no queue runs against a closed door.
    if undecided.cause in {"silence", "token"}:
        module.failures += 1
        module.last_error, module.last_error_at = undecided.answer.reason, at
        wait = retry.rest(module.failures, tries.policy, tries.chance, undecided.retry_after)
        module.rest_until = tries.after(wait)
    else:
        note_heard(session, module, undecided.flight.outlet_id, at)
        # It answered that too much of ours is pending there: what nobody confirmed expires within
        # two minutes, so it is left alone about that long, each module for another while.
        if undecided.cause == "busy":
            module.rest_until = tries.after(
                tries.chance.uniform(tries.policy.breaker_seconds / 2, tries.policy.breaker_seconds)
            )
    # No try of ours mends a token: an operator has to put a new one.
    if undecided.cause == "token":
        open_case(
            session,
            undecided.flight.outlet_id,
            "token",
            module.nim,
            text=undecided.answer.reason,
            fix="operator",
            at=at,
        )
    session.add(module)


def note_heard(session: Session, module: ControlModuleRow, outlet_id: str, at: str) -> None:
    """The module gave an answer that can be read.

    After a silence whatever waited because of it is due at once, in its order; after a refused
    token the case about it is closed.
    """
    module.last_heard = at
    if module.failures > 0:
        module.failures, module.rest_until = 0, 0
        modules.all_due(session, module.nim)
        close_case(session, outlet_id, "token", module.nim, by="system", outcome=ACCEPTED, at=at)
    session.add(module)


def _doubt(
    session: Session,
    module: ControlModuleRow,
    delivery: Delivery,
    undecided: Undecided,
    tries: Tries,
    at: str,
) -> None:
    entered = delivery.doubt_since is None
    delivery.attempts += 1
    delivery.doubt_since = delivery.doubt_since or at
    delivery.doubt_reason = undecided.answer.reason
    delivery.next_try = _ask_at(module, delivery, undecided, tries)
    # The authority's list or counters say that it is not there: evidence for the two people who
    # settle the doubt, and for nothing that happens by itself.
    if isinstance(undecided.answer, NotIssued):
        delivery.evidence = "none recorded"
    elif (
        undecided.confirm_sent
        and undecided.cause == "silence"
        and delivery.evidence == "none recorded"
    ):
        # That evidence is older than the confirm just sent, which may have been recorded.
        delivery.evidence = None
    epoch = undecided.lease.epoch
    deliveries.change_state(session, delivery, "in_doubt", at, undecided.answer.reason, epoch)
    if entered:
        outlet_id, sale_id = undecided.flight.outlet_id, undecided.flight.sale_id
        outcome = "La facture est en doute."
        close_case(session, outlet_id, "failed", sale_id, by="system", outcome=outcome, at=at)
        _call(session, undecided, "in_doubt", at)


def _ask_at(
    module: ControlModuleRow, delivery: Delivery, undecided: Undecided, tries: Tries
) -> int:
    """When a doubt is asked about again; never by itself once the authority knows it no more."""
    # The authority has forgotten the request: asking again can bring nothing, people decide.
    if undecided.cause == "gone":
        return 0
    # After so many tries a person was called; it is still asked, slowly, because the duty to report
    # does not lapse (Arrêté 033, art. 7).
    if delivery.attempts >= tries.policy.max_attempts:
        return tries.after(retry.slow(tries.policy, tries.chance))
    wait = retry.backoff(delivery.attempts, tries.policy, tries.chance)
    return max(tries.after(wait), module.rest_until)


def _try_again(
    session: Session,
    module: ControlModuleRow,
    delivery: Delivery,
    undecided: Undecided,
    tries: Tries,
    at: str,
    *,
    counts: bool,
    aside: bool,
) -> None:
    delivery.attempts += counts
    failed = delivery.attempts >= tries.policy.max_attempts
    # A person is called; the tries go on slowly, because the duty to report does not lapse.
    if failed:
        delivery.next_try = tries.after(retry.slow(tries.policy, tries.chance))
    # The answer was about this invoice alone: it steps aside, and the others of its outlet go on.
    elif aside:
        wait = retry.backoff(delivery.attempts, tries.policy, tries.chance)
        delivery.next_try = tries.after(wait)
    # The whole module rests: this one stays the first of its queue.
    else:
        delivery.next_try = module.rest_until
        # Perhaps it is this invoice that gets no answer: the next one tells, while it waits twice.
        if counts and delivery.attempts % SILENCES_BEFORE_A_PROBE == 0:
            delivery.next_try += max(module.rest_until - int(tries.seconds), LEAST_ASIDE)
    state: OpenState = "failed" if failed else "pending"
    epoch = undecided.lease.epoch
    first = failed and not deliveries.has_been(session, delivery, "failed")
    deliveries.change_state(session, delivery, state, at, undecided.answer.reason, epoch)
    if first:
        _call(session, undecided, "failed", at)


class _Calling(NamedTuple):
    """How people are called about an invoice that is not through."""

    event: EventName
    fix: Fixer
    words: str


_CALLINGS: Final[Mapping[CaseKind, _Calling]] = {
    "in_doubt": _Calling(
        "invoice.in_doubt", "manager", "La DGI n'a pas dit si elle a enregistré cette facture."
    ),
    "failed": _Calling(
        "invoice.failed",
        "operator",
        "Les essais d'envoi n'ont pas abouti ; ils continuent, lentement.",
    ),
}


def _call(session: Session, undecided: Undecided, kind: CaseKind, at: str) -> None:
    """A fact of the ledger, a case and an announcement: once per invoice."""
    flight, reason, calling = undecided.flight, undecided.answer.reason, _CALLINGS[kind]
    outlet_id, number = flight.outlet_id, flight.sealed.fiscal_number
    append_event(
        session,
        (outlet_id, undecided.series),
        calling.event,
        calling.words,
        {"reason": reason, "sale_id": flight.sale_id},
        at,
        about=number,
    )
    open_case(session, outlet_id, kind, flight.sale_id, text=reason, fix=calling.fix, at=at)
    facts = {"sale_id": flight.sale_id, "fiscal_number": number, "reason": reason}
    announce(session, outlet_id, calling.event, facts, at)
