"""The structure of a PDF: what is a heading, text or a picture, and what is only there to be seen.

A reading machine follows it (ISO 32000-1, 14.7 and 14.8). reportlab writes none, so the marks and
the tree are made here from what each stroke of the pen is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFPage, PDFString
from reportlab.pdfgen.canvas import Canvas

Role = Literal["H1", "H2", "P", "Figure", "Artifact"]
"""`Artifact` is what no reader should hear: rules, frames, what repeats on each page."""

_SEEN_ONLY: Final = "Artifact"


@dataclass(frozen=True, slots=True)
class _Content:
    role: Role
    said: str
    """What is said instead of it, of a picture."""


class Structure:
    """The structure of the document on a canvas, page by page."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._pages: list[list[_Content]] = [[]]

    @contextmanager
    def content(self, role: Role, said: str = "") -> Iterator[None]:
        """What is drawn meanwhile is of that role."""
        if role == _SEEN_ONLY:
            self._canvas.addLiteral("/Artifact BMC")
        else:
            contents = self._pages[-1]
            self._canvas.addLiteral(f"/{role} <</MCID {len(contents)}>> BDC")
            contents.append(_Content(role, said))
        yield
        self._canvas.addLiteral("EMC")

    def turn(self) -> None:
        """The page is shown, and the next one begins."""
        self._canvas.showPage()
        self._pages.append([])

    def close(self) -> None:
        """The tree stands in the document, which is not yet saved."""
        document = self._canvas._doc  # noqa: SLF001 reportlab has no other way to its catalogue
        tree, body = PDFDictionary({}), PDFDictionary({})
        kids: list[object] = []
        numbers: list[object] = []
        for place, page in enumerate(document.Pages.pages):
            elements = [
                document.Reference(self._element(content, number, page, body, document))
                for number, content in enumerate(self._pages[place])
            ]
            _named(page, place)
            numbers += [place, PDFArray(elements)]
            kids += elements
        body.dict |= {"Type": PDFName("StructElem"), "S": PDFName("Document"), "K": PDFArray(kids)}
        body.dict["P"] = document.Reference(tree)
        tree.dict |= {"Type": PDFName("StructTreeRoot"), "K": document.Reference(body)}
        tree.dict["ParentTree"] = PDFDictionary({"Nums": PDFArray(numbers)})
        document.Catalog.StructTreeRoot = tree
        document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})

    @staticmethod
    def _element(
        content: _Content, number: int, page: PDFPage, body: PDFDictionary, document: object
    ) -> PDFDictionary:
        element = PDFDictionary(
            {
                "Type": PDFName("StructElem"),
                "S": PDFName(content.role),
                "P": document.Reference(body),  # type: ignore[attr-defined]
                "Pg": document.Reference(page),  # type: ignore[attr-defined]
                "K": number,
            }
        )
        if content.said:
            element.dict["Alt"] = PDFString(content.said)
        return element


def _named(page: PDFPage, place: int) -> None:
    """The page knows its place in the tree, and that its tab order is that of the structure."""
    page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
    page.StructParents, page.Tabs = place, PDFName("S")
