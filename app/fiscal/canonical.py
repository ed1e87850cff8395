"""Canonical JSON: RFC 8785 restricted to objects, arrays and strings that are not empty.

While member names are ASCII and there are no numbers, sorted compact JSON is RFC 8785 byte for
byte.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from app.fiscal.errors import DuplicateMember, NotCanonical

MAX_DEPTH: Final = 32
"""Objects and arrays within each other; our deepest document has a quarter of it."""

_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
).encode


def _check(value: object, depth: int) -> None:
    if type(value) is str:
        if not value:
            raise NotCanonical("an empty string; what is absent is an absent member")
    elif depth == 0:
        raise NotCanonical(f"nested deeper than {MAX_DEPTH}")
    elif type(value) is dict:
        for name, member in value.items():
            if type(name) is not str or not name.isascii():
                raise NotCanonical(f"a member name that is not ASCII text: {name!r}")
            if type(member) is not str or not member:  # most are text: no call for those
                _check(member, depth - 1)
    elif type(value) is list:
        for member in value:
            _check(member, depth - 1)
    else:
        raise NotCanonical(
            f"a {type(value).__name__}; only objects, arrays and strings are allowed"
        )


def canonical(document: object) -> bytes:
    """The canonical bytes of a document of objects, arrays and non-empty strings.

    Raises:
        NotCanonical: for null, numbers, booleans, empty strings, member names that are not ASCII,
            text with lone surrogates, and nesting beyond `MAX_DEPTH`.
    """
    _check(document, MAX_DEPTH)
    try:
        return _encode(document).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("a lone surrogate is no character") from error


def digest(data: bytes) -> str:
    """SHA-256 in 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


class _Twice(Exception):
    """Some object has a member twice."""


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise _Twice
    return document


class _Pairs(list[tuple[str, Any]]):
    """An object as it was written, members in order."""


def _duplicate_path(value: object, path: str = "") -> str | None:
    """The JSON pointer of the first member that stands twice."""
    if isinstance(value, _Pairs):
        seen = set()
        for name, member in value:
            here = f"{path}/{pointer_name(name)}"
            if name in seen:
                return here
            seen.add(name)
            if (found := _duplicate_path(member, here)) is not None:
                return found
    elif isinstance(value, list):
        for n, element in enumerate(value):
            if (found := _duplicate_path(element, f"{path}/{n}")) is not None:
                return found
    return None


LONGEST_NAME = 64
"""Characters of a member's name that a refusal repeats."""


def pointer_name(name: str) -> str:
    """A member name inside a JSON pointer (RFC 6901), cut where it is too long to repeat."""
    return name[:LONGEST_NAME].replace("~", "~0").replace("/", "~1")


def _twice(data: bytes) -> NotCanonical:
    """The refusal of bytes in which some member stands twice, if the rest is JSON at all."""
    try:
        written = json.loads(data.decode(), object_pairs_hook=_Pairs)
        return DuplicateMember(_duplicate_path(written) or "")
    except (ValueError, RecursionError) as error:
        return NotCanonical(f"not JSON: {error}")


def _refuse_constant(name: str) -> None:
    raise NotCanonical(f"{name} is not JSON")


def decode(data: bytes) -> Any:
    """The value that these bytes of JSON say, with every member standing once.

    Raises:
        DuplicateMember: a member stands twice in its object.
        NotCanonical: not UTF-8, not JSON, NaN or Infinity, or nested too deep.
    """
    try:
        return json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_refuse_constant)
    except _Twice:
        raise _twice(data) from None
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"not JSON: {error}") from error


def parse_canonical(data: bytes) -> dict[str, Any]:
    """The object that these canonical bytes say; any other spelling of it is refused.

    Raises:
        NotCanonical: when the bytes are not the canonical form of an object.
    """
    document = decode(data)
    if type(document) is not dict or canonical(document) != data:
        raise NotCanonical("the bytes are not the canonical form of an object")
    return document
