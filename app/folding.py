"""What stands before what in every list, as `web/static/js/base/folding.js` says it of the till."""

import re
import unicodedata
from typing import Final

_TYPED: Final = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ɗ": "d",
        "þ": "th", "ħ": "h", "ı": "i", "ɩ": "i", "ς": "σ", "ɔ": "o", "ɛ": "e", "ǝ": "e", "ə": "e",
        "ɓ": "b", "ƙ": "k", "ŋ": "ng", "ɣ": "g", "ʋ": "v", "ʊ": "u",
    }
)  # fmt: skip
"""Letters that Unicode does not take apart, as people type them on a French keyboard."""
_PARTS: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?|(?:(?![0-9])[^\W_])+")


def folded(text: str) -> str:
    """Small letters without accents, ligatures apart: "Œufs" and "oeufs" are one word."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).lower())
    letters = (char for char in plain if not unicodedata.category(char).startswith("M"))
    return "".join(letters).translate(_TYPED)


def order_key(text: str) -> str:
    """Texts in the order of their keys stand as in a dictionary, numbers by size."""
    return " ".join(_sized(part) for part in _PARTS.findall(folded(text)))


def _sized(part: str) -> str:
    """A number after those of fewer digits."""
    if not "0" <= part[0] <= "9":
        return part
    whole, _, decimals = part.replace(",", ".").partition(".")
    digits = whole.lstrip("0") or "0"
    return f"{len(digits):02}{digits}" + (f".{decimals}" if decimals else "")
