"""Refusals as RFC 9457 problem documents: a French sentence, the rule, the member.

A browser that asks for a page is told the same sentence on a page.
"""

from collections.abc import Callable
from typing import Any, Final

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
from app.fiscal.errors import InvalidInvoice, LedgerBroken, Quarantined, SealRefused
from app.routes.base.refusal_words import MACHINES, Language, language_of, said
from app.routes.base.replies import UNLISTED
from app.routes.base.request import Asked
from app.store.engine import NoConnectionLeft, Unreachable, is_our_fault

_log = structlog.get_logger()

PROBLEM = "application/problem+json"
MOST_FAULTS: Final = 20
"""Members at fault that one answer names; of more it says how many are left."""
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
    request: Asked,
    status: int,
    rule: str,
    title: str,
    *,
    path: str = "",
    detail: str | None = None,
    headers: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
) -> Response[bytes]:
    """A problem document (RFC 9457) in the asker's language.

    `title` is the French sentence of the case, `path` a JSON pointer; `detail` is the same with
    whatever is at fault, unless another is given; `more` are members of its own.
    """
    language = language_of(request)
    words = said(title, language)
    document: dict[str, Any] = {
        "type": f"/regles/{rule}",
        "title": words,
        "status": status,
        "rule": rule,
        "path": path,
        "detail": detail or f"{_fault(rule, path, words, language)}.",
        **(more or {}),
    }
    told_in = {"Content-Language": language, "Vary": "Accept-Language"}
    return Response(
        msgspec.json.encode(document),
        status_code=status,
        media_type=PROBLEM,
        headers=told_in | (headers or {}),
    )


def _fault(rule: str, path: str, words: str, language: Language) -> str:
    """One member at fault: its pointer, the sentence, the rule."""
    before = f"{path}{' : ' if language == 'fr' else ': '}" if path else ""
    return f"{before}{words.removesuffix('.')} ({rule})"


def status_of_rule(rule: str) -> int:
    """The HTTP status of a refusal: 400 for the form, 413 for the size, 422 for the substance."""
    if rule == "format.size":
        return HTTP_413_REQUEST_ENTITY_TOO_LARGE
    return 400 if rule.startswith("format.") else 422


def _invalid(request: Asked, error: InvalidInvoice) -> Response[bytes]:
    language = language_of(request)
    faults = [(f.rule, f.path, said(f.detail, language)) for f in error.each()]
    detail = " ; ".join(_fault(*fault, language) for fault in faults[:MOST_FAULTS])
    left = "" if len(faults) <= MOST_FAULTS else f" ; + {len(faults) - MOST_FAULTS}"
    return problem(
        request,
        status_of_rule(error.rule),
        error.rule,
        error.detail,
        path=error.path,
        detail=f"{detail}{left}.",
        more={
            "errors": [
                {"rule": rule, "path": path, "detail": words}
                for rule, path, words in faults[:MOST_FAULTS]
            ]
        },
    )


def _forbidden(request: Asked, error: Forbidden) -> Response[bytes]:
    headers = {"WWW-Authenticate": "Bearer"} if error.rule == "auth.key" else {}
    status = _SCOPES.get(error.rule, 403)
    return problem(request, status, error.rule, error.detail, path=error.path, headers=headers)


def _seal_refused(request: Asked, error: SealRefused) -> Response[bytes]:
    _log.error("seal.refused", reason=error.reason, detail=str(error))
    again = {"Retry-After": "1" if error.passing else "60"}
    return problem(request, 503, error.reason, error.sentence, headers=again)


def _ledger_broken(request: Asked, error: LedgerBroken) -> Response[bytes]:
    _log.critical("ledger.broken", detail=str(error))
    return problem(
        request,
        503,
        "signer.ledger-broken",
        "Le grand livre de ce point de vente est abîmé. Arrêtez la vente et appelez l'assistance.",
    )


def _quarantined(request: Asked, error: Quarantined) -> Response[bytes]:
    _log.critical("ledger.quarantine", detail=str(error))
    return problem(
        request,
        503,
        "signer.quarantine",
        "Ce point de vente est en quarantaine : des écritures déjà scellées manquent ici. Rien "
        "n'est scellé, rien n'est perdu ; les ventes restent sur les tablettes. Appelez "
        "l'assistance.",
        headers={"Retry-After": "60"},
    )


def _asked(request: Asked) -> str:
    return f"{request.method} {request.url.path[:200]}"


def _not_found(request: Asked, _error: Exception) -> Response[bytes]:
    return problem(request, 404, "unknown", "Rien ne se trouve à cette adresse.")


def _not_allowed(request: Asked, error: MethodNotAllowedException) -> Response[bytes]:
    allowed = {name.title(): value for name, value in (error.headers or {}).items()}
    return problem(
        request,
        405,
        "method",
        "Cette adresse ne se demande pas ainsi.",
        detail=f"{_asked(request)}. Allow: {allowed.get('Allow', '')}",
        headers=allowed,
    )


def _not_json(request: Asked, _error: NotJson) -> Response[bytes]:
    return problem(
        request,
        415,
        "format.json",
        "La demande doit être du JSON, sans compression.",
        detail="Content-Type: application/json (Content-Encoding: identity).",
        headers={"Accept-Post": "application/json"},
    )


def _too_many(request: Asked, error: TooMany) -> Response[bytes]:
    return problem(
        request,
        429,
        "rate",
        "Trop de demandes. Attendez un instant.",
        detail=f"Retry-After: {error.seconds}",
        headers={"Retry-After": str(error.seconds)},
    )


def _http(request: Asked, error: HTTPException) -> Response[bytes]:
    if error.status_code == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
        return problem(request, 413, "format.size", "La demande dépasse 256 Kio.")
    return problem(
        request, error.status_code, "http", "La demande n'est pas comprise.", detail=error.detail
    )


def _unreachable(request: Asked, error: Unreachable | NoConnectionLeft) -> Response[bytes]:
    """A failover, a full disk, too many at once: whoever asks again soon is served."""
    if isinstance(error, Unreachable) and is_our_fault(error):
        return _unexpected(request, error)
    _log.error("store.unreachable", error=str(getattr(error, "orig", error)))
    return problem(
        request,
        503,
        "store",
        "La base de données ne répond pas. Réessayez dans un instant.",
        headers={"Retry-After": "2"},
    )


def _unexpected(request: Asked, error: Exception) -> Response[bytes]:
    _log.exception("request.failed", error=repr(error))
    return problem(request, 500, "server", "Une panne est survenue de notre côté. Réessayez.")


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
        MACHINES
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
    Quarantined: _quarantined,
    LedgerBroken: _ledger_broken,
    NotFound: _not_found,
    NotFoundException: _not_found,
    MethodNotAllowedException: _not_allowed,
    NotJson: _not_json,
    TooMany: _too_many,
    HTTPException: _http,
    Unreachable: _unreachable,
    NoConnectionLeft: _unreachable,
    Exception: _unexpected,
}

HANDLERS: dict[int | type[Exception], Any] = {
    kind: _for_people(refuse) for kind, refuse in _REFUSALS.items()
}
"""For `Litestar(exception_handlers=…)`."""
