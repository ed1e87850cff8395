"""Normalising: what a control module answered becomes a fact of the ledger and a frozen answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.control.module import Normalised, NotIssued, Refused, Unknown
from app.fiscal.canonical import canonical
from app.fiscal.normalised import normalised_body, refused_body
from app.services.cases.advice import fix_for
from app.services.dgi.attempts import InFlight
from app.services.dgi.counters import weigh
from app.services.dgi.undecided import Tries, Undecided, note_heard, record_undecided
from app.services.ledger.answers import answer_body, normalisation, refusal
from app.services.ledger.facts import Fact, append_facts
from app.services.ledger.party import SealingParty
from app.services.ledger.replacing import close_others
from app.store.cases.cases import close_case, open_case
from app.store.dgi import deliveries as delivery_rows
from app.store.dgi import leases, queues
from app.store.dgi.deliveries import Change
from app.store.dgi.leases import Lease
from app.store.dgi.write_ahead import Intention, write_ahead
from app.store.engine import Session
from app.store.ledger import entries as rows
from app.store.tables.cases import CaseKind
from app.store.tables.dgi import ControlModuleRow, Delivery, DeliveryState, Ending
from app.store.tables.ledger import Answer as FrozenAnswer

Answer = Normalised | Refused | Unknown | NotIssued


@dataclass(frozen=True, slots=True)
class Recording:
    """An answer on its way into the ledger: whose work it is, and what is known of trying again."""

    lease: Lease
    flight: InFlight
    answer: Answer
    tries: Tries
    unstored: Intention | None
    """Raw answers that no commit holds yet."""
    confirm_sent: bool

    @property
    def key(self) -> tuple[str, str]:
        """The sale: (outlet_id, sale_id)."""
        return self.flight.outlet_id, self.flight.sale_id


@dataclass(frozen=True, slots=True)
class _Frame:
    """What one transaction holds while it records."""

    session: Session
    party: SealingParty
    at: str
    modules: Mapping[str, ControlModuleRow]
    deliveries: Mapping[tuple[str, str], Delivery]
    doubts: Sequence[Delivery]
    """Of all these modules."""
    changes: list[Change] = field(default_factory=list)
    """Written at the end, all at once."""


def record_all(
    session: Session, party: SealingParty, at: str, recordings: Sequence[Recording]
) -> list[DeliveryState]:
    """Each delivery stands where its answer puts it; returns their new states.

    Normalised and refused become entries of the ledger and frozen answers, in this transaction. A
    sale that a person settled meanwhile is left alone. All rows are locked first, and in one order
    for everybody: modules, deliveries, heads.

    Raises:
        LeaseLost: another worker took one of the modules; nothing is written.
    """
    write_ahead(session.connection(), [r.unstored for r in recordings if r.unstored is not None])
    frame = _Frame(
        session,
        party,
        at,
        leases.held_modules(session, [r.lease for r in recordings]),
        delivery_rows.held_deliveries(session, [r.key for r in recordings]),
        queues.doubts(session, [r.lease.nim for r in recordings]),
    )
    held = rows.lock_heads(session, {party.key(r.flight.outlet_id) for r in recordings})
    open_ones = [r for r in recordings if frame.deliveries[r.key].state != "done"]
    _write_facts(frame, held, open_ones)
    for recording in recordings:
        if frame.deliveries[recording.key].state == "done":
            _compare(session, recording.flight, recording.answer, at)
        else:
            _record(frame, recording)
    delivery_rows.change_states(session, frame.changes)
    return [frame.deliveries[r.key].state for r in recordings]


def _write_facts(
    frame: _Frame, held: Mapping[rows.Key, rows.HeldSeries], recordings: Sequence[Recording]
) -> None:
    """What was decided stands in the ledger, and its answer is frozen."""
    facts, frozen = [], []
    for recording in recordings:
        decision = _decision(recording, frame.party.verify_host)
        if decision is None:
            continue
        flight = recording.flight
        key = frame.party.key(flight.outlet_id)
        facts.append(
            Fact(key, decision.kind, canonical(decision.body), flight.sealed.fiscal_number)
        )
        frozen.append(
            rows.answer_row(flight.outlet_id, flight.sale_id, decision.kind, decision.frozen)
        )
    if facts:
        append_facts(frame.session, held, facts, frame.at)
        rows.insert_answers(frame.session, frozen)


def _record(frame: _Frame, recording: Recording) -> None:
    answer, flight = recording.answer, recording.flight
    module, delivery = frame.modules[recording.lease.nim], frame.deliveries[recording.key]
    if isinstance(answer, Normalised):
        _normalised(frame, module, delivery, flight, answer)
    elif isinstance(answer, Refused):
        _refused(frame, module, delivery, flight, answer)
    else:
        series, sent = frame.party.key(flight.outlet_id)[1], recording.confirm_sent
        undecided = Undecided(recording.lease, series, flight, answer, sent)
        record_undecided(frame.session, module, delivery, undecided, recording.tries, frame.at)


def _compare(session: Session, flight: InFlight, answer: Answer, at: str) -> None:
    """A person settled the sale while the authority was being asked: a contradiction is a case."""
    frozen = session.get(FrozenAnswer, (flight.outlet_id, flight.sale_id))
    if isinstance(answer, Normalised) and frozen is not None and frozen.status == "refused":
        text = f"La DGI a confirmé cette facture ({answer.code_def_dgi}), close comme absente."
        open_case(
            session, flight.outlet_id, "difference", flight.sale_id, text=text, fix="dgi", at=at
        )


def _normalised(
    frame: _Frame,
    module: ControlModuleRow,
    delivery: Delivery,
    flight: InFlight,
    answer: Normalised,
) -> None:
    """The invoice is normalised in law; what was open about it is closed."""
    session, at = frame.session, frame.at
    others = [d for d in frame.doubts if d.nim == module.nim and d.sale_id != delivery.sale_id]
    strange = weigh(module, others, answer)
    if strange:
        _tell_of_strangers(session, module, flight.outlet_id, strange, at)
    note_heard(session, module, flight.outlet_id, at)
    delivery.last_error = None
    frame.changes.append(Change(delivery, "normalised", at, epoch=delivery.epoch))
    if delivery.attempts or delivery.doubt_since:
        _close(session, flight.outlet_id, ("failed", "in_doubt"), flight.sale_id, at)
    if answer.remark:  # a paper with a missing element: somebody must look
        where, text = (flight.outlet_id, flight.sale_id), answer.remark
        open_case(session, where[0], "elements", where[1], text=text, fix="dgi", at=at)
    close_others(session, flight.outlet_id, flight.sealed.invoice, at)


def _tell_of_strangers(
    session: Session, module: ControlModuleRow, outlet_id: str, count: int, at: str
) -> None:
    """Somebody else uses the token, or this base is a copy: people must look, and selling goes on.

    An invoice that the merchant made by hand on the authority's portal moves the counter too.
    """
    text = f"La DGI a compté sous {module.nim} des factures que cette base n’a pas : {count}."
    open_case(session, outlet_id, "counters", module.nim, text=text, fix="operator", at=at)


def _refused(
    frame: _Frame,
    module: ControlModuleRow,
    delivery: Delivery,
    flight: InFlight,
    answer: Refused,
) -> None:
    """The refusal is a case for the one who can repair it."""
    session, at = frame.session, frame.at
    note_heard(session, module, flight.outlet_id, at)
    delivery.last_error = answer.text
    frame.changes.append(Change(delivery, "refused", at, answer.text, delivery.epoch))
    if delivery.attempts:
        _close(session, flight.outlet_id, ("failed",), flight.sale_id, at)
    close_others(session, flight.outlet_id, flight.sealed.invoice, at)  # this one is the case
    kind: CaseKind = "difference" if answer.by == "totals" else "refused"
    fix = fix_for(answer.code)
    open_case(session, flight.outlet_id, kind, flight.sale_id, text=answer.text, fix=fix, at=at)


def _close(
    session: Session, outlet_id: str, kinds: tuple[CaseKind, ...], about: str, at: str
) -> None:
    for kind in kinds:
        close_case(session, outlet_id, kind, about, by="system", outcome="La DGI a répondu.", at=at)


@dataclass(frozen=True, slots=True)
class _Decision:
    """A decision as the ledger keeps it, and as the answer of the sale shows it."""

    kind: Ending
    body: dict[str, str]
    frozen: bytes


def _decision(recording: Recording, verify_host: str) -> _Decision | None:
    flight, answer = recording.flight, recording.answer
    if isinstance(answer, Normalised):
        body = _normalised_body(flight, answer)
        shown = {"normalisation": normalisation(body)}
        return _Decision(
            "normalised", body, answer_body(flight.sale, "normalised", verify_host, **shown)
        )
    if isinstance(answer, Refused):
        body = _refused_body(flight, answer)
        shown = {"refusal": refusal(body)}
        return _Decision("refused", body, answer_body(flight.sale, "refused", verify_host, **shown))
    return None


def _normalised_body(flight: InFlight, answer: Normalised) -> dict[str, str]:
    return normalised_body(
        answer,
        fiscal_number=flight.sealed.fiscal_number,
        entry_hash=flight.sealed.entry_hash,
        module="emcf",
    )


def _refused_body(flight: InFlight, answer: Refused) -> dict[str, str]:
    return refused_body(
        sale_id=flight.sale_id,
        fiscal_number=flight.sealed.fiscal_number,
        entry_hash=flight.sealed.entry_hash,
        by=answer.by,
        code=answer.code,
        text=answer.text,
        answer=answer.answer,
    )
