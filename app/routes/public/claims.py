"""`/r/{outlet}/{code}`: where the holder of a ticket provisoire finds the invoice of the sale."""

import asyncio
from typing import Final

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.routes.base.limits import address_of
from app.routes.base.replies import UNLISTED
from app.routes.base.request import Asked, parts_of
from app.routes.public.typed import typed_code
from app.services.papers.claims import claimed_receipt
from app.store.engine import reading


@get("/r/{outlet_id:str}/{code:str}", include_in_schema=False)
async def claim(
    request: Asked, outlet_id: FromPath[str], code: FromPath[str]
) -> Redirect | Template:
    """To the receipt once the invoice is a legal paper; before, and for strangers, a calm page.

    An address may ask as often as the verification service allows.
    """
    parts = parts_of(request)
    request.app.state.checks.take(address_of(request))

    def read() -> str | None:
        with reading(parts.engine) as session:
            return claimed_receipt(
                session, outlet_id.upper(), typed_code(code), parts.settings.verify_host
            )

    token = await asyncio.to_thread(read)
    if token is None:
        return Template("print/claim.html", headers=UNLISTED)
    return Redirect(f"/recus/{token}", status_code=303, headers=UNLISTED)


ROUTES: Final = (claim,)
