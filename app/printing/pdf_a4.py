"""The paper on A4: a calm page for an office, continued on as many as the articles need."""

from collections.abc import Iterator
from typing import Final, TypeVar

from app.printing.blocks import (
    Block,
    Evidence,
    GroupLine,
    Groups,
    ItemLine,
    Items,
    Notice,
    Pair,
    PaymentLine,
    Payments,
    Section,
    SectionRole,
    Seller,
    Title,
    Totals,
)
from app.printing.faces import BOLD, REGULAR
from app.printing.pages import LEFT, RIGHT, Sheet
from app.printing.typeset import (
    ATTENTION,
    INK,
    INK_2,
    MM,
    RIVER,
    Align,
    Pen,
    fitting,
    width,
    wrap,
)

A4_SIZE: Final = (210 * MM, 297 * MM)
_ROOM: Final = RIGHT - LEFT
_HALF: Final = (_ROOM - 10 * MM) / 2
_SECOND: Final = RIGHT - _HALF
_QR_SIDE: Final = 36 * MM  # 89 modules of 3.2 dots at 203 dots an inch
_MARK_SIZE: Final = 16

# Right edges of the columns of articles; the name takes what is left.
_NAME_ROOM: Final = 64 * MM
_GROUP_X: Final = LEFT + 72 * MM
_QUANTITY_X: Final = LEFT + 105 * MM
_PRICE_X: Final = LEFT + 140 * MM
_COLUMN_GAP: Final = 2 * MM

B = TypeVar("B", bound=Block)


def a4_pages(blocks: tuple[Block, ...], reference: str) -> list[Pen]:
    """The pages, each with its number and the reference at its foot."""
    sheet = _Invoice(blocks, reference)
    sheet.compose()
    for number, page in enumerate(sheet.pages, start=1):
        page.rule(LEFT, 286 * MM, RIGHT)
        foot = f"{sheet.one(Seller).name} · {reference}"
        size = fitting(foot, REGULAR, 8, 140 * MM)
        page.text(LEFT, 290.5 * MM, foot, size=size, colour=INK_2, role="Artifact")
        count = f"Page {number} sur {len(sheet.pages)}"
        page.text(RIGHT, 290.5 * MM, count, size=8, align="right", colour=INK_2, role="Artifact")
    return sheet.pages


