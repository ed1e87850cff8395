"""The two cookies of a till: the terminal's, for years, and the session's, until it is closed."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from app.access import Forbidden, Principal
from app.services import terminals
from app.services.parts import Parts
from app.store.accounts import OpenTill

Asked = Request[Any, Any, Any]

TERMINAL = "bono_terminal"
SESSION = "bono_session"
YEARS_SECONDS = 400 * 24 * 3600
"""As long as a browser keeps a cookie."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def parts_of(request: Asked) -> Parts:
    """What this process is made of."""
    parts: Parts = request.app.state.parts
    return parts


def cookie(request: Asked, name: str, value: str, max_age: int | None = None) -> Cookie:
    """A cookie that no script can read and no other site can send."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


async def till_of(request: Asked) -> OpenTill | None:
    """The open till that the cookies name, or None."""
    session, terminal = request.cookies.get(SESSION), request.cookies.get(TERMINAL)
    if not session or not terminal:
        return None
    engine = parts_of(request).engine
    return await asyncio.to_thread(terminals.open_till, engine, session, terminal)


async def open_till_of(request: Asked) -> OpenTill:
    """The open till that the cookies name.

    Raises:
        Forbidden: `auth.key` when nobody has opened it.
    """
    till = await till_of(request)
    if till is None:
        raise Forbidden("auth.key", "", "La caisse est fermée. Ouvrez-la avec votre code.")
    return till


def check_csrf(expected: str, given: str | None) -> None:
    """The request comes from a page of ours.

    Raises:
        Forbidden: `auth.csrf`.
    """
    if not secrets.compare_digest(expected.encode(), (given or "").encode()):
        raise Forbidden("auth.csrf", "", "Cette page n'est plus à jour. Rechargez-la.")


async def principal_of_till(request: Asked) -> Principal:
    """The terminal that asks by its session cookie; a request that changes something proves it.

    Raises:
        Forbidden: `auth.key` or `auth.csrf`.
    """
    till = await open_till_of(request)
    if request.method not in _SAFE:
        check_csrf(till.csrf_token, request.headers.get("x-csrf-token"))
    return terminals.principal_of_till(till)


def now() -> datetime:
    """The instant of this request."""
    return datetime.now(UTC)
