"""`/api/v1/invoices`: a sale in, a sealed invoice out, the same answer for ever."""

import asyncio
import time
from datetime import UTC, datetime

from litestar import Response, get, post, put
from litestar.params import FromPath

from app.access import Forbidden, KnownDevice, Principal, check_sale_scope, check_seller, may
from app.fiscal.day_of_sale import dollar_rate
from app.fiscal.draft import SALE_ID, Draft, read_draft
from app.fiscal.errors import InvalidInvoice
from app.fiscal.invoice import group_documents, tax_draft, totals_document
from app.fiscal.numbering import parse_fiscal_number
from app.fiscal.rules import check_nif, check_payments
from app.fiscal.tables import TaxTable, table_in_force
from app.routes.api.held_sales import held_before, hold
from app.routes.base.bodies import decoded_body
from app.routes.base.keys import bearer, speaks_by_signature
from app.routes.base.openapi.operations import (
    KEY,
    KEY_OR_DEVICE,
    KeyedSaleOperation,
    PreviewOperation,
    ReadOperation,
    SaleOperation,
)
from app.routes.base.problems import NotFound
from app.routes.base.replies import json_reply
from app.routes.base.request import Asked, parts_of
from app.routes.base.signature import signing_device
from app.routes.base.transactions import beside, reading_for
from app.services.ledger.answers import current_answer, minimal
from app.services.ledger.crediting import table_of_draft
from app.services.ledger.submission import check_dollars, check_stopped, check_time, submission
from app.services.shop.clients import PASSER_BY, remember_client
from app.store.ledger.sales import sale_named
from app.store.outlets import OutletFacts

PATIENCE_SECONDS = 4
"""How long an answer waits for the control module before it is a 202."""
LOOK_SECONDS = 0.5
"""Between looks at a sale that another process may normalise."""


@put(
    "/api/v1/invoices/{invoice_id:str}",
    operation_class=SaleOperation,
    security=KEY_OR_DEVICE,
    summary="Émettre une facture",
    tags=["invoices"],
    operation_id="issue_invoice",
)
async def put_invoice(request: Asked, invoice_id: FromPath[str]) -> Response[bytes]:
    """The sale of that id is sealed, once, whatever happens and however often it is sent.

    That of a revoked tablet is kept for the manager instead, readable or not.
    """
    asker = await _asker(request)
    if isinstance(asker, KnownDevice):
        return await hold(request, asker, invoice_id)
    return await _issue(request, asker, invoice_id)


async def _asker(request: Asked) -> Principal | KnownDevice:
    """Who asks, by key or by signature; a tablet itself when it is revoked."""
    if not speaks_by_signature(request):
        return await bearer(request)
    device = await signing_device(request)
    return device if device.revoked else device.principal()


@post(
    "/api/v1/invoices",
    operation_class=KeyedSaleOperation,
    security=KEY,
    summary="Émettre une facture (Idempotency-Key)",
    tags=["invoices"],
    operation_id="issue_invoice_by_key",
)
async def post_invoice(request: Asked) -> Response[bytes]:
    """The same as PUT; the `Idempotency-Key`, a UUID, is the sale id."""
    key = request.headers.get("idempotency-key")
    if key is None:
        raise InvalidInvoice(
            "format.missing", "/Idempotency-Key", "L'en-tête Idempotency-Key manque : un UUID."
        )
    return await _issue(request, await bearer(request), key.strip('"'))


async def _issue(request: Asked, principal: Principal, sale_id: str) -> Response[bytes]:
    parts = parts_of(request)
    draft, outlet = await _read_sale(request, principal, sale_id)
    now = datetime.now(UTC)
    check_time(draft, outlet, now, principal.source)
    waiting = submission(
        draft,
        outlet,
        now,
        source=principal.source,
        submitted_by=principal.name,
        table=await _table_of(request, draft, outlet, now),
    )
    await _check_rate(request, draft, outlet, principal)
    settled = await parts.sealing.submit_from_loop(waiting)
    if draft.client.type != PASSER_BY:
        await beside(request, lambda parts: remember_client(parts.engine, draft))
    if settled.frozen is not None:
        return _answer(request, settled.frozen, created=True, frozen=True)
    parts.wake(outlet.control_module)
    return await _wait(request, (draft.outlet_id, sale_id), created=settled.created)


async def _read_sale(
    request: Asked, principal: Principal, sale_id: str
) -> tuple[Draft, OutletFacts]:
    """The sale that the body says, and its outlet, which is the asker's own."""
    may(principal, "invoices:write")
    draft = read_draft(await decoded_body(request), sale_id)
    outlet = await _outlet_of(request, principal.outlet_id)
    check_sale_scope(
        principal,
        outlet_id=draft.outlet_id,
        merchant_nif=draft.merchant_nif,
        terminal_id=draft.pos_terminal_id,
        known_nif=outlet.merchant_nif,
        known_terminals=outlet.terminals,
    )
    await _check_seller(request, principal, draft, outlet)
    return draft, outlet


