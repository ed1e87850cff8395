"""Writes the tables of characters of server and browser again.

`python -m tests.vectors.make_characters` writes `app/fiscal/invisible.py` from the Unicode data of
this Python, and `web/static/js/base/characters.js` with it and with what papers can print.
"""

import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

from app.fiscal.printable import PRINTABLE

ROOT: Final = Path(__file__).parents[2]
SERVER: Final = ROOT / "app/fiscal/invisible.py"
BROWSER: Final = ROOT / "web/static/js/base/characters.js"

IGNORED: Final = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point: no renderer shows them. Python's data do not say which they are."""
BLANK: Final = 0x2800
"""Braille with no dot: a symbol that looks like a space."""
SIGNS: Final = frozenset(
    {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
)
"""Cf that is drawn: signs that Arabic, Syriac and Kaithi write around a number."""

_SERVER: Final = '''"""What nobody sees: written by tests/vectors/make_characters.py."""

from typing import Final

UNICODE: Final = "{version}"

INVISIBLE: Final = (
{invisible}
)
"""The inside of a class of a regular expression."""
'''
_BROWSER: Final = """/** Unseen, printable: written by tests/vectors/make_characters.py. */

/** Not seen, and nothing by itself (Unicode {version}): inside a class of a regular expression. */
export const INVISIBLE =
{invisible};

/** What every paper can print, as `app/fiscal/printable.py` says it. */
export const PRINTABLE =
{printable};
"""
Ranges = list[tuple[int, int]]


@cache
def invisible() -> frozenset[int]:
    """Nobody sees them, and they are no characters by themselves."""
    ignored = {code for first, last in IGNORED for code in range(first, last + 1)}
    formats = {
        code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"
    }
    return frozenset(ignored | {BLANK} | (formats - SIGNS))


def ranges(codes: frozenset[int]) -> Ranges:
    """First and last of each run of code points, in order."""
    firsts = sorted(code for code in codes if code - 1 not in codes)
    lasts = sorted(code for code in codes if code + 1 not in codes)
    return list(zip(firsts, lasts, strict=True))


def edges() -> list[int]:
    """Where what papers print begins and ends, in turn."""
    return [edge for first, last in PRINTABLE for edge in (first, last + 1)]


def _pieces(of: Ranges, form: str, wide: str) -> Iterator[str]:
    """Each range as a class of a regular expression writes it."""
    for first, last in of:
        pair = [(form if code < 0x10000 else wide).format(code) for code in (first, last)]
        yield "-".join(dict.fromkeys(pair))


def _lines(pieces: Iterator[str], start: str, end: str) -> str:
    rows = iter(lambda: "".join(islice(pieces, 6)), "")
    return end.join(f'{start}"{row}"' for row in rows)


def files() -> dict[Path, str]:
    """What both files say."""
    version, unseen = unicodedata.unidata_version, ranges(invisible())
    server = _lines(_pieces(unseen, r"\u{:04x}", r"\U{:08x}"), "    ", "\n")
    web = [
        _lines(_pieces(list(of), r"\\u{:04x}", r"\\u{{{:x}}}"), "  ", " +\n")
        for of in (unseen, PRINTABLE)
    ]
    return {
        SERVER: _SERVER.format(version=version, invisible=server),
        BROWSER: _BROWSER.format(version=version, invisible=web[0], printable=web[1]),
    }


def main() -> None:
    """Both files stand."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
