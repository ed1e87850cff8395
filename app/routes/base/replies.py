"""Answers: JSON, kept by nobody where that matters, without `null`."""

from typing import Any, Final

import msgspec
from litestar import Response


def present(**members: Any) -> dict[str, Any]:
    """The members that have a value: the API has no `null`."""
    return {name: value for name, value in members.items() if value is not None}


FRESH: Final = {"Cache-Control": "no-store"}
"""No cache keeps the answer."""
UNLISTED: Final = {**FRESH, "X-Robots-Tag": "noindex"}
"""No cache keeps it, and no search engine lists it."""


def fresh_json(document: Any, status: int = 200) -> Response[bytes]:
    """The document as an answer that no cache keeps."""
    return json_reply(document, status, FRESH)


def json_reply(
    document: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """The document as an answer."""
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    return Response(body, status_code=status, media_type="application/json", headers=headers or {})
