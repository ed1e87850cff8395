"""What can be read of the e-MCF's bytes: their charset, their JSON, their words for people.

Everything that decides is ASCII (uid, amounts, codes, QR). So an answer in another charset than
UTF-8, announced or not, is read; only the accents of its sentences may suffer.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

LONGEST_WORDS: Final = 1000
"""Characters of what the authority says to people."""
LONGEST_CODE: Final = 64

_WESTERN: Final = "cp1252"
"""What is called ISO-8859-1 is this, as browsers read it; it has a letter for nearly every byte."""
_CALLED_WESTERN: Final = {"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"}
_ELEMENTS: Final = re.compile(
    rb'"(codeDEFDGI|qrCode|nim|counters|dateTime)"\s*:\s*"([^"\\\x00-\x1f\x7f-\xff]{1,300})"'
)


def decode_answer(body: bytes, charset: str = "") -> Any:
    """The JSON in those bytes, numbers as exact decimals.

    UTF-8 (or what a byte order mark says) where it is that: no other text happens to be. Else the
    charset that the answer names, else the one of western servers.

    Raises:
        ValueError: there is none.
        RecursionError: it is nested beyond reason.
    """
    return json.loads(
        _text_of(body, charset),
        strict=False,  # a raw line break within a sentence hides no code
        parse_float=Decimal,
        parse_int=Decimal,
        parse_constant=_no_constant,
    )


def _text_of(body: bytes, charset: str) -> str:
    named = _WESTERN if charset.lower() in _CALLED_WESTERN else charset
    for encoding in (json.detect_encoding(body), named):
        try:
            return body.decode(encoding)
        except (ValueError, LookupError):  # it is another, or one that nobody knows
            continue
    return body.decode(_WESTERN, "replace")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def loose_elements(body: bytes) -> dict[str, str]:
    """The security elements in an answer that is no JSON: a sentence broke it, or it was cut."""
    return {name.decode(): value.decode() for name, value in _ELEMENTS.findall(body)}


def text_in(members: Mapping[str, Any], name: str) -> str:
    """That member where it is a text, else nothing; every store and paper can hold it."""
    value = members.get(name)
    return clean(value) if isinstance(value, str) else ""


def clean(text: str) -> str:
    """The text without NUL, other controls and halves of characters."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)


def error_in(members: Mapping[str, Any]) -> tuple[str, str] | None:
    """The authority's error code and sentence; a code that is null, empty or 0 is none."""
    given = members.get("errorCode")
    code = clean(str(given)).strip()[:LONGEST_CODE] if given else ""
    if code in {"", "0"}:
        return None
    said = text_in(members, "errorDesc").strip()
    return code, said[:LONGEST_WORDS] or f"Erreur {code} de la DGI."


def problem_words(problem: Mapping[str, Any]) -> str:
    """What a problem document (RFC 9457, or ASP.NET's with `errors`) finds wrong, members named."""
    words = (text_in(problem, "detail") or text_in(problem, "title")).strip()
    members = " ; ".join(_at_fault(problem.get("errors")))
    return " — ".join(part for part in (words, members) if part)[:LONGEST_WORDS]


def _at_fault(errors: object) -> Iterator[str]:
    """Each member at fault with its sentences: `errors` is an object of lists, or of texts."""
    if not isinstance(errors, Mapping):
        return
    for member, said in errors.items():
        sentences = [clean(one) for one in (said if isinstance(said, list) else [said])
                     if isinstance(one, str)]  # fmt: skip
        yield " : ".join(part for part in (clean(member), " ".join(sentences)) if part)
