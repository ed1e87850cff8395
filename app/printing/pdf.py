"""The paper as PDF. The same paper gives the same bytes, whenever and wherever it is made."""

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from app.fiscal.ledger import utc_time
from app.printing.blocks import Block, Seller, Title
from app.printing.paper import Paper
from app.printing.pdf_a4 import A4_SIZE, a4_pages
from app.printing.pdf_roll import roll_strips
from app.printing.receipt import receipt_blocks
from app.printing.strips import ROLL_WIDTH
from app.printing.tagged import Structure
from app.printing.typeset import Pen

Page = tuple[Pen, float, float]
"""What stands on it, its width and its height in points."""


def a4(paper: Paper) -> bytes:
    """The invoice on A4 pages.

    Raises:
        NoPaper: see `receipt_blocks`.
    """
    blocks = receipt_blocks(paper)
    pages = a4_pages(blocks, paper.statement["reference"])
    return _document([(page, *A4_SIZE) for page in pages], blocks, paper)


def roll_80mm(paper: Paper) -> bytes:
    """The invoice on one strip 80 mm wide, as high as what stands on it.

    A strip that no PDF could hold goes on on another page.

    Raises:
        NoPaper: see `receipt_blocks`.
    """
    blocks = receipt_blocks(paper)
    strips = [(strip, ROLL_WIDTH, height) for strip, height in roll_strips(blocks)]
    return _document(strips, blocks, paper)


def _document(pages: list[Page], blocks: tuple[Block, ...], paper: Paper) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, invariant=1, lang="fr-CD", pageCompression=1, pdfVersion=(1, 7))
    _describe(canvas, blocks, paper)
    structure = Structure(canvas)
    for page, wide, high in pages:
        canvas.setPageSize((wide, high))
        page.draw(canvas, high, structure)
        structure.turn()
    structure.close()
    canvas.save()
    return file.getvalue()


def _describe(canvas: Canvas, blocks: tuple[Block, ...], paper: Paper) -> None:
    """Title, author and date of the document: those of the paper, not of its drawing."""
    title = next(block for block in blocks if isinstance(block, Title))
    seller = next(block for block in blocks if isinstance(block, Seller))
    reference = paper.statement["reference"]
    canvas.setTitle(" ".join((title.text, *title.marks, reference)))
    canvas.setAuthor(seller.name)
    canvas.setSubject(f"{title.text} {reference}")
    canvas.setCreator("Bono Pay")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    sealed = utc_time(paper.statement["timestamp"])
    canvas.setDateFormatter(lambda *_: f"D:{sealed:%Y%m%d%H%M%S}Z")
