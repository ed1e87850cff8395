"""What the managers' and operators' pages share: who looks, the form that is theirs, fragments.

A page works without scripts: links, forms, and a redirect after each act. With scripts, htmx asks
for the same address every few seconds and is given the part of the page that changes.
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from litestar import MediaType, Response
from litestar.response import Redirect, Template

from app.access import Forbidden
from app.fiscal.errors import SealRefused
from app.fiscal.texts import clean
from app.routes.base.problems import HANDLERS
from app.routes.base.replies import UNLISTED
from app.routes.base.request import SESSION, Asked, now
from app.routes.base.transactions import beside
from app.services.people import managers, operators
from app.services.people.managers import Manager, NotManager
from app.services.people.operators import Operator

_log = structlog.get_logger()

OPERATOR_SESSION: Final = "bono_operator"
CSRF: Final = "jeton"
"""The field of every form that holds the token of its session."""
FORM: Final = "application/x-www-form-urlencoded"
MADE: Final = "Bono-Made"
"""The time of a part, as the page writes it: what a copy says when the server is gone."""
MOST_FIELDS: Final = 100
HEADERS: Final = {**UNLISTED, "Vary": "HX-Request"}

Visitor = Manager | Operator


class NotForYou(Exception):
    """Nobody who may see these pages stands behind the request."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        """Who sells at this till instead."""
        super().__init__("no manager")


class NoOperator(Exception):
    """No operator's session stands behind the request."""


async def manager_of(request: Asked) -> Manager:
    """The manager at whose open till the request was made.

    Raises:
        NotForYou: there is none.
    """
    secret = request.cookies.get(SESSION, "")
    found = await beside(request, lambda parts: managers.standing(parts.engine, secret, now()))
    if isinstance(found, NotManager):
        raise NotForYou(found.name)
    return found


async def operator_of(request: Asked) -> Operator:
    """The operator in whose browser the request was made.

    Raises:
        NoOperator: there is none.
    """
    secret = request.cookies.get(OPERATOR_SESSION, "")
    found = await beside(request, lambda parts: operators.standing(parts.engine, secret, now()))
    if found is None:
        raise NoOperator
    return found


async def form_of(request: Asked, visitor: Visitor) -> dict[str, str]:
    """The fields of a form that this session was given.

    Raises:
        Forbidden: `auth.form`, it was not.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    fields = _fields(await request.body()) if kind == FORM else {}
    if not secrets.compare_digest(fields.get(CSRF, "").encode(), visitor.csrf.encode()):
        raise Forbidden(
            "auth.form",
            "",
            "Cette page est trop ancienne : rien n’a été changé. Rechargez-la, puis recommencez.",
        )
    return fields


def _fields(body: bytes) -> dict[str, str]:
    """What was typed or pasted, as it was meant."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:  # what no browser sends
        return {}
    return {name: clean(value) for name, value in pairs}


def is_fragment(request: Asked) -> bool:
    """Whether htmx asks, for the part that changes."""
    return request.headers.get("hx-request") == "true"


def live(request: Asked, name: str, context: Mapping[str, Any]) -> Response[Any] | Template:
    """The page `{name}.html`, or for htmx its part `{folder}/_{page}.html`; 204 when it shows that.

    The part carries a mark of its own content, which htmx sends back: what a person looks at is
    only touched when something changed.
    """
    folder, _, page = name.rpartition("/")
    part = f"{folder}/_{page}.html"
    environment = request.app.template_engine.engine  # type: ignore[union-attr]
    text = environment.get_template(part).render(**context, mark="")
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    if not is_fragment(request):
        return Template(f"{name}.html", context={**context, "mark": mark}, headers=HEADERS)
    headers = {**HEADERS, MADE: context["clock"].now}
    if request.query_params.get("vu") == mark and not context["done"]:
        return Response(None, status_code=204, headers=headers)
    content = environment.get_template(part).render(**context, mark=mark)
    if context["done"]:
        content += environment.get_template("manage/_done.html").render(done=context["done"])
    return Response(content, media_type=MediaType.HTML, headers=headers)


def page(name: str, context: Mapping[str, Any], status: int = 200) -> Template:
    """A whole page that nobody but the asker may keep."""
    return Template(f"{name}.html", context=dict(context), status_code=status, headers=HEADERS)


def go(path: str) -> Redirect:
    """The act is done: the browser asks for that page."""
    return Redirect(path, status_code=303, headers=HEADERS)


def _closed(request: Asked, template: str, context: Mapping[str, Any]) -> Response[Any] | Template:
    """The page that says whose code is needed; a page that htmx refreshes comes again as that."""
    if is_fragment(request):
        return Response(None, status_code=403, headers={**HEADERS, "HX-Refresh": "true"})
    return page(template, context, 403)


def _no_manager(request: Asked, error: NotForYou) -> Response[Any] | Template:
    return _closed(request, "manage/closed", {"name": error.name})


def _no_operator(request: Asked, _error: NoOperator) -> Response[Any] | Template:
    return _closed(request, "operate/closed", {"spent": False})


def _forbidden(request: Asked, error: Forbidden) -> Response[Any] | Template:
    """A form of another session: htmx fetches the whole page again."""
    answer: Response[Any] | Template = HANDLERS[Forbidden](request, error)
    if is_fragment(request):
        answer.headers["HX-Refresh"] = "true"
    return answer


def _not_written(request: Asked, error: SealRefused) -> Response[Any] | Template:
    """An act that the ledger cannot take is not done."""
    forbidden = Forbidden("signer.busy", "", "Rien n’a été changé : le signataire ne répond pas.")
    _log.error("pages.not_written", reason=error.reason)
    answer: Response[Any] | Template = HANDLERS[Forbidden](request, forbidden)
    answer.status_code = 503
    answer.headers["Retry-After"] = "2"
    return answer


REFUSALS: Final[dict[int | type[Exception], Any]] = {
    NotForYou: _no_manager,
    NoOperator: _no_operator,
    Forbidden: _forbidden,
    SealRefused: _not_written,
}
"""For `Router(exception_handlers=…)`."""


Page = Response[Any] | Template
