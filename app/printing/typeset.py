"""The pen of our PDFs: text is measured, wrapped and recorded before any page exists.

The U+202F of Source Sans Pro is an eighth of an em, too little to part thousands on cheap paper:
U+00A0 takes its place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.pdfgen.canvas import Canvas

from app.printing import qr
from app.printing.faces import BOLD, REGULAR, runs
from app.printing.tagged import Role, Structure
from app.wording import HARD, THIN

MM: Final = 72 / 25.4

# The tokens of the screens: ink, secondary ink, borders, river.
INK: Final = HexColor("#16211F")
INK_2: Final = HexColor("#46524F")
LINE: Final = HexColor("#B7BFBC")
RIVER: Final = HexColor("#0B5C6B")
ATTENTION: Final = HexColor("#7A4A00")
BLACK: Final = black
WHITE: Final = white
PALE: Final = HexColor("#E4E8E6")

Align = Literal["left", "right", "centre"]
Draw = Callable[[Canvas, float], None]


@dataclass(frozen=True, slots=True)
class Mark:
    """One stroke of the pen, and what it is to a reading machine."""

    draw: Draw
    role: Role
    said: str = ""


def width(text: str, font: str, size: float) -> float:
    """The width of a text in points."""
    return sum(run.width(size) for run in runs(text.replace(THIN, HARD), font))


def fitting(text: str, font: str, size: float, room: float) -> float:
    """The size, made smaller where the text would not fit the room."""
    return min(size, size * room / max(width(text, font, size), 1))


def _pieces(word: str, font: str, size: float, room: float) -> Iterator[str]:
    piece = ""
    for char in word:
        if piece and width(piece + char, font, size) > room:
            cut = piece.rfind("-") + 1 or len(piece)  # a code is parted at its dashes
            yield piece[:cut]
            piece = piece[cut:]
        piece += char
    yield piece


def wrap(text: str, font: str, size: float, room: float) -> list[str]:
    """The text in lines that fit the room; a word too long for one is cut where it must be."""
    lines, line = [], ""
    for word in text.split(" "):
        for piece in _pieces(word, font, size, room):
            joined = f"{line} {piece}" if line else piece
            if width(joined, font, size) <= room:
                line = joined
            else:
                lines.append(line)
                line = piece
    return [*lines, line]


class Pen:
    """One page as a list of marks; places are points from its top left corner, downwards."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        font: str = REGULAR,
        size: float = 9,
        *,
        align: Align = "left",
        colour: Color = INK,
        role: Role = "P",
    ) -> None:
        """A line whose baseline lies at y."""
        start = {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
        left = x - start * width(text, font, size)

        def mark(canvas: Canvas, height: float) -> None:
            canvas.setFillColor(colour)
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(size / 40)
            line = canvas.beginText(left, height - y)
            for run in runs(text.replace(THIN, HARD), font):
                # Only Source Sans has a bold of its own: the others are drawn with a thin edge.
                line.setTextRenderMode(2 if font == BOLD != run.font else 0)
                line.setFont(run.font, size)
                line.textOut(run.drawn(size))
            line.setTextRenderMode(0)  # else it would hold for the texts that follow
            canvas.drawText(line)

        self.marks.append(Mark(mark, role))

    def rule(
        self, x: float, y: float, to: float, weight: float = 0.5, colour: Color = LINE
    ) -> None:
        """A horizontal line."""

        def mark(canvas: Canvas, height: float) -> None:
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(weight)
            canvas.line(x, height - y, to, height - y)

        self.marks.append(Mark(mark, "Artifact"))

    def frame(self, x: float, y: float, wide: float, high: float, colour: Color = INK) -> None:
        """A box with rounded corners and no filling."""

        def mark(canvas: Canvas, height: float) -> None:
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(1.2)
            canvas.roundRect(x, height - y - high, wide, high, 3)

        self.marks.append(Mark(mark, "Artifact"))

    def across(self, text: str, x: float, y: float, size: float) -> None:
        """A pale text that rises across the page around (x, y), below all that is drawn later."""

        def mark(canvas: Canvas, height: float) -> None:
            canvas.saveState()
            canvas.setFillColor(PALE)
            canvas.setFont(BOLD, size)
            canvas.translate(x, height - y)
            canvas.rotate(45)
            canvas.drawCentredString(0, -size / 3, text)
            canvas.restoreState()

        self.marks.append(Mark(mark, "Artifact"))

    def symbol(self, x: float, y: float, module: float, matrix: qr.Matrix, caption: str) -> None:
        """A QR symbol; x and y are the corner of its dark part, the quiet zone lies outside."""

        def mark(canvas: Canvas, height: float) -> None:
            quiet, side = qr.QUIET * module, len(matrix) * module
            canvas.setFillColor(WHITE)
            canvas.rect(
                x - quiet, height - y - side - quiet, side + 2 * quiet, side + 2 * quiet, 0, 1
            )
            canvas.setFillColor(BLACK)
            # One path for all modules, so that no viewer shows seams between the rows.
            path = canvas.beginPath()
            for column, row, length in qr.runs(matrix):
                top = height - y - row * module
                path.rect(x + column * module, top - module, length * module, module)
            canvas.drawPath(path, stroke=0, fill=1)

        self.marks.append(Mark(mark, "Figure", caption))

    def draw(self, canvas: Canvas, height: float, structure: Structure) -> None:
        """The marks lie on the canvas, whose page is that high."""
        for mark in self.marks:
            with structure.content(mark.role, mark.said):
                mark.draw(canvas, height)
