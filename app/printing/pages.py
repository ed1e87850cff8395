"""A pile of A4 pages that turns itself: rows stay whole and heads come again."""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from app.printing.blocks import GroupLine, ItemLine, Pair, PaymentLine
from app.printing.faces import BOLD, REGULAR
from app.printing.typeset import INK, INK_2, MM, RIVER, Pen, wrap

LEFT: Final = 18 * MM
RIGHT: Final = 192 * MM
TOP: Final = 16 * MM
BOTTOM: Final = 281 * MM
_LABEL_ROOM: Final = 27 * MM

R = TypeVar("R", ItemLine, GroupLine, PaymentLine, Pair)


class Sheet:
    """A pen that moves down the page and turns it; `y` is where the next thing begins."""

    def __init__(self, running_title: str, across: str) -> None:
        self.running_title = running_title
        self.across = across
        self.pages: list[Pen] = [Pen()]
        self.pen = self.pages[0]
        self.y = TOP
        self.begin()

    def begin(self) -> None:
        """What stands across a page lies below all the rest of it."""
        if self.across:
            self.pen.across(self.across, 105 * MM, 148.5 * MM, 110)

    def turn(self) -> None:
        """The next page begins, under its running title."""
        self.pen = Pen()
        self.pages.append(self.pen)
        self.begin()
        self.pen.text(LEFT, TOP + 8, self.running_title, BOLD, 10, colour=RIVER, role="Artifact")
        self.pen.rule(LEFT, TOP + 14, RIGHT, 1.2, RIVER)
        self.y = TOP + 22

    def need(self, height: float) -> bool:
        """Whether the page was turned, because so much no longer fitted."""
        turned = self.y + height > BOTTOM
        if turned:
            self.turn()
        return turned

    def height(self, draw: Callable[[], None]) -> float:
        """How high `draw` is, measured on a scrap of paper."""
        pen, y = self.pen, self.y
        self.pen, self.y = Pen(), 0
        draw()
        height, self.pen, self.y = self.y, pen, y
        return height

    def together(self, draw: Callable[[], None], head: Callable[[], None] | None = None) -> None:
        """What `draw` draws stands on one page, below `head` again where the page was turned."""
        if self.need(self.height(draw)) and head is not None:
            head()
        draw()

    def text(
        self, x: float, y: float, text: str, room: float, font: str = REGULAR, size: float = 9
    ) -> float:
        """Wrapped lines from y on; answers where they end."""
        colour = INK if font == BOLD or size >= 9 else INK_2  # noqa: PLR2004 small print is lighter
        for line in wrap(text, font, size, room):
            y += size * 1.3
            self.pen.text(x, y, line, font, size, colour=colour)
        return y

    def pairs(self, x: float, y: float, pairs: tuple[Pair, ...], room: float) -> float:
        """Labels in one column, values in the next; answers where they end."""
        for pair in pairs:
            label = self.text(x, y, f"{pair.label} :", _LABEL_ROOM - 4, size=8.5)
            value = self.text(x + _LABEL_ROOM, y, pair.value, room - _LABEL_ROOM, size=9)
            y = max(label, value) + 1.5
        return y

    def heading(self, x: float, y: float, text: str) -> float:
        """The name of what follows; answers where that begins."""
        self.pen.text(x, y + 10, text, BOLD, 10, colour=RIVER, role="H2")
        return y + 13

    def headed(
        self, head: Callable[[], None], row: Callable[[R], None], rows: tuple[R, ...]
    ) -> None:
        """Rows under a head that never stands alone at the foot of a page."""

        def first() -> None:
            head()
            row(rows[0])

        self.together(first)
        for line in rows[1:]:
            self.together(partial(row, line), head)
