"""What anyone may ask: tax tables, keys, health, and whether an invoice is authentic."""

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from app.fiscal.errors import VerificationFailed
from app.fiscal.ledger import utc_text
from app.fiscal.tables import GROUP_LABELS, TABLES, table_in_force
from app.routes.openapi import VerifyOperation
from app.routes.problems import NotFound, TooMany, problem
from app.routes.till_session import parts_of
from app.services.ledger.answers import normalisation
from app.services.ledger.keys import jwks
from app.services.papers.verifying import Authentic, verify_paper
from app.store.engine import reading

Asked = Request[Any, Any, Any]

CHECKS_PER_MINUTE = 60
"""Of one address at the verification service."""
_MOST_ADDRESSES = 10_000


def _json(document: Any, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(document), media_type="application/json", headers=headers or {}
    )


@get("/api/v1/tax-tables", sync_to_thread=False, summary="Tables fiscales datées", tags=["Tables"])
def tax_tables() -> Response[bytes]:
    """Every dated tax table, and which is in force in Kinshasa now."""
    return _json(
        {
            "in_force": table_in_force(datetime.now(UTC), "Africa/Kinshasa").name,
            "items": [
                {
                    "name": table.name,
                    "in_force_from": table.in_force_from,
                    "groups": [
                        {"group": letter, "label": GROUP_LABELS[letter]}
                        | (
                            {}
                            if table.rates[letter] is None
                            else {"rate": str(table.rates[letter])}
                        )
                        for letter in sorted(table.rates)
                    ],
                }
                for table in TABLES
            ],
        }
    )


@get("/.well-known/jwks.json", summary="Clés publiques des sceaux", tags=["Vérification"])
async def published_keys(request: Asked) -> Response[bytes]:
    """The public keys that seal, with `nbf`, `exp` and `outlets`."""
    engine = parts_of(request).engine

    def read() -> dict[str, Any]:
        with reading(engine) as session:
            return jwks(session)

    document = await asyncio.to_thread(read)
    return _json(document, {"Cache-Control": "public, max-age=300"})


class Bucket:
    """Counts what each address asked in the running minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, address: str) -> None:
        """One more; raises `TooMany` past the limit of the minute."""
        now = int(time.monotonic())
        minute, count = self._counts.get(address, (now // 60, 0))
        if minute != now // 60:
            minute, count = now // 60, 0
        if count >= self._most:
            raise TooMany(60 - now % 60)
        self._counts[address] = (minute, count + 1)
        self._counts.move_to_end(address)
        if len(self._counts) > _MOST_ADDRESSES:
            self._counts.popitem(last=False)


def address_of(request: Asked) -> str:
    """The address that asks."""
    return request.client.host if request.client else ""


async def checked_paper(request: Asked, fiscal_number: str, code: str) -> Authentic | None:
    """The invoice of that number and code, or None; at most so many a minute for one address.

    Raises:
        TooMany: past the limit.
        VerificationFailed: our own store does not hold.
    """
    parts = parts_of(request)
    request.app.state.checks.take(address_of(request))

    def read() -> Authentic | None:
        with reading(parts.engine) as session:
            return verify_paper(session, fiscal_number, code, parts.settings.verify_host)

    return await asyncio.to_thread(read)


@get(
    "/api/v1/verify/{fiscal_number:str}",
    operation_class=VerifyOperation,
    summary="Vérifier une facture par son numéro et son code",
    tags=["Vérification"],
)
async def verify_invoice(request: Asked, fiscal_number: FromPath[str]) -> Response[bytes]:
    """What an authentic paper says; without the right code, the 404 of an unknown number."""
    try:
        found = await checked_paper(request, fiscal_number, request.query_params.get("c", ""))
    except VerificationFailed as error:
        return problem(500, "ledger.broken", "Le grand livre ne tient pas ici.", detail=str(error))
    if found is None:
        raise NotFound
    return _json(authentic_document(found))


def authentic_document(found: Authentic) -> dict[str, Any]:
    """What a stranger with the paper in hand may compare."""
    invoice = found.invoice
    document: dict[str, Any] = {
        "result": "authentic",
        "status": found.status,
        **{name: invoice[name] for name in ("outlet_id", "merchant_nif", "seller", "invoice_type")},
        "totals": invoice["totals"],
        "security": found.security,
    }
    if found.normalised is not None:
        document["normalisation"] = normalisation(found.normalised)
    return document


@get("/healthz", sync_to_thread=False, summary="Le processus vit", tags=["Santé"])
def healthz() -> Response[bytes]:
    """The process answers; `time` is its clock."""
    now = utc_text(datetime.now(UTC))
    return _json({"status": "ok", "time": now}, {"Cache-Control": "no-store"})


@get("/readyz", summary="Le processus peut vendre", tags=["Santé"])
async def readyz(request: Asked) -> Response[bytes]:
    """The store answers and the signer is open; 503 while not."""
    parts = parts_of(request)

    def check() -> None:
        with reading(parts.engine) as session:
            jwks(session)
        parts.sealing.call(lambda party, _now: party.signer.public_jwk()).result(timeout=3)

    try:
        await asyncio.to_thread(check)
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready
        return problem(503, "not-ready", "Le service n'est pas prêt.", detail=type(error).__name__)
    return _json({"status": "ready"}, {"Cache-Control": "no-store"})


ROUTES = (
    tax_tables,
    published_keys,
    verify_invoice,
    healthz,
    readyz,
)
