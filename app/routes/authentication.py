"""Who asks: a bearer key, or the session of an unlocked till."""

import asyncio
from typing import Any

from litestar import Request

from app.access import Forbidden, Principal
from app.routes.till_session import parts_of, principal_of_till

_UNKNOWN = "La clé manque ou n'est pas connue."


async def bearer(request: Request[Any, Any, Any]) -> Principal:
    """The principal of the bearer key.

    Raises:
        Forbidden: `auth.key`.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Forbidden("auth.key", "", _UNKNOWN)
    directory = parts_of(request).directory
    known: Principal | None = directory.kept(("key", key))
    principal = known or await asyncio.to_thread(directory.principal, key)
    if principal is None:
        raise Forbidden("auth.key", "", _UNKNOWN)
    return principal


async def principal_of(request: Request[Any, Any, Any]) -> Principal:
    """The principal of the bearer key, or of the till's session.

    Raises:
        Forbidden: `auth.key`, or `auth.csrf` from a page that is not ours.
    """
    if "authorization" in request.headers:
        return await bearer(request)
    return await principal_of_till(request)
