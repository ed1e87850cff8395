"""`/v` and `/verifier`: what a stranger sees who scans the QR of a paper, or types what it says."""

from typing import Any, Final
from urllib.parse import quote

import structlog
from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect, Template

from app.fiscal.codes import INVOICE_TYPES, ZONES
from app.fiscal.errors import FiscalError
from app.fiscal.numbering import parse_fiscal_number
from app.routes.base.problems import TooMany
from app.routes.base.replies import UNLISTED
from app.routes.base.request import Asked
from app.routes.public.typed import CODE, typed_code, typed_number
from app.routes.public.verify_api import checked_paper
from app.services.papers.verifying import Authentic
from app.wording import francs, local_text, sealing_party

_log = structlog.get_logger()


_DGI: Final = {
    "nim": "Module de contrôle (NIM)",
    "counters": "Compteurs de la DGI",
    "date_time": "Date de la DGI",
}
"""What a control module says beside its code; some leave a member out."""

_NO_ERRORS: Final = {"number": "", "code": ""}

EXAMPLE_NUMBER: Final = "KIN01-1-00000105"
EXAMPLE_CODE: Final = "7Q2M-9K0D-4TVX-B31C"


def _page(name: str, context: dict[str, Any], status: int = 200, **headers: str) -> Template:
    examples = {"example_number": EXAMPLE_NUMBER, "example_code": EXAMPLE_CODE}
    return Template(
        f"verify/{name}.html",
        context={"number": "", "code": "", "errors": _NO_ERRORS, **examples, **context},
        status_code=status,
        headers={**UNLISTED, **headers},
    )


@get("/v", include_in_schema=False)
async def seal_page() -> Template:
    """The page that verifies the seal of its fragment in the browser; we never see the fragment."""
    return _page("seal", {"invoice_types": INVOICE_TYPES, "zones": ZONES})


@get("/v/{fiscal_number:str}", include_in_schema=False)
async def paper_page(request: Asked, fiscal_number: FromPath[str]) -> Template:
    """What the authentic paper says, and what DGI says of it.

    Without the right code it is the 404 of an unknown number: nobody learns which numbers exist.
    """
    number, code = typed_number(fiscal_number), typed_code(request.query_params.get("c", ""))
    try:
        found = await checked_paper(request, number, code)
    except TooMany as error:
        after = str(error.seconds)
        return _page("too_many", {"seconds": error.seconds}, 429, **{"Retry-After": after})
    except FiscalError as error:  # whichever step it is: our store is not what we sealed
        _log.critical("verify.store_does_not_hold", fiscal_number=number, error=str(error))
        return _page("modified", {"number": number}, 500)
    if found is None:
        return _page("unknown", {"number": number, "code": code}, 404)
    return _page("authentic", _facts(found))


def _facts(found: Authentic) -> dict[str, Any]:
    """What the paper should say, in the words and the zone of the paper."""
    invoice: dict[str, Any] = found.invoice
    seller, security, normalised = invoice["seller"], found.security, found.normalised or {}
    return {
        "status": found.status,
        "invoice_type": INVOICE_TYPES[invoice["invoice_type"]],
        "total": francs(invoice["totals"]["total"]),
        "date": local_text(security["timestamp"], seller["zone"]),
        "seller": seller,
        "outlet_id": invoice["outlet_id"],
        "merchant_nif": invoice["merchant_nif"],
        "security": security,
        "sealed_by": sealing_party(security["authority_id"]),
        "code_def_dgi": normalised.get("code_def_dgi"),
        "dgi": {label: normalised[name] for name, label in _DGI.items() if name in normalised},
    }


@get("/verifier", include_in_schema=False)
async def typed_page(request: Asked) -> Template | Redirect:
    """The form; once number and code can be those of a paper, the page of that paper."""
    asked = request.query_params
    number, code = typed_number(asked.get("numero", "")), typed_code(asked.get("code", ""))
    typed = "numero" in asked or "code" in asked
    errors = _errors(number, code) if typed else _NO_ERRORS
    wrong = any(errors.values())
    if typed and not wrong:
        address = f"/v/{quote(number)}?c={quote(code)}"
        return Redirect(address, status_code=303, headers=UNLISTED)
    context = {"number": number, "code": code, "errors": errors, "wrong": wrong}
    return _page("by_hand", context, 422 if wrong else 200)


def _errors(number: str, code: str) -> dict[str, str]:
    """A sentence for each field that cannot be what a paper says, empty for one that can."""
    whole = parse_fiscal_number(number) is not None
    complete = CODE.fullmatch(code.replace("-", "")) is not None
    return {
        "number": "" if whole else "Ce n’est pas un numéro fiscal entier.",
        "code": "" if complete else "Ce code n’a pas ses 16 signes.",
    }


ROUTES: Final = [seal_page, paper_page, typed_page]
