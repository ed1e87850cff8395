"""The paper as a strip for an 80 mm thermal printer: black, 72 mm of print, 203 dots an inch.

Paper costs: short facts share a line, and the two symbols stand side by side.
"""

from typing import Final, assert_never

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
from app.printing.pdf_roll_proofs import ProofStrip
from app.printing.strips import LEADING, LEFT, LONGEST, MIDDLE, RIGHT, ROOM
from app.printing.typeset import BLACK, Pen, fitting, width, wrap

_DUPLICATE: Final = "DUPLICATA"
_GAP: Final = 8
"""Points between two texts on one line."""


def roll_strips(blocks: tuple[Block, ...]) -> list[tuple[Pen, float]]:
    """The strips and their heights in points; a second one only where no PDF holds the first."""
    strip = _Roll(next(block.across for block in blocks if isinstance(block, Title)))
    for block in blocks:
        strip.add(block)
    strip.proofs([block for block in blocks if isinstance(block, Evidence)])
    return strip.ended()


class _Roll(ProofStrip):
    """The blocks of one paper, laid out for a roll."""

    def add(self, block: Block) -> None:  # noqa: C901 one case for each kind of block
        if self.y > LONGEST:
            self.turn()
        match block:
            case Seller():
                self._seller(block)
            case Title():
                self._title(block)
            case Notice():
                self.rule()
                self.lines(block.text, BOLD, align="centre")
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
                pass  # the proofs stand side by side at the end
            case _:  # pragma: no cover
                assert_never(block)

    def _seller(self, block: Seller) -> None:
        self.lines(block.name, BOLD, 13, align="centre")
        for line in block.lines:
            self.lines(line, align="centre")
        self.flow(block.pairs)

    def _title(self, block: Title) -> None:
        self.rule(1.4)
        self.lines(block.text, BOLD, 16, align="centre", role="H1")
        for mark in block.marks:
            if mark == _DUPLICATE:
                self._stamp(mark)
            else:
                self.lines(mark, BOLD, 13, align="centre")

    def _stamp(self, text: str) -> None:
        self.y += 6
        self.pen.frame(LEFT + 20, self.y, ROOM - 40, 27, BLACK)
        self.pen.text(MIDDLE, self.y + 20, text, BOLD, 20, align="centre", colour=BLACK)
        self.y += 29

    def _section(self, block: Section) -> None:
        first, *others = block.pairs
        match block.role:
            case "document":
                self.rule()
            case "client":  # one line less: what kind of client it is stands beside the word
                self.rule()
                first = Pair(block.heading, first.value)
            case _:
                self.heading(block.heading)
        self.flow((first, *others))

    def _items(self, block: Items) -> None:
        self.rule(1.4)
        self.row(f"{block.count_label} · {block.price_label}", "Montant (FC)", size=8)
        self.rule()
        for line in block.lines:
            if self.y > LONGEST:
                self.turn()
            self._item(line)

    def _item(self, line: ItemLine) -> None:
        self.y += 1
        self.lines(line.name, BOLD, 9)
        facts = f"{line.code} · {line.group} · {line.quantity} × {line.unit_price}"
        if width(facts, REGULAR, 8) + width(line.amount, BOLD, 8.5) + _GAP > ROOM:
            self.lines(f"{line.code} · {line.group}", size=8)
            facts = f"{line.quantity} × {line.unit_price}"
        self.lines(facts, size=8)
        last = wrap(facts, REGULAR, 8, ROOM)[-1]
        if width(last, REGULAR, 8) + width(line.amount, BOLD, 8.5) + _GAP > ROOM:
            self.y += 8.5 * LEADING
        self.pen.text(RIGHT, self.y, line.amount, BOLD, 8.5, align="right", colour=BLACK)
        for note in line.notes:
            self.lines(note, size=8)

    def _groups(self, block: Groups) -> None:
        self.heading("Totaux par groupe (FC)")
        for line in block.lines:
            self.row(f"{line.group} · {line.rate} · {line.label}", line.total, BOLD, 8)
            pairs = [Pair("HT", line.base), Pair("TVA", line.vat)]
            if block.taxed:
                pairs.insert(1, Pair("T.S.", line.specific_tax))
            said = " · ".join(f"{pair.label} {pair.value}" for pair in pairs)
            self.lines(said, size=8)

    def _totals(self, block: Totals) -> None:
        self.rule(1.4)
        self.flow(block.pairs, 8)
        label = width(block.total.label, BOLD, 11)
        size = fitting(block.total.value, BOLD, 18, ROOM - label - 8)
        self.y += 18
        self.pen.text(LEFT, self.y, block.total.label, BOLD, 11, colour=BLACK)
        self.pen.text(RIGHT, self.y, block.total.value, BOLD, size, align="right", colour=BLACK)
        self.y += 2
        self.lines(block.words, size=8)

    def _payments(self, block: Payments) -> None:
        self.heading("Paiement")
        for line in block.lines:
            if self.y > LONGEST:
                self.turn()
            self.row(line.label, line.amount)
            if line.notes:
                self.lines(" · ".join(line.notes), size=8)
