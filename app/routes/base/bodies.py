"""The body of a request of the API: plain JSON, every member once."""

from codecs import BOM_UTF8
from typing import Any, Final

from app.fiscal.canonical import decode
from app.fiscal.errors import DuplicateMember, InvalidInvoice, NotCanonical
from app.fiscal.reading import Text
from app.routes.base.problems import NotJson
from app.routes.base.request import Asked

WORD: Final = Text(64)
"""A short text: an id, a PIN, a member of a key."""


async def decoded_body(request: Asked) -> Any:
    """The value that the body says.

    A body without Content-Type is taken for JSON; a compressed one is refused before it is read,
    so that it cannot unpack to more than the limit. A byte order mark is passed over
    (RFC 8259, 8.1).

    Raises:
        NotJson: it is said to be something else.
        InvalidInvoice: `format.json`, or `format.member` for one that stands twice.
    """
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise NotJson
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotJson
    try:
        return decode((await request.body()).removeprefix(BOM_UTF8))
    except DuplicateMember as error:
        raise InvalidInvoice(
            "format.member", error.path, "Ce membre est écrit deux fois."
        ) from error
    except NotCanonical as error:
        raise InvalidInvoice("format.json", "", f"Ce n'est pas du JSON admis : {error}.") from error
