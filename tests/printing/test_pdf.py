"""The PDFs as paper: symbols that scan, nothing outside its room, the same bytes each time."""

import io
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from app.printing import pdf_roll, strips
from app.printing.paper import NotAnInvoice, Paper
from app.printing.pdf import a4, roll_80mm
from tests.printing import papers
from tests.printing.rendered import decoded, pdf_text, pixels, symbols

Render = Callable[[Paper], bytes]
BOTH = pytest.mark.parametrize("render", [a4, roll_80mm], ids=["a4", "roll"])
SYMBOLS = [(papers.DGI_QR, "M"), (papers.QR_PAYLOAD, "L")]

Box = tuple[float, float, float, float, str]


def words(pdf: bytes, folder: Path) -> list[tuple[float, list[Box]]]:
    """Per page its width and the boxes of its words."""
    (folder / "paper.pdf").write_bytes(pdf)
    command = ["pdftotext", "-bbox", "paper.pdf", "-"]
    text = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout.decode()
    pages = []
    for wide, body in re.findall(r'<page width="([\d.]+)"[^>]*>(.*?)</page>', text, re.DOTALL):
        found = re.findall(r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)<', body)
        boxes = [(float(a), float(b), float(c), float(d), word) for a, b, c, d, word in found]
        pages.append((float(wide), boxes))
    return pages


def meet(one: Box, other: Box) -> bool:
    """Two words lie on each other; ascent and descent of their boxes are air."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and down > 0.5 * min(one[3] - one[1], other[3] - other[1])


@BOTH
def test_both_symbols_scan_as_a_receipt_printer_prints_them(render: Render, tmp_path: Path) -> None:
    (page,) = pixels(render(papers.paper()), tmp_path, 203)
    assert decoded(page) == SYMBOLS


def test_a_module_on_the_roll_is_four_whole_dots_for_the_longest_seal(tmp_path: Path) -> None:
    (page,) = pixels(roll_80mm(papers.paper()), tmp_path, 203)
    black = page.point(lambda level: 0 if level < 128 else 255)
    dgi, seal = symbols(black)
    for code, modules, dots in ((dgi, 37, 4), (seal, 89, 4)):
        side = code.position.top_right.x - code.position.top_left.x
        assert side == pytest.approx(modules * dots, abs=2)


@BOTH
def test_strict_mode_prints_nothing_before_the_dgi_answered(render: Render) -> None:
    with pytest.raises(NotAnInvoice):
        render(papers.paper(normalised=False))


@BOTH
def test_the_same_paper_gives_the_same_bytes(render: Render) -> None:
    assert render(papers.paper()) == render(papers.paper())
    assert render(papers.paper()) != render(papers.paper(duplicate=True))


@BOTH
def test_the_document_names_itself_its_day_and_its_language(render: Render) -> None:
    reader = PdfReader(io.BytesIO(render(papers.paper(duplicate=True))))
    assert reader.metadata is not None
    assert reader.metadata.title == "FACTURE DUPLICATA KIN01-1/2026/000105"
    assert reader.metadata.author == "Alimentation Espérance SARL"
    assert reader.metadata.creation_date_raw == "D:20261122101531Z"
    assert str(reader.root_object["/Lang"]) == "fr-CD"


@BOTH
def test_seventy_articles_are_all_there(render: Render, tmp_path: Path) -> None:
    pdf = render(papers.long_paper(70))
    text = pdf_text(pdf)
    assert [n for n in range(70) if f"Article numéro {n:03d}" not in text] == []
    assert [code for page in pixels(pdf, tmp_path, 203) for code in decoded(page)] == SYMBOLS


def test_each_a4_page_has_its_number_its_reference_and_the_head_of_the_table() -> None:
    pages = PdfReader(io.BytesIO(a4(papers.long_paper(70)))).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert f"Page {number} sur {len(pages)}" in text
        assert "KIN01-1/2026/000105" in text
        assert ("Désignation" in text) == ("Article numéro" in text)
        assert ("suite" in text) == (number > 1)


def test_every_continued_page_of_a_copy_says_duplicata() -> None:
    copy = papers.paper(items=papers.long_paper(70).invoice["items"], duplicate=True)
    for page in PdfReader(io.BytesIO(a4(copy))).pages:
        assert "DUPLICATA" in page.extract_text()


@BOTH
def test_a_reading_machine_hears_headings_text_and_what_the_symbols_are(render: Render) -> None:
    reader = PdfReader(io.BytesIO(render(papers.paper())))
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 a value of pypdf
    elements = [kid.get_object() for kid in root["/StructTreeRoot"]["/K"]["/K"]]
    kinds = Counter(str(element["/S"]) for element in elements)
    assert kinds["/H1"] == 1
    assert kinds["/P"] > 20
    figures = [str(element["/Alt"]) for element in elements if element["/S"] == "/Figure"]
    assert figures == ["Code QR de la DGI", "Scannez pour vérifier cette facture"]
    (page,) = reader.pages
    assert page.get_contents().get_data().count(b" BDC") == len(elements)  # type: ignore[union-attr]


def test_three_articles_take_twenty_centimetres() -> None:
    (page,) = PdfReader(io.BytesIO(roll_80mm(papers.counter_paper()))).pages
    assert float(page.mediabox.height) * 25.4 / 72 < 204


def test_a_roll_that_no_pdf_holds_goes_on_on_another_page(monkeypatch: pytest.MonkeyPatch) -> None:
    assert strips.LONGEST < 14_000
    monkeypatch.setattr(pdf_roll, "LONGEST", 700)
    pdf = roll_80mm(papers.long_paper(70))
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 2
    assert all(float(page.mediabox.height) < 1_000 for page in pages)
    text = pdf_text(pdf)
    assert [n for n in range(70) if f"Article numéro {n:03d}" not in text] == []


@BOTH
def test_a_paper_of_a_test_environment_says_so_across_every_page(
    render: Render, tmp_path: Path
) -> None:
    pdf = render(papers.specimen(papers.long_paper(12)))
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert all(page.extract_text().count("SPÉCIMEN") > 0 for page in pages)
    assert [code for page in pixels(pdf, tmp_path, 203) for code in decoded(page)] == SYMBOLS
    assert "SPÉCIMEN" not in pdf_text(render(papers.paper()))


def test_the_roll_is_80_mm_wide_and_as_high_as_its_content() -> None:
    heights = []
    for count in (1, 2, 3):
        (page,) = PdfReader(io.BytesIO(roll_80mm(papers.long_paper(count)))).pages
        assert float(page.mediabox.width) == pytest.approx(80 * 72 / 25.4, abs=0.01)
        heights.append(float(page.mediabox.height))
    assert heights == sorted(set(heights))


@BOTH
@pytest.mark.parametrize("make", [papers.paper, papers.wide_paper, papers.long_paper])
def test_no_word_leaves_the_margins_or_lies_on_another(
    render: Render, make: Callable[[], Paper], tmp_path: Path
) -> None:
    margin = 3.9 * 72 / 25.4
    for wide, boxes in words(render(make()), tmp_path):
        assert [box for box in boxes if box[0] < margin or box[2] > wide - margin] == []
        assert [pair for pair in combinations(boxes, 2) if meet(*pair)] == []


@BOTH
def test_names_of_the_country_keep_their_letters(render: Render) -> None:
    name = "Kɔngɔ Ŋandó & Fils – « Œuvre d’Élikya » <b>"
    text = pdf_text(render(papers.paper(client={"type": "PP", "name": name})))
    assert "Kɔngɔ Ŋandó & Fils" in text
    assert "« Œuvre d’Élikya » <b>" in text
