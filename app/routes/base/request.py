"""What the routes of a till share: the parts, the instant, the cookie, answers never cached."""

from datetime import UTC, datetime
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from app.process import Parts

Asked = Request[Any, Any, Any]

SESSION: Final = "bono_session"


def parts_of(request: Asked) -> Parts:
    """What this process is made of."""
    parts: Parts = request.app.state.parts
    return parts


def cookie(request: Asked, name: str, value: str) -> Cookie:
    """A cookie that no script can read and no other site can send."""
    return Cookie(
        key=name,
        value=value,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def now() -> datetime:
    """The instant of this request."""
    return datetime.now(UTC)
