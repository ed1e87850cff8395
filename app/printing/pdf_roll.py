"""The paper as one strip for an 80 mm thermal printer: black, 72 mm of print, 203 dots an inch."""

from typing import Final, assert_never

from app.printing import qr
from app.printing.blocks import (
    Block,
    Evidence,
    Groups,
    ItemLine,
    Items,
    Notice,
    Pair,
    Payments,
    Section,
    Seller,
    Title,
    Totals,
)
from app.printing.faces import BOLD, REGULAR
from app.printing.typeset import BLACK, MM, Align, Pen, fitting, width, wrap

ROLL_WIDTH: Final = 80 * MM
_DOT: Final = 72 / 203
_PRINTED_DOTS: Final = 576
_LEFT: Final = 4 * MM
_RIGHT: Final = ROLL_WIDTH - _LEFT
_ROOM: Final = _RIGHT - _LEFT
_MIDDLE: Final = ROLL_WIDTH / 2
_LEADING: Final = 1.28
_LARGEST_MODULE: Final = 7
_DUPLICATE: Final = "DUPLICATA"


def roll_strip(blocks: tuple[Block, ...]) -> tuple[Pen, float]:
    """The strip and its height in points."""
    strip = _Strip()
    for block in blocks:
        strip.add(block)
    return strip.pen, strip.y + 6 * MM


class _Strip:
    """A pen that moves down the paper; `y` is where the next thing begins."""

    def __init__(self) -> None:
        self.pen = Pen()
        self.y = 5 * MM

    def add(self, block: Block) -> None:
        match block:
            case Seller():
                self._seller(block)
            case Title():
                self._title(block)
            case Notice():
                self._rule()
                self._lines(block.text, BOLD, align="centre")
            case Section():
                self._section(block)
            case Items():
                self._items(block)
            case Groups():
                self._groups(block)
            case Totals():
                self._totals(block)
            case Payments():
                self._payments(block)
            case Evidence():
                self._evidence(block)
            case _:  # pragma: no cover
                assert_never(block)

    def _lines(
        self, text: str, font: str = REGULAR, size: float = 8.5, *, align: Align = "left"
    ) -> None:
        x = {"left": _LEFT, "centre": _MIDDLE, "right": _RIGHT}[align]
        for line in wrap(text, font, size, _ROOM):
            self.y += size * _LEADING
            self.pen.text(x, self.y, line, font, size, align=align, colour=BLACK)

    def _pair(self, pair: Pair, *, bold: str = BOLD, size: float = 8.5) -> None:
        label = f"{pair.label} :"
        used = width(label, REGULAR, size) + width(pair.value, bold, size)
        self._lines(label, REGULAR, size)
        if used + 6 > _ROOM:
            self._lines(pair.value, bold, size)
        else:
            self.pen.text(_RIGHT, self.y, pair.value, bold, size, align="right", colour=BLACK)

    def _row(self, left: str, right: str, font: str = REGULAR, size: float = 8.5) -> None:
        """Two texts on one line where they fit, else one under the other."""
        self._lines(left, font, size)
        if width(left, font, size) + width(right, BOLD, size) + 6 > _ROOM:
            self.y += size * _LEADING
        self.pen.text(_RIGHT, self.y, right, BOLD, size, align="right", colour=BLACK)

    def _rule(self, weight: float = 0.7) -> None:
        self.y += 6
        self.pen.rule(_LEFT, self.y, _RIGHT, weight, BLACK)
        self.y += 2

    def _heading(self, text: str) -> None:
        self._rule()
        self._lines(text, BOLD, 9.5)
        self.y += 1

    def _seller(self, block: Seller) -> None:
        self._lines(block.name, BOLD, 14, align="centre")
        self.y += 1
        for line in block.lines:
            self._lines(line, align="centre")
        for pair in block.pairs:
            self._lines(f"{pair.label} : {pair.value}", align="centre")

    def _title(self, block: Title) -> None:
        self._rule(1.4)
        self._lines(block.text, BOLD, 18, align="centre")
        for mark in block.marks:
            if mark == _DUPLICATE:
                self._stamp(mark)
            else:
                self._lines(mark, BOLD, 14, align="centre")

    def _stamp(self, text: str) -> None:
        self.y += 6
        self.pen.frame(_LEFT + 20, self.y, _ROOM - 40, 27, BLACK)
        self.pen.text(_MIDDLE, self.y + 20, text, BOLD, 20, align="centre", colour=BLACK)
        self.y += 29

    def _section(self, block: Section) -> None:
        if block.role == "document":
            self._rule()
        else:
            self._heading(block.heading)
        for pair in block.pairs:
            self._pair(pair)

    def _items(self, block: Items) -> None:
        self._rule(1.4)
        self._row(block.price_label, "Montant (FC)")
        self._rule()
        for line in block.lines:
            self._item(line)

    def _item(self, line: ItemLine) -> None:
        self.y += 1.5
        self._lines(line.name, BOLD, 9.5)
        self._row(f"{line.quantity} × {line.unit_price}", line.amount)
        self._lines(f"{line.code} · groupe {line.group}", size=8)
        for note in line.notes:
            self._lines(note, size=8)
        self.y += 1.5

    def _groups(self, block: Groups) -> None:
        self._heading("Totaux par groupe (FC)")
        for line in block.lines:
            self._row(f"{line.group} · {line.rate} · Total", line.total, BOLD, 9)
            self._lines(line.label, size=8)
            pairs = [Pair("Base hors TVA", line.base), Pair("TVA", line.vat)]
            if block.taxed:
                pairs.insert(1, Pair("Taxe spécifique", line.specific_tax))
            for pair in pairs:
                self._pair(pair, bold=REGULAR, size=8.5)
            self.y += 2

    def _totals(self, block: Totals) -> None:
        self._rule(1.4)
        for pair in block.pairs:
            self._pair(pair)
        self.y += 3
        label = width(block.total.label, BOLD, 11)
        size = fitting(block.total.value, BOLD, 18, _ROOM - label - 8)
        self.y += 18
        self.pen.text(_LEFT, self.y, block.total.label, BOLD, 11, colour=BLACK)
        self.pen.text(_RIGHT, self.y, block.total.value, BOLD, size, align="right", colour=BLACK)
        self.y += 3
        self._lines(block.words)

    def _payments(self, block: Payments) -> None:
        self._heading("Paiement")
        for line in block.lines:
            self._row(line.label, line.amount)
            for note in line.notes:
                self._lines(note, size=8)

    def _evidence(self, block: Evidence) -> None:
        self._rule(1.4)
        self._lines(block.heading, BOLD, 9.5, align="centre")
        matrix = block.qr.modules
        side = len(matrix)
        # Whole dots, so that no module is a dot wider than its neighbour.
        dots = min(_LARGEST_MODULE, _PRINTED_DOTS // (side + 2 * qr.QUIET))
        module = dots * _DOT
        top = self.y + max(qr.QUIET * module, 4)
        self.pen.symbol(_MIDDLE - side * module / 2, top, module, matrix)
        self.y = top + (side + qr.QUIET) * module
        self._lines(block.qr.caption, size=8, align="centre")
        self.y += 2
        for pair in block.pairs:
            self._pair(pair)
