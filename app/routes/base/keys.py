"""Who asks: a bearer key, or somebody who says to be a tablet."""

from app.access import Forbidden, Principal
from app.routes.base.request import Asked, parts_of
from app.routes.base.transactions import beside

_UNKNOWN = "La clé manque ou n'est pas connue."


async def bearer(request: Asked) -> Principal:
    """The principal of the bearer key.

    Raises:
        Forbidden: `auth.key`.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Forbidden("auth.key", "", _UNKNOWN)
    known: Principal | None = parts_of(request).directory.kept(("key", key))
    principal = known or await beside(request, lambda parts: parts.directory.principal(key))
    if principal is None:
        raise Forbidden("auth.key", "", _UNKNOWN)
    return principal


def speaks_by_signature(request: Asked) -> bool:
    """Whether the asker says to be a tablet; who says nothing is asked for a key."""
    return "authorization" not in request.headers and "signature-input" in request.headers
