"""Normalising: what a control module answered becomes a fact of the ledger and a frozen answer."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from app.control.module import (
    Attempt,
    Confirming,
    Normalised,
    NotIssued,
    Refused,
    SealedInvoice,
    Step,
    Unknown,
    weigh_counters,
)
from app.fiscal.canonical import canonical, parse_canonical
from app.fiscal.ledger import parse_entry, sealed_statement
from app.fiscal.normalised import normalised_body, refused_body
from app.services.answers import answer_body, normalisation, refusal
from app.services.facts import append_fact
from app.services.settle import SealingParty
from app.store import ledger as rows
from app.store import outbox
from app.store.engine import Engine, Session, writing
from app.store.outbox import Exchange, Lease
from app.store.tables import ControlAnswer, ControlCall, ControlModuleRow, Delivery

LEASE_SECONDS = 120
"""Longer than any single call; every intent renews it."""

_TOTAL = re.compile(r"[0-9]+/([0-9]+)\b", re.ASCII)
_log = structlog.get_logger()

UNDECIDED = "undecided"
Answer = Normalised | Refused | Unknown | NotIssued


@dataclass(frozen=True, slots=True)
class InFlight:
    """A delivery as read from the store."""

    outlet_id: str
    sale_id: str
    sealed: SealedInvoice


def in_flight(session: Session, delivery: Delivery) -> InFlight:
    """The delivery with the invoice that it carries."""
    row = outbox.sealed_entry(session, delivery)
    statement = sealed_statement(parse_entry(row.entry))
    sealed = SealedInvoice(
        fiscal_number=statement["fiscal_number"],
        reference=statement["reference"],
        entry_hash=row.entry_hash,
        invoice=parse_canonical(row.body),
    )
    return InFlight(delivery.outlet_id, delivery.sale_id, sealed)


class WrittenAttempt(Attempt):
    """The write-ahead of one delivery in the store, fenced by the lease."""

    def __init__(self, engine: Engine, lease: Lease, flight: InFlight) -> None:
        self._engine, self._lease, self._flight = engine, lease, flight

    def intend(self, step: Step, uid: str | None, request: bytes) -> int:
        """The intent is durable and the lease renewed.

        Raises:
            LeaseLost: another worker took the module, or another uid of the sale is confirmed.
        """
        outlet_id, sale_id = self._flight.outlet_id, self._flight.sale_id
        with writing(self._engine) as session:
            module = outbox.held_module(session, self._lease)
            module.expires_at = int(time.time()) + LEASE_SECONDS
            delivery = session.get_one(Delivery, (outlet_id, sale_id))
            if step == "confirm" and uid is not None:
                outbox.confirm_only(session, outlet_id, sale_id, uid)
            if step in {"post", "confirm"} and delivery.state != "in_doubt":
                delivery.state = "submitted" if step == "post" else "confirming"
            delivery.epoch = self._lease.epoch
            number = outbox.next_call(session, outlet_id, sale_id)
            outbox.write_call(session, self._call(number, step, uid, request))
        return number

    def _call(self, number: int, step: Step, uid: str | None, request: bytes) -> ControlCall:
        return ControlCall(
            outlet_id=self._flight.outlet_id,
            sale_id=self._flight.sale_id,
            number=number,
            nim=self._lease.nim,
            step=step,
            uid=uid,
            request=request,
            epoch=self._lease.epoch,
            at=_now(),
        )

    def heard(self, call: int, status: int | None, body: bytes) -> None:
        """The raw answer is durable, whoever holds the lease by now."""
        with writing(self._engine) as session:
            outbox.write_answer(
                session,
                ControlAnswer(
                    outlet_id=self._flight.outlet_id,
                    sale_id=self._flight.sale_id,
                    number=call,
                    status=status,
                    body=body,
                    at=_now(),
                ),
            )


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def confirming_of(exchanges: Sequence[Exchange], uid: str) -> Confirming | None:
    """What was written before the first confirm of that uid; None when no confirm stands."""
    confirms = [e.call for e in exchanges if e.call.step == "confirm" and e.call.uid == uid]
    posts = [e for e in exchanges if e.call.step == "post" and e.answer is not None]
    if not confirms or not posts:
        return None
    post = max(
        (e for e in posts if e.call.number < confirms[0].number), key=lambda e: e.call.number
    )
    return Confirming(
        uid=uid,
        post_request=post.call.request,
        post_answer=post.answer.body if post.answer else b"",
        confirm_request=confirms[0].request,
        seconds_since_post=None,  # of another process: unknown
    )


def total_counter(counters: str) -> int | None:
    """The total of `41/44 FV`, or None when the text is another."""
    match = _TOTAL.match(counters)
    return int(match[1]) if match else None


def record(
    session: Session, party: SealingParty, lease: Lease, flight: InFlight, answer: Answer, now: str
) -> str:
    """The delivery stands where the answer puts it; returns its new state.

    Normalised and refused become an entry of the ledger and the frozen answer, in this
    transaction. Unknown changes nothing but the words for people.

    Raises:
        LeaseLost: another worker took the module; the raw answers stay.
    """
    module = outbox.held_module(session, lease)
    delivery = session.get_one(Delivery, (flight.outlet_id, flight.sale_id))
    if isinstance(answer, Normalised):
        _record_normalised(session, party, flight, answer, now)
        _weigh(session, module, delivery, answer)
        delivery.state, delivery.last_error = "done", None
    elif isinstance(answer, Refused):
        _record_refused(session, party, flight, answer, now)
        delivery.state, delivery.last_error = "done", answer.text
    else:
        _record_unknown(session, delivery, answer, now)
    return delivery.state


def _record_unknown(
    session: Session, delivery: Delivery, answer: Unknown | NotIssued, now: str
) -> None:
    delivery.last_error = answer.reason
    # A sale whose confirm was intended is never posted again by itself.
    if outbox.confirming_uid(session, delivery.outlet_id, delivery.sale_id) is None:
        delivery.state = "pending"
        return
    delivery.state = "in_doubt"
    delivery.doubt_since = delivery.doubt_since or now
    delivery.doubt_reason = answer.reason
    if isinstance(answer, NotIssued):
        delivery.evidence = "none recorded"


def _fact(
    session: Session,
    party: SealingParty,
    flight: InFlight,
    kind: str,
    body: dict[str, str],
    now: str,
) -> rows.RecordedSale:
    """The fact stands in the ledger; returns the sale that it is about."""
    key = (flight.outlet_id, party.series)
    held = rows.lock_heads(session, [key])[key]
    append_fact(session, held, kind, canonical(body), now, about=flight.sealed.fiscal_number)
    return rows.find_sales(session, [(flight.outlet_id, flight.sale_id)])[
        flight.outlet_id, flight.sale_id
    ]


def _freeze(session: Session, sale: rows.RecordedSale, status: str, body: bytes) -> None:
    rows.insert_answers(
        session,
        [{"outlet_id": sale.outlet_id, "sale_id": sale.sale_id, "status": status, "body": body}],
    )


def _record_normalised(
    session: Session, party: SealingParty, flight: InFlight, answer: Normalised, now: str
) -> None:
    body = normalised_body(
        fiscal_number=flight.sealed.fiscal_number,
        entry_hash=flight.sealed.entry_hash,
        module="emcf",
        nim=answer.nim,
        uid=answer.uid,
        request=answer.request,
        answer=answer.answer,
        confirmation=answer.confirmation,
        code_def_dgi=answer.code_def_dgi,
        counters=answer.counters,
        date_time=answer.date_time,
        qr_code=answer.qr_code,
        total=answer.total,
        vat=answer.vat,
    )
    sale = _fact(session, party, flight, "normalised", body, now)
    frozen = answer_body(sale, "normalised", party.verify_host, normalisation=normalisation(body))
    _freeze(session, sale, "normalised", frozen)


def _record_refused(
    session: Session, party: SealingParty, flight: InFlight, answer: Refused, now: str
) -> None:
    body = refused_body(
        sale_id=flight.sale_id,
        fiscal_number=flight.sealed.fiscal_number,
        entry_hash=flight.sealed.entry_hash,
        by=answer.by,
        code=answer.code,
        text=answer.text,
        answer=answer.answer,
    )
    sale = _fact(session, party, flight, "refused", body, now)
    frozen = answer_body(sale, "refused", party.verify_host, refusal=refusal(body))
    _freeze(session, sale, "refused", frozen)


def _weigh(
    session: Session, module: ControlModuleRow, delivery: Delivery, answer: Normalised
) -> None:
    """The counters of a confirmed invoice say what became of the sales in doubt before it."""
    after = total_counter(answer.counters)
    doubts = [
        d
        for d in outbox.queue(session, module.nim, ["in_doubt"])
        if d.evidence is None and d.sale_id != delivery.sale_id
    ]
    if doubts:
        verdict = UNDECIDED
        if after is not None:
            verdict = weigh_counters(len(doubts), module.last_total_counter, after)
        for doubt in doubts:
            doubt.evidence = verdict
        _log.warning("normalise.doubts_weighed", verdict=verdict, sales=len(doubts))
    elif after is not None and module.last_total_counter not in (None, after - 1):
        _log.warning("normalise.counters_jumped", nim=module.nim, after=after)
    if after is not None:  # an answer that was stored long ago may be settled late
        module.last_total_counter = max(after, module.last_total_counter or 0)


def may_send(session: Session, nim: str) -> bool:
    """True when a pending invoice may be sent: no doubt is undecided, at most one was not weighed.

    After a doubt exactly one next invoice is sent; its counters tell what became of the doubt.
    """
    doubts = outbox.queue(session, nim, ["in_doubt"])
    if any(doubt.evidence == UNDECIDED for doubt in doubts):
        return False
    return sum(doubt.evidence is None for doubt in doubts) <= 1
