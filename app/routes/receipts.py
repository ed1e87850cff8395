"""`/recus/{token}`: the receipt as a page and as PDF, at an address that only its owner knows."""

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Template

from app.delivery.paper import NoPaper
from app.delivery.pdf import a4, roll_80mm
from app.delivery.receipt import receipt_blocks
from app.routes.problems import NotFound
from app.routes.till_session import parts_of
from app.services.answers import links
from app.services.receipts import Receipt, receipt_of
from app.store.engine import reading

Asked = Request[Any, Any, Any]

_PRIVATE = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}


async def _receipt(request: Asked, token: str) -> Receipt:
    parts = parts_of(request)
    duplicate = request.query_params.get("copie") == "duplicata"

    def read() -> Receipt | None:
        with reading(parts.engine) as session:
            return receipt_of(session, token, parts.settings.verify_host, duplicate=duplicate)

    receipt = await asyncio.to_thread(read)
    if receipt is None:
        raise NotFound
    return receipt


@get("/recus/{name:str}", include_in_schema=False)
async def receipt(request: Asked, name: FromPath[str]) -> Response[bytes] | Template:
    """The receipt as a page, or as PDF when the name ends in `.pdf` (`?format=80mm`: a roll).

    `?copie=duplicata` marks it as a copy (clause 1.1.8).
    """
    token, dot, kind = name.partition(".")
    found = await _receipt(request, token)
    if dot and kind != "pdf":
        raise NotFound
    try:
        return await _pdf(request, found) if kind else _page(found)
    except NoPaper:  # SFE 1.1.5: no paper looks legal before it is
        return Template("print/waiting.html", headers=_PRIVATE)


async def _pdf(request: Asked, found: Receipt) -> Response[bytes]:
    draw = roll_80mm if request.query_params.get("format") == "80mm" else a4
    content = await asyncio.to_thread(draw, found.paper)
    name = f"{found.sale.fiscal_number}.pdf"
    headers = {**_PRIVATE, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


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
    return Template("print/receipt.html", context=context, headers=_PRIVATE)


ROUTES = (receipt,)
