"""A strip of 80 mm paper that is filled from the top: 72 mm of print, 203 dots an inch, black."""

from typing import Final

from app.printing.blocks import Pair
from app.printing.faces import BOLD, REGULAR
from app.printing.tagged import Role
from app.printing.typeset import BLACK, MM, Align, Pen, width, wrap

ROLL_WIDTH: Final = 80 * MM
LEFT: Final = 4 * MM
RIGHT: Final = ROLL_WIDTH - LEFT
ROOM: Final = RIGHT - LEFT
MIDDLE: Final = ROLL_WIDTH / 2
LEADING: Final = 1.22
LONGEST: Final = 13_000
"""Points: no PDF page is longer than 14 400, and a row is never parted."""
_MARGIN: Final = 3 * MM
_ACROSS_EVERY: Final = 70 * MM
_GAP: Final = 8
"""Points between two texts on one line."""


def wide(pair: Pair, size: float) -> float:
    """How wide a label and its value are on one line."""
    return width(f"{pair.label} : ", REGULAR, size) + width(pair.value, BOLD, size)


class Strip:
    """A pen that moves down the paper; `y` is where the next thing begins."""

    def __init__(self, across: str) -> None:
        self.across = across
        self.strips: list[tuple[Pen, float]] = []
        self.pen = Pen()
        self.y = _MARGIN

    def ended(self) -> list[tuple[Pen, float]]:
        """All strips, each with what stands across it below the rest."""
        self.turn()
        return self.strips

    def turn(self) -> None:
        """The strip ends here, and the next one begins."""
        height = self.y + _MARGIN
        under = Pen()
        if self.across:
            for n in range(max(1, int(height / _ACROSS_EVERY))):
                under.across(self.across, MIDDLE, (n + 0.5) * _ACROSS_EVERY, 36)
        under.marks += self.pen.marks
        self.strips.append((under, height))
        self.pen, self.y = Pen(), _MARGIN

    def lines(
        self,
        text: str,
        font: str = REGULAR,
        size: float = 8.5,
        *,
        align: Align = "left",
        role: Role = "P",
    ) -> None:
        """The text, wrapped, on as many lines as it needs."""
        x = {"left": LEFT, "centre": MIDDLE, "right": RIGHT}[align]
        for line in wrap(text, font, size, ROOM):
            self.y += size * LEADING
            self.pen.text(x, self.y, line, font, size, align=align, colour=BLACK, role=role)

    def flow(self, pairs: tuple[Pair, ...], size: float = 8.5) -> None:
        """Two short facts on a line, a long one on its own."""
        waiting = list(pairs)
        while waiting:
            first = waiting.pop(0)
            second = waiting[0] if waiting else None
            used = wide(first, size) + (wide(second, size) if second else 0)
            if used + _GAP > ROOM:
                second = None
            self._said(first, second, size)
            if second:
                waiting.pop(0)

    def _said(self, left: Pair, right: Pair | None, size: float) -> None:
        if wide(left, size) > ROOM:
            self.lines(f"{left.label} : {left.value}", REGULAR, size)
            return
        self.y += size * LEADING
        self.labelled(LEFT, left, size)
        if right:
            self.labelled(RIGHT - wide(right, size), right, size)

    def labelled(self, x: float, pair: Pair, size: float) -> None:
        """A label and its value on the current line, from x on."""
        label = f"{pair.label} : "
        self.pen.text(x, self.y, label, size=size, colour=BLACK)
        x += width(label, REGULAR, size)
        self.pen.text(x, self.y, pair.value, BOLD, size, colour=BLACK)

    def row(self, left: str, right: str, font: str = REGULAR, size: float = 8.5) -> None:
        """Two texts on one line where they fit, else one under the other."""
        self.lines(left, font, size)
        last = wrap(left, font, size, ROOM)[-1]
        if width(last, font, size) + width(right, BOLD, size) + 6 > ROOM:
            self.y += size * LEADING
        self.pen.text(RIGHT, self.y, right, BOLD, size, align="right", colour=BLACK)

    def rule(self, weight: float = 0.7) -> None:
        """A line from edge to edge."""
        self.y += 2.5
        self.pen.rule(LEFT, self.y, RIGHT, weight, BLACK)
        self.y += 1

    def heading(self, text: str) -> None:
        """The name of what follows, under a line."""
        self.rule()
        self.lines(text, BOLD, 9, role="H2")
