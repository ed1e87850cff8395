"""The receipt as a page: what it escapes, what its policy allows, and its symbols."""

import re

import pytest

from tests.printing import papers
from tests.printing.rendered import ROOT, TEMPLATES, decoded, html, svg_images


def test_the_symbols_of_the_page_scan() -> None:
    images = svg_images(html(papers.paper()))
    assert [code for image in images for code in decoded(image)] == [
        (papers.DGI_QR, "M"),
        (papers.QR_PAYLOAD, "L"),
    ]


def test_the_page_of_a_test_environment_says_so_across_it() -> None:
    assert html(papers.specimen(papers.paper())).count("SPÉCIMEN") == 2
    assert "SPÉCIMEN" not in html(papers.paper())


def test_markup_in_a_name_stays_text() -> None:
    evil = "<script>alert(1)</script>"
    item = papers.INVOICE["items"][0] | {"name": evil}
    page = html(papers.paper(items=[item], client={"type": "PP", "name": evil}))
    assert evil not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


@pytest.mark.parametrize("name", ["receipt.html", "_receipt.html", "waiting.html"])
def test_the_strict_policy_holds_without_exception(name: str) -> None:
    source = (ROOT / "web" / "templates" / "print" / name).read_text()
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://", source)
    assert "|safe" not in source.replace(" ", "")


def test_a_sale_that_waits_says_that_nothing_is_lost() -> None:
    page = TEMPLATES.get_template("print/waiting.html").render()
    assert "Vente enregistrée, facture en attente de la DGI." in page
    assert "Rien n’est perdu." in page
    assert "<svg" not in page


def test_the_page_links_to_both_papers_and_to_the_check() -> None:
    page = html(papers.paper())
    for address in ("/recus/x.pdf", "/recus/x-80mm.pdf", "/v/x"):
        assert f'href="{address}"' in page
