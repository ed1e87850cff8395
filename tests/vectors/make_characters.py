"""Writes the characters that no text of ours holds, for server and browser.

`python -m tests.vectors.make_characters` writes `app/fiscal/characters.py` and
`web/static/js/base/characters.js` again, from the Unicode data of this Python.
"""

import itertools
import re
import sys
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SERVER: Final = ROOT / "app/fiscal/characters.py"
BROWSER: Final = ROOT / "web/static/js/base/characters.js"

IGNORED: Final = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point: no renderer shows them. Python's data do not say which they are."""
BLANK: Final = frozenset({0x2800})
"""Braille with no dot: a symbol that looks like a space."""
SIGNS: Final = frozenset(
    {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
)
"""Cf that is drawn: signs that Arabic, Syriac and Kaithi write around a number."""
NO_CHARACTER: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})

_SAYS: Final = (
    "The characters that no text of ours holds: written by tests/vectors/make_characters.py."
)
_TEMPLATE: Final = '''"""{says}"""

from typing import Final

UNICODE: Final = "{version}"

INVISIBLE: Final = (
{invisible}
)
"""A class of a regular expression: what is not seen and means nothing alone."""

REFUSED: Final = (
{refused}
)
"""Where refused characters begin and end in turn: distances in base 36 from the edge before.

Unassigned and private ones, halves of a pair, controls, line separators, and the invisible ones.
"""
'''
_SCRIPT: Final = """/** {says} */

/**
 * Where refused characters begin and end in turn: distances in base 36 from the edge before.
 * Unicode {version}.
 */
export const REFUSED =
{refused};
"""


_INVISIBLE: Final = frozenset(
    code for first, last in IGNORED for code in range(first, last + 1)
) | frozenset(BLANK)


@cache
def invisible() -> frozenset[int]:
    """Nobody sees them, and they are no characters by themselves."""
    return _INVISIBLE | {code for code in _of({"Cf"}) if code not in SIGNS}


@cache
def refused() -> frozenset[int]:
    """No text of ours holds them."""
    return invisible() | {code for code in _of(NO_CHARACTER) if code not in SIGNS}


def _of(categories: Collection[str]) -> Iterator[int]:
    category = unicodedata.category
    return (code for code in range(sys.maxunicode + 1) if category(chr(code)) in categories)


def edges(codes: frozenset[int]) -> list[int]:
    """Where ranges of these code points begin and end, in turn."""
    return sorted(
        [code for code in codes if code - 1 not in codes]
        + [code + 1 for code in codes if code + 1 not in codes]
    )


def base36(number: int) -> str:
    """The number in base 36, as JavaScript's `parseInt` reads it."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    left, digit = divmod(number, 36)
    return (base36(left) if left else "") + digits[digit]


def distances(codes: frozenset[int]) -> str:
    """The edges, each as its distance from the one before."""
    found = [0, *edges(codes)]
    return " ".join(base36(after - before) for before, after in itertools.pairwise(found))


def ranges(codes: frozenset[int]) -> str:
    """The inside of a class of a regular expression."""
    found = edges(codes)
    pairs = [(first, end - 1) for first, end in zip(found[::2], found[1::2], strict=True)]
    return "".join(
        _escaped(first) + (f"-{_escaped(last)}" if last > first else "") for first, last in pairs
    )


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _lines(text: str, width: int, start: str, end: str) -> str:
    """The text as quoted pieces, each with its blank or escape whole."""
    pieces = re.findall(rf".{{1,{width}}}(?:(?<= )|$)|.+?$", text)
    return "\n".join(f'    {start}"{piece}"{end}' for piece in pieces)


def _class(text: str) -> str:
    pairs = re.findall(r"(?:\\u.{4}|\\U.{8})(?:-(?:\\u.{4}|\\U.{8}))?", text)
    rows = ["".join(pairs[n : n + 6]) for n in range(0, len(pairs), 6)]
    return "\n".join(f'    "{row}"' for row in rows)


def files() -> dict[Path, str]:
    """What both files say."""
    gone = distances(refused())
    version = unicodedata.unidata_version
    script = _lines(gone, 105, "", " +").removesuffix(" +").replace("    ", "  ")
    server = _TEMPLATE.format(
        says=_SAYS,
        version=version,
        invisible=_class(ranges(invisible())),
        refused=_lines(gone, 90, "", ""),
    )
    return {SERVER: server, BROWSER: _SCRIPT.format(says=_SAYS, version=version, refused=script)}


def main() -> None:
    """Both files stand."""
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
