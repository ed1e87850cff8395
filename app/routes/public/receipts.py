"""`/recus/{token}`: the receipt as a page, as PDF and as the DGI's QR.

Only its owner knows the address. What a paper finally says never changes, so a browser keeps it
for ever; what may still change is asked again. The PDF is the original once (SFE 1.1.8): after that
it is a DUPLICATA, and no browser keeps the first one.
"""

import asyncio
from dataclasses import replace
from typing import Final

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Template

from app.printing.paper import NoPaper, Paper, check
from app.printing.pdf import a4, roll_80mm
from app.printing.qr import modules, svg_path, svg_side
from app.printing.receipt import receipt_blocks
from app.routes.base.problems import NotFound
from app.routes.base.replies import UNLISTED
from app.routes.base.request import Asked, now, parts_of
from app.routes.base.transactions import beside, reading_for
from app.services.ledger.answers import links
from app.services.papers.prints import is_key, take_original
from app.services.papers.receipts import Receipt, receipt_of

_UNSEEN: Final = {"X-Robots-Tag": "noindex"}
_ONCE: Final = {"Cache-Control": "no-store", **_UNSEEN}


def _kept(found: Receipt) -> dict[str, str]:
    """For ever once the answer of the sale is frozen; before, the DGI's elements may come."""
    age = "max-age=31536000, immutable" if found.status else "no-cache"
    return {"Cache-Control": f"private, {age}", **_UNSEEN}


async def _receipt(request: Asked, token: str) -> Receipt:
    host = parts_of(request).settings.verify_host
    duplicate = request.query_params.get("copie") == "duplicata"

    receipt = await reading_for(
        request, lambda session: receipt_of(session, token, host, duplicate=duplicate)
    )
    if receipt is None:
        raise NotFound
    return receipt


@get("/recus/{name:str}", include_in_schema=False)
async def receipt(request: Asked, name: FromPath[str]) -> Response[bytes] | Template:
    """The receipt as a page; `.pdf` of it (`?format=80mm`: a roll); `.svg`: the DGI's QR.

    `?copie=duplicata` marks it as a copy (clause 1.1.8).
    """
    token, dot, kind = name.partition(".")
    if dot and kind not in {"pdf", "svg"}:
        raise NotFound
    found = await _receipt(request, token)
    if kind == "svg":
        return _qr(found)
    try:
        return await _pdf(request, found) if kind else _page(found)
    except NoPaper:  # SFE 1.1.5: no paper looks legal before it is
        return Template("print/waiting.html", headers=UNLISTED)


def _qr(found: Receipt) -> Response[bytes]:
    """The QR of the DGI, which no invoice has before it is normalised."""
    try:
        check(found.paper)
    except NoPaper as error:
        raise NotFound from error
    if found.paper.normalised is None:
        raise NotFound
    matrix = modules(found.paper.normalised["qr_code"], "M")
    side = svg_side(matrix)
    content = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>'
        f'<path d="{svg_path(matrix)}"/></svg>'
    )
    return Response(content.encode(), media_type="image/svg+xml", headers=_kept(found))


async def _pdf(request: Asked, found: Receipt) -> Response[bytes]:
    on_a_roll = request.query_params.get("format") == "80mm"
    paper, kept = await _first_or_copy(request, found)
    content = await asyncio.to_thread(roll_80mm if on_a_roll else a4, paper)
    marks = ("-80mm" if on_a_roll else "") + ("-duplicata" if paper.duplicate else "")
    name = f"{found.sale.fiscal_number}{marks}.pdf"
    headers = {**kept, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


async def _first_or_copy(request: Asked, found: Receipt) -> tuple[Paper, dict[str, str]]:
    """The original for its tablet, for whoever asks first; else a DUPLICATA."""
    if found.paper.duplicate:
        return found.paper, _kept(found)
    check(found.paper)  # no original is given out before there is one
    key = request.query_params.get("impression", "")
    if key and await reading_for(request, lambda session: is_key(session, found.sale, key)):
        return found.paper, _kept(found)
    first = await beside(request, lambda parts: take_original(parts.engine, found.sale, now()))
    return replace(found.paper, duplicate=not first), _ONCE


def _page(found: Receipt) -> Template:
    address = links(found.sale)
    copy = "copie=duplicata" if found.paper.duplicate else ""
    context = {
        "blocks": receipt_blocks(found.paper),
        "title": f"Facture {found.sale.fiscal_number}",
        "links": {
            "pdf": f"{address['pdf']}{'?' if copy else ''}{copy}",
            "pdf_80mm": f"{address['pdf']}?format=80mm{'&' if copy else ''}{copy}",
            "verify": address["verify"],
        },
    }
    return Template("print/receipt.html", context=context, headers=_kept(found))


ROUTES = (receipt,)
