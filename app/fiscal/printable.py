"""The characters that every paper can print, so that nothing is sealed which no paper can show.

The papers draw them with the faces of `app/printing/faces.py`; a test holds the two together.
Scripts that need joining or run from right to left are not among them, nor what nobody can see.
"""

from bisect import bisect_right
from typing import Final

PRINTABLE: Final = (
    (0x0020, 0x007E),
    (0x00A0, 0x00AC),
    (0x00AE, 0x034E),  # Latin, with the letters and tones of Lingala, Kikongo and Tshiluba
    (0x0350, 0x0377),
    (0x037A, 0x037F),
    (0x0384, 0x038A),
    (0x038C, 0x038C),
    (0x038E, 0x03A1),
    (0x03A3, 0x03E1),
    (0x0400, 0x052F),
    (0x1D00, 0x1DBF),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x202F, 0x205E),
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x2090, 0x209C),
    (0x20A0, 0x20C0),
    (0x2100, 0x215E),
    (0x2190, 0x2193),
    (0x2211, 0x2212),
    (0x2248, 0x2248),
    (0x2260, 0x2260),
    (0x2264, 0x2265),
    (0x2C60, 0x2C7F),
    (0x3001, 0x3003),
    (0x3005, 0x3011),
    (0x3041, 0x3094),
    (0x309D, 0x309E),
    (0x30A1, 0x30F6),
    (0x30FB, 0x30FE),
    (0x4E00, 0x9FA5),  # Chinese
    (0xAC00, 0xD7A3),
    (0xFF01, 0xFF5E),
)
"""First and last code point of each run, in order."""

_FIRST: Final = tuple(first for first, _ in PRINTABLE)


def is_printable(char: str) -> bool:
    """Whether every paper can print that character."""
    code = ord(char)
    place = bisect_right(_FIRST, code) - 1
    return place >= 0 and code <= PRINTABLE[place][1]


def unprintable(text: str) -> str | None:
    """The first character that some paper cannot print, or None."""
    if text.isascii() and text.isprintable():
        return None
    return next((char for char in text if not is_printable(char)), None)
