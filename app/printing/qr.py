"""QR symbols as modules, for a page as one SVG path and for PDF and printers as a matrix.

The mask is fixed: trying all eight costs 22 ms and no reader needs it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, QRData

Level = Literal["L", "M"]
Matrix = tuple[tuple[bool, ...], ...]

QUIET: Final = 4
"""Blank modules that every symbol needs on each side."""

_LEVELS: Final = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M}
_MASK: Final = 3


@lru_cache(maxsize=64)
def modules(payload: str, level: Level) -> Matrix:
    """The symbol as rows of dark modules, without its quiet zone.

    Always byte mode: `;` of DGI's text is not in the alphanumeric set of QR.
    """
    code = QRCode(error_correction=_LEVELS[level], mask_pattern=_MASK, border=0)
    code.add_data(QRData(payload.encode(), mode=MODE_8BIT_BYTE), optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(dark) for dark in row) for row in code.get_matrix())


def runs(matrix: Matrix) -> Iterator[tuple[int, int, int]]:
    """The dark runs of every row as (column, row, length)."""
    for y, row in enumerate(matrix):
        start = 0
        for x, dark in enumerate((*row, False)):
            if not dark:
                if x > start:
                    yield start, y, x - start
                start = x + 1


def svg_path(matrix: Matrix) -> str:
    """The `d` of one SVG path, one unit a module, moved inwards by the quiet zone."""
    return "".join(f"M{x + QUIET} {y + QUIET}h{n}v1h-{n}z" for x, y, n in runs(matrix))


def svg_side(matrix: Matrix) -> int:
    """The side of the SVG's view box in modules, quiet zone included."""
    return len(matrix) + 2 * QUIET
