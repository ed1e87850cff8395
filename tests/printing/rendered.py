"""Papers as a reader meets them: the text of a PDF, its pixels, and the page."""

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import zxingcpp
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image, ImageDraw
from pypdf import PdfReader

from app.printing.paper import Paper
from app.printing.receipt import receipt_blocks
from app.routes.assets.graph import Assets

ROOT = Path(__file__).parents[2]
TEMPLATES = Environment(
    loader=FileSystemLoader(ROOT / "web" / "templates"), autoescape=True, undefined=StrictUndefined
)
TEMPLATES.globals["asset"] = Assets(ROOT / "web").address
LINKS = {"pdf": "/recus/x.pdf", "pdf_80mm": "/recus/x-80mm.pdf", "verify": "/v/x"}


def flat(text: str) -> str:
    """The text with every kind of blank made one space."""
    return re.sub(r"\s+", " ", text)


def pdf_text(pdf: bytes) -> str:
    return flat(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def html(paper: Paper) -> str:
    page = TEMPLATES.get_template("print/receipt.html")
    return page.render(blocks=receipt_blocks(paper), title="Facture", links=LINKS)


def html_text(paper: Paper) -> str:
    words = re.sub(r"<[^>]+>", " ", html(paper)).replace("&#39;", "'")
    return flat(words)


def pixels(pdf: bytes, folder: Path, dpi: int) -> list[Image.Image]:
    """Every page as a printer of that resolution would print it."""
    (folder / "paper.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", str(dpi), "-gray", "-png", "paper.pdf", "page"]
    subprocess.run(command, cwd=folder, check=True)
    return [Image.open(page).convert("L") for page in sorted(folder.glob("page*.png"))]


def decoded(image: Image.Image) -> list[tuple[str, str]]:
    """Text and error level of the QR symbols, from top left to bottom right."""
    return [(code.text, code.ec_level) for code in symbols(image)]


def texts_of(value: object) -> Iterator[str]:
    """Every text in it, however deep it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from texts_of(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from texts_of(member)


def symbols(image: Image.Image) -> list[zxingcpp.Barcode]:
    """What is found in the image, in the order in which people read."""
    corner = [
        (code.position.top_left, code)
        for code in zxingcpp.read_barcodes(
            image, zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
    ]
    # Rows of 50 dots: two symbols side by side are one row even when a dot apart.
    return [code for _, code in sorted(corner, key=lambda found: (found[0].y // 50, found[0].x))]


def svg_images(page: str, scale: int = 4) -> list[Image.Image]:
    """The symbols of the page, drawn from their paths."""
    images = []
    for side, path in re.findall(r'viewBox="0 0 (\d+) .*?<path d="([^"]+)"', page, re.DOTALL):
        image = Image.new("L", (int(side) * scale, int(side) * scale), 255)
        draw = ImageDraw.Draw(image)
        for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
            left, top, length = int(x) * scale, int(y) * scale, int(n) * scale
            draw.rectangle((left, top, left + length - 1, top + scale - 1), fill=0)
        images.append(image)
    return images
