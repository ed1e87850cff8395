"""The one cleaner of every text that people type, paste or scan.

The browser has the same in `web/static/js/base/text.js`: what a till takes, the server takes. What
papers cannot print (`app/fiscal/printable.py`) is refused after it, never dropped.
"""

import re
import unicodedata
from typing import Final

from app.fiscal.invisible import INVISIBLE

_INVISIBLE: Final = re.compile(f"[{INVISIBLE}]")
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NOT_OF_A_NIF: Final = re.compile(r"[\s_./'\u2019\u00b7\u2010-\u2015\u2212-]")
NIF_SHAPE: Final = re.compile(r"[A-Z][0-9]{7}[A-Z]", re.ASCII)
"""A letter, seven digits, a letter: how the DGI writes a NIF (its MCF protocol has another)."""
_NIF_AT_ALL: Final = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,16}", re.ASCII)


def clean(text: str) -> str:
    """The text as it was meant: NFC, nothing invisible, single spaces, none at the ends."""
    seen = _BLANKS.sub(" ", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", seen).strip(" ")


def has_word(text: str) -> bool:
    """It holds a letter or a digit: a name of signs alone names nobody."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def size(text: str) -> int:
    """What a limit counts: octets of UTF-8, as in the sealed invoice; an é is two of them."""
    return len(text.encode())


def clean_nif(text: str) -> str:
    """A NIF in its one spelling: upper case, no blank, dash, point or invisible character."""
    return _NOT_OF_A_NIF.sub("", unicodedata.normalize("NFKC", clean(text)).upper())


def is_nif(text: str, *, of_the_dgi: bool) -> bool:
    """A clean NIF: of the DGI's shape, or of any number that a tax authority gives."""
    return (NIF_SHAPE if of_the_dgi else _NIF_AT_ALL).fullmatch(text) is not None
