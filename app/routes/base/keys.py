"""Who asks: a bearer key, or somebody who says to be a tablet."""

import asyncio
from typing import Any

from litestar import Request

from app.access import Forbidden, Principal
from app.routes.base.request import parts_of

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


def speaks_by_signature(request: Request[Any, Any, Any]) -> bool:
    """Whether the asker says to be a tablet; who says nothing is asked for a key."""
    return "authorization" not in request.headers and "signature-input" in request.headers
