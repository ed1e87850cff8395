"""`/api/v1/invoices/{id}/prints`: the original of a sale once, and its copies as DUPLICATA."""

from typing import Final

from litestar import Response, put
from litestar.params import FromPath

from app.fiscal.draft import SALE_ID
from app.routes.base.openapi.operations import DEVICE
from app.routes.base.openapi.tablets import PrintOperation
from app.routes.base.problems import NotFound
from app.routes.base.replies import fresh_json
from app.routes.base.request import Asked, now
from app.routes.base.signature import signed_device
from app.routes.base.transactions import beside
from app.services.ledger.answers import links
from app.services.papers.prints import Printed, Wanted, print_paper
from app.store.papers.prints import ORIGINAL

_DUPLICATE: Final = "copie=duplicata"


@put(
    "/api/v1/invoices/{invoice_id:str}/prints/{copy_id:str}",
    operation_class=PrintOperation,
    security=DEVICE,
    summary="Imprimer : l'original une fois (original), une copie par UUID",
    tags=["tablets"],
    operation_id="print_receipt",
)
async def put_print(
    request: Asked, invoice_id: FromPath[str], copy_id: FromPath[str]
) -> Response[bytes]:
    """The paper may be printed: the original (SFE 1.1.8), or the copy that this UUID names.

    It is the same paper however often it is asked for; the invoice is named by its sale id or by
    its fiscal number.
    """
    device = await signed_device(request)
    if copy_id != ORIGINAL:
        SALE_ID.read(copy_id, "/copy")
    wanted = Wanted(device.outlet_id, invoice_id, copy_id, device.device_id)
    printed = await beside(
        request,
        lambda parts: print_paper(parts.engine, wanted, parts.settings.verify_host, now()),
    )
    if printed is None:
        raise NotFound
    return fresh_json(_document(printed), 201 if printed.new else 200)


def _document(printed: Printed) -> dict[str, str]:
    address = links(printed.sale)
    original = printed.copy_id == ORIGINAL and not printed.taken
    paper = f"impression={printed.key}" if original else _DUPLICATE
    return {
        "sale_id": printed.sale.sale_id,
        "copy": printed.copy_id,
        "number": str(printed.number),
        "at": printed.at,
        "paper": f"{address['pdf']}?format=80mm&{paper}",
        "page": address["receipt"] + ("" if original else f"?{_DUPLICATE}"),
    }


ROUTES: Final = (put_print,)
