"""`/r/{outlet}/{code}`: where the holder of a ticket provisoire finds the invoice of the sale."""

from typing import Final

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.routes.base.limits import address_of
from app.routes.base.replies import UNLISTED
from app.routes.base.request import Asked, parts_of
from app.routes.base.transactions import reading_for
from app.routes.public.typed import typed_code
from app.services.papers.claims import claimed_receipt


@get("/r/{outlet_id:str}/{code:str}", include_in_schema=False)
async def claim(
    request: Asked, outlet_id: FromPath[str], code: FromPath[str]
) -> Redirect | Template:
    """To the receipt once the invoice is a legal paper; before, and for strangers, a calm page.

    An address may ask as often as the verification service allows.
    """
    request.app.state.checks.take(address_of(request))
    typed, host = typed_code(code), parts_of(request).settings.verify_host
    token = await reading_for(
        request, lambda session: claimed_receipt(session, outlet_id.upper(), typed, host)
    )
    if token is None:
        return Template("print/claim.html", headers=UNLISTED)
    return Redirect(f"/recus/{token}", status_code=303, headers=UNLISTED)


ROUTES: Final = (claim,)
