"""Settling: what waits is sealed, appended and queued for its control module, in one transaction.

The happy path and the crash recovery are the same: a sale that the ledger holds is found, one that
it does not hold is sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.fiscal.canonical import digest
from app.fiscal.draft import Credit, Draft
from app.fiscal.errors import FiscalError, InvalidInvoice, LedgerBroken, SignerBusy
from app.fiscal.ledger import Head, NextInvoice, next_invoice, utc_time
from app.fiscal.rules import check_nif
from app.fiscal.seal import invoice_statement
from app.services.ledger.answers import answer_body
from app.services.ledger.crediting import check_what_is_left, original_of, table_for
from app.services.ledger.party import (
    Sealed,
    SealingParty,
    check_last,
    check_may_grow,
    seal_entry,
)
from app.services.ledger.replacing import check_replaced
from app.services.ledger.submission import Prepared, Submission, check_stopped, compose, prepare
from app.store.dgi import deliveries as delivery_rows
from app.store.engine import Session
from app.store.ledger import entries as rows
from app.store.ledger.sales import RecordedSale, find_sales, invoice_row
from app.store.tables.dgi import queued_from


@dataclass(frozen=True, slots=True)
class Settled:
    """A sale that the ledger holds.

    `created` is true for the one submission that caused it. `frozen` is the answer when this
    very transaction froze it.
    """

    sale: RecordedSale
    created: bool
    frozen: bytes | None = None


@dataclass(slots=True)
class _Batch:
    """What one transaction will write."""

    entries: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    heads: dict[rows.Key, Head]
    sealed: dict[rows.Key, RecordedSale]


def settle(
    session: Session, party: SealingParty, work: Sequence[Submission], timestamp: str
) -> list[Settled | FiscalError]:
    """Each submission is sealed once, or found, or refused; one transaction for all of them.

    `timestamp` is the trusted time. The caller commits. A sale that fails leaves the batch with its
    error and the others go on.
    """
    held = rows.lock_heads(session, (party.key(s.draft.outlet_id) for s in work))
    for series in held.values():
        _check_head(session, series, party)
    found = find_sales(session, ((s.draft.outlet_id, s.draft.sale_id) for s in work))
    batch = _Batch([], [], [], {key: series.head for key, series in held.items()}, dict(found))
    outcomes = [_settle_one(session, party, s, timestamp, batch) for s in work]
    rows.insert_entries(session, batch.entries)
    rows.insert_answers(session, batch.answers)
    delivery_rows.insert_deliveries(session, batch.deliveries)
    rows.save_heads(session, (h for k, h in batch.heads.items() if h is not held[k].head))
    return outcomes


def _check_head(session: Session, series: rows.HeldSeries, party: SealingParty) -> None:
    head = series.head
    check_may_grow(series)
    if series.authority != party.signer.authority:
        raise LedgerBroken(f"series {head.series} of {head.outlet_id} belongs to another party")
    check_last(session, head)


def _settle_one(
    session: Session,
    party: SealingParty,
    submitted: Submission,
    timestamp: str,
    batch: _Batch,
) -> Settled | FiscalError:
    try:
        return _sealed_or_found(session, party, submitted, timestamp, batch)
    except FiscalError as error:
        return error


def _sealed_or_found(
    session: Session,
    party: SealingParty,
    submitted: Submission,
    timestamp: str,
    batch: _Batch,
) -> Settled:
    draft = submitted.draft
    known = batch.sealed.get((draft.outlet_id, draft.sale_id))
    if known is not None:
        return replay(known, draft)
    key = party.key(draft.outlet_id)
    if key not in batch.heads:
        raise SignerBusy(f"the outlet {draft.outlet_id} has no series {key[1]}")
    head = batch.heads[key]
    at = max(timestamp, head.timestamp)
    prepared = _judged_by_ledger(session, submitted, at, batch)
    return _seal(party, submitted, prepared, head, at, batch)


def replay(known: RecordedSale, draft: Draft) -> Settled:
    """The same sale again.

    Raises:
        InvalidInvoice: `id.conflict` when the same id came with another content.
    """
    if known.request_hash != draft.request_hash:
        raise InvalidInvoice(
            "id.conflict", "/sale_id", "Cette vente existe déjà avec un autre contenu."
        )
    return Settled(known, created=False)


def _judged_by_ledger(session: Session, submitted: Submission, at: str, batch: _Batch) -> Prepared:
    draft, outlet = submitted.draft, submitted.outlet
    check_stopped(draft, outlet)
    check_nif(draft, of_the_dgi=outlet.nif_of_the_dgi)
    check_replaced(session, draft, batch.entries)
    original = original_of(session, draft, outlet)
    table = table_for(original, outlet, utc_time(at))
    prepared = submitted.prepared
    if table.name != prepared.table.name:  # the year turned between the request and the seal
        prepared = prepare(draft, outlet, table, submitted.source, submitted.submitted_by)
    if original is None or draft.credit is None:
        return prepared
    check_what_is_left(session, prepared.invoice, original, batch.entries)
    return compose(
        replace(draft, credit=Credit(draft.credit.nature, original.name)),
        outlet,
        prepared.table,
        prepared.taxed,
        submitted.source,
        submitted.submitted_by,
        original.code,
    )


def _seal(
    party: SealingParty,
    submitted: Submission,
    prepared: Prepared,
    head: Head,
    at: str,
    batch: _Batch,
) -> Settled:
    outlet = submitted.outlet
    taken = next_invoice(head, at, outlet.zone)
    statement = invoice_statement(
        prepared.invoice,
        authority=party.signer.authority,
        fiscal_number=taken.fiscal_number,
        reference=taken.reference,
        timestamp=at,
        payload=digest(prepared.body),
        previous=head.entry_hash,
    )
    sealed = seal_entry(party, head, "invoice", statement, prepared.body, taken)
    sale = _recorded(submitted, sealed, taken, prepared.body)
    row = invoice_row(
        sealed.appended,
        sale,
        about=prepared.invoice.get("credit", {}).get("original"),
        replaces=submitted.draft.replaces,
    )
    batch.entries.append(row)
    batch.heads[party.key(outlet.outlet_id)] = sealed.appended.head
    batch.sealed[outlet.outlet_id, sale.sale_id] = sale
    frozen = _what_follows(party, submitted, sale, at, batch)
    return Settled(sale, created=True, frozen=frozen)


def _recorded(
    submitted: Submission, sealed: Sealed, taken: NextInvoice, body: bytes
) -> RecordedSale:
    appended = sealed.appended
    return RecordedSale(
        outlet_id=appended.entry.outlet_id,
        sale_id=submitted.draft.sale_id,
        series=appended.entry.series,
        position=appended.entry.position,
        request_hash=submitted.draft.request_hash,
        fiscal_number=taken.fiscal_number,
        auth_code=sealed.auth_code,
        receipt_token=submitted.receipt_token,
        entry=appended.entry_bytes,
        entry_hash=appended.entry_hash,
        body=body,
    )


def _what_follows(
    party: SealingParty, submitted: Submission, sale: RecordedSale, at: str, batch: _Batch
) -> bytes | None:
    """An outbox row for the control module, or, without one, the frozen answer."""
    nim = submitted.outlet.control_module
    if nim is None:
        frozen = answer_body(sale, "sealed", party.verify_host)
        batch.answers.append(rows.answer_row(sale.outlet_id, sale.sale_id, "sealed", frozen))
        return frozen
    batch.deliveries.append(
        {
            "outlet_id": sale.outlet_id,
            "sale_id": sale.sale_id,
            "nim": nim,
            "series": sale.series,
            "position": sale.position,
            "queued": queued_from(int(utc_time(at).timestamp())),
            "state": "pending",
            "epoch": 0,
        }
    )
    return None


def known_sales(session: Session, work: Sequence[Submission]) -> list[Settled | FiscalError | None]:
    """What the ledger says of submissions whose commit had no answer; None: not there.

    A submission caused the sale when the receipt's secret address is its own.
    """
    found = find_sales(session, ((s.draft.outlet_id, s.draft.sale_id) for s in work))

    def of(submitted: Submission) -> Settled | FiscalError | None:
        known = found.get((submitted.draft.outlet_id, submitted.draft.sale_id))
        if known is None:
            return None
        caused = known.receipt_token == submitted.receipt_token
        try:
            return replace(replay(known, submitted.draft), created=caused)
        except InvalidInvoice as error:
            return error

    return [of(submitted) for submitted in work]
