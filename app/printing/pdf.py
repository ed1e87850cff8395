"""The paper as PDF. The same paper gives the same bytes, whenever and wherever it is made."""

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from app.printing.blocks import Block, Seller, Title
from app.printing.paper import Paper
from app.printing.pdf_a4 import A4_SIZE, a4_pages
from app.printing.pdf_roll import ROLL_WIDTH, roll_strip
from app.printing.receipt import receipt_blocks
from app.printing.typeset import Pen


def a4(paper: Paper) -> bytes:
    """The invoice on A4 pages.

    Raises:
        NoPaper: see `receipt_blocks`.
    """
    blocks = receipt_blocks(paper)
    reference = paper.statement["reference"]
    return _document(a4_pages(blocks, reference), A4_SIZE, blocks, reference)


def roll_80mm(paper: Paper) -> bytes:
    """The invoice on one strip 80 mm wide, as high as what stands on it.

    Raises:
        NoPaper: see `receipt_blocks`.
    """
    blocks = receipt_blocks(paper)
    strip, height = roll_strip(blocks)
    return _document([strip], (ROLL_WIDTH, height), blocks, paper.statement["reference"])


def _document(
    pages: list[Pen], size: tuple[float, float], blocks: tuple[Block, ...], reference: str
) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, pagesize=size, invariant=1, lang="fr-CD", pageCompression=1)
    title = next(block for block in blocks if isinstance(block, Title))
    seller = next(block for block in blocks if isinstance(block, Seller))
    canvas.setTitle(" ".join((title.text, *title.marks, reference)))
    canvas.setAuthor(seller.name)
    canvas.setSubject(f"{title.text} {reference}")
    canvas.setCreator("Bono Pay")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for page in pages:
        page.draw(canvas, size[1])
        canvas.showPage()
    canvas.save()
    return file.getvalue()
