"""A number and a code as a person types them from a paper."""

import re
from typing import Final

CODE: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}", re.ASCII)


_MISREAD: Final = str.maketrans("OIL", "011")
"""Crockford's base32 has none of these letters: people who type them saw the digit."""


def typed_number(text: str) -> str:
    """A fiscal number as people type it: blanks and small letters do no harm."""
    return "".join(text.upper().split())


def typed_code(text: str) -> str:
    """An authentication code as people type it, in its groups of four when it can be one."""
    symbols = re.sub(r"[\s-]", "", text.upper()).translate(_MISREAD)
    if not CODE.fullmatch(symbols):
        return text.strip()
    return "-".join(symbols[n : n + 4] for n in range(0, 16, 4))