async def _check_seller(
    request: Asked, principal: Principal, draft: Draft, outlet: OutletFacts
) -> None:
    """The seller is known; of a sale that is sealed nobody asks it again, since people leave."""
    try:
        check_seller(principal, outlet.people, draft.cashier_id, draft.operator)
    except Forbidden:
        key = (draft.outlet_id, draft.sale_id)
        if await reading_for(request, lambda session: sale_named(session, *key)) is None:
            raise


async def _outlet_of(request: Asked, outlet_id: str) -> OutletFacts:
    """The outlet of that code; raises `NotFound`."""
    outlet: OutletFacts | None = parts_of(request).directory.kept(("outlet", outlet_id))
    if outlet is None:
        outlet = await beside(request, lambda parts: parts.directory.outlet(outlet_id))
    if outlet is None:
        raise NotFound
    return outlet


async def _table_of(request: Asked, draft: Draft, outlet: OutletFacts, now: datetime) -> TaxTable:
    """The table in force, or that of the original of a credit note."""
    if draft.credit is None:
        return table_in_force(now, outlet.zone, outlet.tables)
    return await reading_for(request, lambda session: table_of_draft(session, draft, outlet, now))


async def _check_rate(
    request: Asked, draft: Draft, outlet: OutletFacts, principal: Principal
) -> None:
    if dollar_rate(draft) is not None:
        now, source = datetime.now(UTC), principal.source
        await reading_for(
            request, lambda session: check_dollars(session, draft, outlet, now, source)
        )


async def _wait(request: Asked, key: tuple[str, str], *, created: bool) -> Response[bytes]:
    """The frozen answer as soon as it is there, or a 202 after the patience."""
    parts = parts_of(request)
    waiter = parts.arrivals.expect(key)
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        while True:
            state = await reading_for(request, lambda session: sale_named(session, *key))
            if state is None:
                raise NotFound
            left = end - time.monotonic()
            doubted = state.delivery is not None and state.delivery.state == "in_doubt"
            if state.frozen is not None or doubted or left <= 0:
                answer = current_answer(state, parts.settings.verify_host)
                frozen = state.frozen is not None
                return _answer(request, answer, created=created, frozen=frozen)
            await _changed_within(waiter.changed, min(left, LOOK_SECONDS))
    finally:
        parts.arrivals.leave(key, waiter)


async def _changed_within(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
    event.clear()


def _answer(request: Asked, body: bytes, *, created: bool, frozen: bool) -> Response[bytes]:
    headers = {}
    status = 202
    if frozen:
        status = 201 if created else 200
        if not created:
            headers["Idempotent-Replay"] = "true"
    else:
        headers["Retry-After"] = "1"
    if "return=minimal" in request.headers.get("prefer", "").replace(" ", ""):
        body = minimal(body)
        headers["Preference-Applied"] = "return=minimal"
    return json_reply(body, status, headers)


@post(
    "/api/v1/invoices/preview",
    operation_class=PreviewOperation,
    security=KEY,
    status_code=200,
    summary="Calculer sans rien enregistrer",
    tags=["invoices"],
    operation_id="preview_invoice",
)
async def preview_invoice(request: Asked) -> Response[bytes]:
    """The amounts of a sale; nothing is sealed and nothing stored."""
    principal = await bearer(request)
    draft, outlet = await _read_sale(request, principal, _NO_SALE)
    check_time(draft, outlet, datetime.now(UTC), principal.source)
    check_stopped(draft, outlet)
    check_nif(draft, of_the_dgi=outlet.nif_of_the_dgi)
    table = await _table_of(request, draft, outlet, datetime.now(UTC))
    taxed = tax_draft(draft, table, outlet.ts_order)
    if draft.payments is not None:
        check_payments(draft.payments, taxed.totals.total)
        await _check_rate(request, draft, outlet, principal)
    groups = group_documents(taxed.groups)
    document = {
        "tax_table": table.name,
        "tax_groups": [{"group": letter, **groups[letter]} for letter in groups],
        "totals": totals_document(taxed.totals),
    }
    return json_reply(document)


_NO_SALE = "00000000-0000-0000-0000-000000000000"
"""A preview has no sale id."""


@get(
    "/api/v1/invoices/{invoice_id:str}",
    operation_class=ReadOperation,
    security=KEY_OR_DEVICE,
    summary="Relire une facture",
    tags=["invoices"],
    operation_id="get_invoice",
)
async def get_invoice(request: Asked, invoice_id: FromPath[str]) -> Response[bytes]:
    """The sale of that id or fiscal number, after waiting a little for its control module."""
    principal = await _asker(request)
    if isinstance(principal, KnownDevice):
        return await held_before(request, principal, invoice_id)
    may(principal, "invoices:read")
    if parse_fiscal_number(invoice_id) is None:
        SALE_ID.read(invoice_id, "/id")
    return await _wait(request, (principal.outlet_id, invoice_id), created=False)


ROUTES = (
    preview_invoice,
    put_invoice,
    post_invoice,
    get_invoice,
)