class _Invoice(Sheet):
    """The blocks of one paper, laid out for A4."""

    def __init__(self, blocks: tuple[Block, ...], reference: str) -> None:
        self.blocks = blocks
        title = self.one(Title)
        super().__init__(" · ".join((title.text, reference, "suite", *title.marks)), title.across)

    def every(self, kind: type[B]) -> Iterator[B]:
        return (block for block in self.blocks if isinstance(block, kind))

    def one(self, kind: type[B]) -> B:
        return next(self.every(kind))

    def sections(self, role: SectionRole) -> list[Section]:
        return [section for section in self.every(Section) if section.role == role]

    def compose(self) -> None:
        """Every block lies on a page."""
        self._head()
        self._facts()
        self._items(self.one(Items))
        self._groups(self.one(Groups))
        self.together(lambda: self._totals(self.one(Totals)))
        self._payments(self.one(Payments))
        for section in self.sections("comments"):
            self._comments(section)
        self.together(self._proofs)

    def _head(self) -> None:
        seller, room = self.one(Seller), 92 * MM
        left = self.text(LEFT, self.y, seller.name, room, BOLD, 16) + 3
        for line in seller.lines:
            left = self.text(LEFT, left, line, room)
        for pair in seller.pairs:
            left = self.text(LEFT, left, f"{pair.label} : {pair.value}", room)
        self.y = max(left, self._title(self.one(Title))) + 10
        self.pen.rule(LEFT, self.y, RIGHT, 1.2, RIVER)
        self.y += 6
        for notice in self.every(Notice):
            self.pen.text(LEFT, self.y + 11, notice.text, BOLD, 10, colour=ATTENTION)
            self.y += 20

    def _title(self, title: Title) -> float:
        size = fitting(title.text, BOLD, 25, 74 * MM)
        y = self.y + 20
        self.pen.text(RIGHT, y, title.text, BOLD, size, align="right", colour=RIVER, role="H1")
        right = RIGHT
        for mark in reversed(title.marks):
            wide = width(mark, BOLD, _MARK_SIZE) + 14
            self.pen.frame(right - wide, y + 9, wide, 24)
            self.pen.text(right - 7, y + 26.5, mark, BOLD, _MARK_SIZE, align="right")
            right -= wide + 7
        return y + (33 if title.marks else 0)

    def _facts(self) -> None:
        left = right = self.y
        for section in self.sections("client"):
            left = self.heading(LEFT, left, section.heading)
            left = self.pairs(LEFT, left, section.pairs, _HALF)
        for section in self.sections("document") + self.sections("credit"):
            right = self.heading(_SECOND, right, section.heading)
            right = self.pairs(_SECOND, right, section.pairs, _HALF) + 4
        self.y = max(left, right) + 10

    def _items(self, items: Items) -> None:
        def head() -> None:
            self._head_row(
                ("Désignation", LEFT, "left"),
                ("Groupe", _GROUP_X, "centre"),
                ("Quantité", _QUANTITY_X, "right"),
                (f"{items.price_label} (FC)", _PRICE_X, "right"),
                ("Montant (FC)", RIGHT, "right"),
            )

        self.headed(head, self._item, items.lines)
        self.y = self.text(LEFT, self.y + 1, items.count_label, _ROOM, size=8) + 10

    def _head_row(self, *cells: tuple[str, float, Align]) -> None:
        for text, x, align in cells:
            self.pen.text(x, self.y + 9, text, BOLD, 8, align=align, colour=INK_2)
        self.y += 14
        self.pen.rule(LEFT, self.y, RIGHT, 0.9, INK)
        self.y += 1

    def _figure(self, x: float, text: str, room: float, font: str = REGULAR) -> None:
        """A figure of the current row; it shrinks rather than meet its neighbour."""
        size = fitting(text, font, 9, room)
        self.pen.text(x, self.y + 12.5, text, font, size, align="right")

    def _item(self, line: ItemLine) -> None:
        gap = _COLUMN_GAP
        y = self.text(LEFT, self.y + 0.8, line.name, _NAME_ROOM, BOLD)
        y = self.text(LEFT, y, line.code, _NAME_ROOM, size=8)
        self.pen.text(_GROUP_X, self.y + 12.5, line.group, BOLD, 9, align="centre")
        quantity = self.y + 0.8
        for text in wrap(line.quantity, REGULAR, 9, _QUANTITY_X - _GROUP_X - gap):
            quantity += 11.7
            self.pen.text(_QUANTITY_X, quantity, text, align="right")
        self._figure(_PRICE_X, line.unit_price, _PRICE_X - _QUANTITY_X - gap)
        self._figure(RIGHT, line.amount, RIGHT - _PRICE_X - gap, BOLD)
        for note in line.notes:
            y = self.text(LEFT, max(y, quantity), note, _QUANTITY_X - LEFT, size=8)
        self.y = max(y, quantity) + 5
        self.pen.rule(LEFT, self.y, RIGHT)

    def _groups(self, groups: Groups) -> None:
        titles = ["Taux", "Base hors TVA", "TVA", "Total (FC)"]
        if groups.taxed:
            titles.insert(2, "Taxe spécifique")
        step = 30 * MM
        edges = [RIGHT - step * place for place in range(len(titles) - 1, -1, -1)]
        edges[0] += 5 * MM  # a rate is short

        def head() -> None:
            cells: list[tuple[str, float, Align]] = [("Groupe", LEFT, "left")]
            cells += [(title, x, "right") for title, x in zip(titles, edges, strict=True)]
            self._head_row(*cells)

        def row(line: GroupLine) -> None:
            figures = [line.rate, line.base, line.vat, line.total]
            if groups.taxed:
                figures.insert(2, line.specific_tax)
            self.pen.text(LEFT, self.y + 12.5, line.group, BOLD, 9)
            room = edges[0] - LEFT - 10 * MM
            below = self.text(LEFT + 5 * MM, self.y + 0.8, line.label, room) + 4
            for x, figure in zip(edges, figures, strict=True):
                self._figure(x, figure, step - 5 * MM - _COLUMN_GAP)
            self.y = below
            self.pen.rule(LEFT, self.y, RIGHT)

        self.headed(head, row, groups.lines)
        self.y += 8

    def _totals(self, totals: Totals) -> None:
        words = self.text(LEFT, self.y + 2, totals.words, _HALF)
        y = self.y
        for pair in totals.pairs:
            y += 14
            self.pen.text(_SECOND, y, pair.label, size=9.5, colour=INK_2)
            self.pen.text(RIGHT, y, pair.value, size=9.5, align="right")
        y += 7
        self.pen.rule(_SECOND, y, RIGHT, 1.2, RIVER)
        label = width(totals.total.label, BOLD, 12)
        size = fitting(totals.total.value, BOLD, 20, _HALF - label - 8)
        self.pen.text(_SECOND, y + 22, totals.total.label, BOLD, 12)
        self.pen.text(RIGHT, y + 22, totals.total.value, BOLD, size, align="right", colour=RIVER)
        self.y = max(words, y + 28) + 6

    def _payments(self, payments: Payments) -> None:
        def head() -> None:
            self.y = self.heading(LEFT, self.y, "Paiement")

        def row(line: PaymentLine) -> None:
            label = self.text(LEFT, self.y, line.label, 58 * MM)
            self.pen.text(RIGHT, self.y + 11.7, line.amount, BOLD, 9, align="right")
            notes = self.y
            for note in line.notes:
                notes = self.text(LEFT + 60 * MM, notes, note, 76 * MM, size=9)
            self.y = max(label, notes) + 1

        self.headed(head, row, payments.lines)
        self.y += 6

    def _comments(self, section: Section) -> None:
        def head() -> None:
            self.y = self.heading(LEFT, self.y, section.heading)

        def row(pair: Pair) -> None:
            self.y = self.pairs(LEFT, self.y, (pair,), _ROOM)

        self.headed(head, row, section.pairs)
        self.y += 6

    def _proofs(self) -> None:
        bottom = self.y = self.y + 4
        self.pen.rule(LEFT, self.y, RIGHT)
        for x, evidence in zip((LEFT, _SECOND), self.every(Evidence), strict=False):
            bottom = max(bottom, self._proof(x, self.y + 10, evidence))
        self.y = bottom

    def _proof(self, x: float, y: float, evidence: Evidence) -> float:
        matrix = evidence.qr.modules
        self.pen.symbol(x, y, _QR_SIDE / len(matrix), matrix, evidence.qr.caption)
        left = x + _QR_SIDE + 5 * MM  # wider than the quiet zone of DGI's large modules
        room = x + _HALF - left
        text = self.text(left, y - 3, evidence.heading, room, BOLD, 9.5) + 2
        for pair in evidence.pairs:
            text = self.text(left, text, f"{pair.label} :", room, size=7.5)
            size = fitting(pair.value, BOLD, 9, room)
            self.pen.text(left, text + 10, pair.value, BOLD, size)
            text += 13
        caption = self.text(x, y + _QR_SIDE + 3, evidence.qr.caption, _QR_SIDE + 30, size=7.5)
        return max(text, caption)
