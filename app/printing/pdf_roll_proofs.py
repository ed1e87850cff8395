"""The proofs at the foot of a roll: symbols side by side, each with its elements below it."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.printing import qr
from app.printing.blocks import Evidence, Pair
from app.printing.faces import BOLD, REGULAR
from app.printing.strips import LEADING, LEFT, ROOM, Strip, wide
from app.printing.tagged import Role
from app.printing.typeset import BLACK, width, wrap

_DOT: Final = 72 / 203
_PRINTED_DOTS: Final = 576
_LARGEST_MODULE: Final = 5
_SMALLEST_MODULE: Final = 4
"""Dots: half a millimetre is what a cheap telephone reads on thermal paper."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One layer of proof, as wide as its symbol."""

    x: float
    proof: Evidence
    matrix: qr.Matrix
    module: float
    """In points, whole dots."""

    @property
    def side(self) -> float:
        return len(self.matrix) * self.module

    @property
    def wide(self) -> tuple[Pair, ...]:
        """What people copy by hand stands on one line, whatever the width of the symbol."""
        return tuple(pair for pair in self.proof.pairs if self._overflows(pair))

    @property
    def narrow(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.proof.pairs if not self._overflows(pair))

    def _overflows(self, pair: Pair) -> bool:
        return width(pair.value, BOLD, 7.5) > self.side and " " not in pair.value


class ProofStrip(Strip):
    """A strip that knows how to lay out layers of proof."""

    def proofs(self, proofs: list[Evidence]) -> None:
        """Symbols and elements: in columns where their modules stay large enough."""
        symbols = [(proof, proof.qr.modules) for proof in proofs]
        dots = _side_by_side([matrix for _, matrix in symbols])
        self.rule(1.4)
        if dots:
            self._columns(_spread(symbols, dots))
        else:
            for proof, matrix in symbols:
                self._columns(_spread([(proof, matrix)], [_largest(matrix)]))

    def _columns(self, columns: list[_Column]) -> None:
        """Each as wide as its symbol; what is too wide for one stands above them."""
        for column in columns:
            self.flow(column.wide)
        self.y += 1
        top = self._lowest(columns, self._named)
        self.y = top
        self._lowest(columns, self._symbol)

    def _lowest(self, columns: list[_Column], draw: Callable[[_Column], None]) -> float:
        """Where the longest of them ends, and the paper goes on."""
        top, ends = self.y, []
        for column in columns:
            self.y = top
            draw(column)
            ends.append(self.y)
        self.y = max(ends)
        return self.y

    def _named(self, column: _Column) -> None:
        self._column(column, column.proof.heading, BOLD, 8, "H2")

    def _symbol(self, column: _Column) -> None:
        quiet, side = qr.QUIET * column.module, column.side
        top = self.y + quiet
        self.pen.symbol(column.x, top, column.module, column.matrix, column.proof.qr.caption)
        self.y = top + side + quiet
        if column.proof.role == "seal":  # whoever takes the paper home scans this one
            self._column(column, column.proof.qr.caption, REGULAR, 7, "Artifact")
        for pair in column.narrow:
            if wide(pair, 7.5) <= side:
                self.y += 7.5 * LEADING
                self.labelled(column.x, pair, 7.5)
                continue
            self._column(column, f"{pair.label} :", REGULAR, 7, "P")
            self._column(column, pair.value, BOLD, 7.5, "P")

    def _column(self, column: _Column, text: str, font: str, size: float, role: Role) -> None:
        for line in wrap(text, font, size, column.side):
            self.y += size * LEADING
            self.pen.text(column.x, self.y, line, font, size, colour=BLACK, role=role)


def _spread(symbols: list[tuple[Evidence, qr.Matrix]], dots: list[int]) -> list[_Column]:
    """The columns from edge to edge of the paper; one alone stands in its middle."""
    sides = [len(matrix) * size * _DOT for (_, matrix), size in zip(symbols, dots, strict=True)]
    free = ROOM - sum(sides)
    alone = len(symbols) == 1
    x, columns = LEFT + (free / 2 if alone else 0), []
    for (proof, matrix), size, side in zip(symbols, dots, sides, strict=True):
        columns.append(_Column(x, proof, matrix, size * _DOT))
        x += side + (0 if alone else free / (len(symbols) - 1))
    return columns


def _largest(matrix: qr.Matrix) -> int:
    """Whole dots, so that no module is a dot wider than its neighbour."""
    return min(_LARGEST_MODULE, _PRINTED_DOTS // (len(matrix) + 2 * qr.QUIET))


def _side_by_side(matrices: list[qr.Matrix]) -> list[int]:
    """The dots of a module of each symbol in one row, the last as large as fits, or none."""
    sides = [len(matrix) for matrix in matrices]
    if len(sides) < 2:  # noqa: PLR2004 one symbol has no neighbour
        return []
    dots = [_SMALLEST_MODULE] * len(sides)

    def fits() -> bool:
        apart = 2 * qr.QUIET * max(dots) * (len(sides) - 1)
        used: int = sum(map(operator.mul, sides, dots))
        return used + apart <= _PRINTED_DOTS

    if not fits():
        return []
    for place in range(len(sides)):
        while dots[place] < _LARGEST_MODULE and fits():
            dots[place] += 1
        if not fits():
            dots[place] -= 1
    return dots
