"""Refusals as RFC 9457 problem documents: a French sentence, the rule, the member.

A browser that asks for a page is told the same sentence on a page.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
)
from litestar.response import Template
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE

from app.access import Forbidden
from app.fiscal.errors import InvalidInvoice, LedgerBroken, SealRefused
from app.routes.base.replies import UNLISTED
from app.routes.base.request import Asked

_log = structlog.get_logger()

PROBLEM = "application/problem+json"
_MACHINES = ("/api/", "/.well-known/", "/schema", "/healthz", "/readyz", "/metrics")
"""Below these addresses nobody is told with a page."""
_SCOPES = {"auth.key": 401, "auth.device": 401}


class NotFound(Exception):
    """Nothing stands at that address, or the asker may not know of it."""


class NotJson(Exception):
    """The body is said to be something else than plain JSON."""


class TooMany(Exception):
    """The asker must wait so many seconds."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"wait {seconds} s")


def problem(
    status: int,
    rule: str,
    title: str,
    *,
    path: str = "",
    detail: str | None = None,
    headers: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
) -> Response[bytes]:
    """A problem document (RFC 9457); `path` is a JSON pointer, `more` are members of its own."""
    document: dict[str, Any] = {
        "type": f"/regles/{rule}",
        "title": title,
        "status": status,
        "rule": rule,
        "path": path,
        "detail": detail or f"Règle {rule}{f', membre {path}' if path else ''}.",
        **(more or {}),
    }
    return Response(
        msgspec.json.encode(document), status_code=status, media_type=PROBLEM, headers=headers or {}
    )


def status_of_rule(rule: str) -> int:
    """The HTTP status of a refusal: 400 for the form, 413 for the size, 422 for the substance."""
    if rule == "format.size":
        return HTTP_413_REQUEST_ENTITY_TOO_LARGE
    return 400 if rule.startswith("format.") else 422


def _invalid(_request: Asked, error: InvalidInvoice) -> Response[bytes]:
    return problem(status_of_rule(error.rule), error.rule, error.detail, path=error.path)


def _forbidden(_request: Asked, error: Forbidden) -> Response[bytes]:
    headers = {"WWW-Authenticate": "Bearer"} if error.rule == "auth.key" else {}
    status = _SCOPES.get(error.rule, 403)
    return problem(status, error.rule, error.detail, path=error.path, headers=headers)


def _seal_refused(_request: Asked, error: SealRefused) -> Response[bytes]:
    _log.error("seal.refused", reason=error.reason, detail=str(error))
    return problem(
        503,
        error.reason,
        "La facture n'a pas pu être scellée. Renvoyez la même vente : elle ne sera pas doublée.",
        headers={"Retry-After": "1"},
    )


def _ledger_broken(_request: Asked, error: LedgerBroken) -> Response[bytes]:
    _log.critical("ledger.broken", detail=str(error))
    return problem(
        503,
        "signer.ledger-broken",
        "Le grand livre de ce point de vente est abîmé. Arrêtez la vente et appelez l'assistance.",
    )


def _not_found(_request: Asked, _error: Exception) -> Response[bytes]:
    return problem(404, "unknown", "Rien ne se trouve à cette adresse.")


def _not_allowed(_request: Asked, error: MethodNotAllowedException) -> Response[bytes]:
    allowed = {name.title(): value for name, value in (error.headers or {}).items()}
    return problem(405, "method", "Cette adresse ne se demande pas ainsi.", headers=allowed)


def _not_json(_request: Asked, _error: NotJson) -> Response[bytes]:
    return problem(
        415,
        "format.json",
        "La demande doit être du JSON, sans compression.",
        detail="Content-Type: application/json, sans Content-Encoding.",
        headers={"Accept-Post": "application/json"},
    )


def _too_many(_request: Asked, error: TooMany) -> Response[bytes]:
    return problem(
        429,
        "rate",
        "Trop de demandes. Attendez un instant.",
        headers={"Retry-After": str(error.seconds)},
    )


def _http(_request: Asked, error: HTTPException) -> Response[bytes]:
    if error.status_code == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
        return problem(413, "format.size", "La demande dépasse 256 Kio.")
    return problem(error.status_code, "http", "La demande n'est pas comprise.", detail=error.detail)


def _unexpected(_request: Asked, error: Exception) -> Response[bytes]:
    _log.exception("request.failed", error=repr(error))
    return problem(500, "server", "Une panne est survenue de notre côté. Réessayez.")


def _for_people(
    refuse: Callable[[Asked, Any], Response[bytes]],
) -> Callable[[Asked, Any], Response[bytes] | Template]:
    """The same refusal, as a page when a browser asked for one."""

    def answer(request: Asked, error: Any) -> Response[bytes] | Template:
        response = refuse(request, error)
        return _page(response) if _wants_page(request) else response

    return answer


def _wants_page(request: Asked) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(
        _MACHINES
    )


def _page(response: Response[bytes]) -> Template:
    document = msgspec.json.decode(response.content)
    return Template(
        "problem.html",
        context={"title": document["title"], "unknown": document["rule"] == "unknown"},
        status_code=document["status"],
        headers={**dict(response.headers), **UNLISTED},
    )


_REFUSALS: dict[int | type[Exception], Any] = {
    InvalidInvoice: _invalid,
    Forbidden: _forbidden,
    SealRefused: _seal_refused,
    LedgerBroken: _ledger_broken,
    NotFound: _not_found,
    NotFoundException: _not_found,
    MethodNotAllowedException: _not_allowed,
    NotJson: _not_json,
    TooMany: _too_many,
    HTTPException: _http,
    Exception: _unexpected,
}

HANDLERS: dict[int | type[Exception], Any] = {
    kind: _for_people(refuse) for kind, refuse in _REFUSALS.items()
}
"""For `Litestar(exception_handlers=…)`."""
