import re
import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from app.routes.public.typed import typed_code, typed_number
from tests.given.sold_papers import PaperShop, paper_shop

SILENT = {"on": "post", "fault": "drop_before_commit"}
LOST = ({"on": "confirm", "fault": "html_502"}, {"on": "status", "fault": "html_502"})
REFUSED = {"on": "post", "fault": "error_in_200", "code": "9", "text": "Groupe inconnu."}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperShop]:
    with paper_shop(tmp_path_factory.mktemp("papers")) as shop:
        yield shop


@pytest.fixture
def own_shop(tmp_path: Path) -> Iterator[PaperShop]:
    """A demo that a test may spoil, or leave with a sale that waits."""
    with paper_shop(tmp_path) as shop:
        yield shop


def read(answer: httpx.Response) -> str:
    """The words of the page, as a person reads them."""
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    body = answer.text.partition("<main")[2]
    text = unescape(re.sub(r"<[^>]+>", " ", body))
    return " ".join(text.split())


def headings(answer: httpx.Response) -> list[str]:
    return re.findall(r"<h[12]>(.*?)</h[12]>", answer.text)


def test_an_authentic_paper_says_all_that_stands_on_it(shop: PaperShop) -> None:
    paper = shop.normalised()
    answer = httpx.get(shop.url + paper.path, timeout=60)
    words = read(answer)
    assert answer.status_code == 200
    assert headings(answer) == ["Authentique", "Normalisée par la DGI"]
    for fact in (paper.number, paper.code, paper.reference, "A2512345Z", "KIN01", "Alimentation"):
        assert fact in words
    assert "Total 90 000,00 FC" in words
    assert re.search(r"Date \d\d/\d\d/\d{4} \d\d:\d\d:\d\d \(Kinshasa, UTC\+1\)", words)
    assert re.search(r"Code DEF/DGI TEST-FACT-URES(-[A-Z2-7]{4}){3} ", words)


def test_until_dgi_answers_the_page_says_that_it_waits(own_shop: PaperShop) -> None:
    with own_shop.broken_by(SILENT):
        answer = httpx.get(own_shop.url + own_shop.sell().path, timeout=60)
    assert headings(answer) == ["Authentique", "Scellée, en attente de la DGI"]
    assert "Code DEF/DGI" not in answer.text


def test_a_lost_confirm_is_said_to_be_in_verification(own_shop: PaperShop) -> None:
    with own_shop.broken_by(*LOST):
        paper = own_shop.sell()
        own_shop.wait_for(paper, "in_doubt")
        answer = httpx.get(own_shop.url + paper.path, timeout=60)
    assert headings(answer) == ["Authentique", "En vérification auprès de la DGI"]


def test_a_refused_invoice_is_said_to_be_no_invoice(shop: PaperShop) -> None:
    with shop.broken_by(REFUSED):
        paper = shop.sell()
        shop.wait_for(paper, "refused")
    answer = httpx.get(shop.url + paper.path, timeout=60)
    assert headings(answer) == ["Authentique", "Refusée par la DGI"]
    assert "ce papier ne vaut pas facture" in read(answer)
    assert "<title>Refusée par la DGI" in answer.text


def test_a_wrong_code_is_answered_like_an_unknown_number(shop: PaperShop) -> None:
    paper = shop.sell()
    unknown = paper.number[:-8] + "99999999"
    wrong = paper.code[:-1] + ("0" if paper.code[-1] != "0" else "1")
    pages = []
    for path in (f"{paper.number}?c={wrong}", f"{unknown}?c={wrong}"):
        answer = httpx.get(f"{shop.url}/v/{path}", timeout=60)
        assert answer.status_code == 404
        assert headings(answer) == ["Inconnue"]
        pages.append(answer.text.replace(paper.number, "N").replace(unknown, "N"))
    assert pages[0] == pages[1]
    assert httpx.get(f"{shop.url}/v/{paper.number}", timeout=60).status_code == 404


def test_what_a_stranger_typed_is_shown_as_text_only(shop: PaperShop) -> None:
    answer = httpx.get(f"{shop.url}/v/%3Cb%3E1?c=%22%3E%3Cscript%3E", timeout=60)
    assert answer.status_code == 404
    assert "<script>" not in answer.text
    assert "<B>" not in answer.text


def test_the_form_leads_to_the_paper_however_it_is_typed(shop: PaperShop) -> None:
    paper = shop.sell()
    typed = {"numero": f" {paper.number.lower()} ", "code": paper.code.lower().replace("-", " ")}
    answer = httpx.get(f"{shop.url}/verifier", params=typed, timeout=60)
    assert (answer.status_code, answer.headers["location"]) == (303, paper.path)


def test_a_form_that_is_not_whole_says_which_field(shop: PaperShop) -> None:
    empty = httpx.get(f"{shop.url}/verifier", timeout=60)
    assert (empty.status_code, empty.text.count("aria-invalid")) == (200, 0)
    typed = {"numero": "KIN01-1/2026/000105", "code": "7Q2M-9K0D-4TVX-B31C"}
    answer = httpx.get(f"{shop.url}/verifier", params=typed, timeout=60)
    assert (answer.status_code, answer.text.count("aria-invalid")) == (422, 1)
    assert "Ce n’est pas un numéro fiscal entier." in read(answer)
    assert 'value="KIN01-1/2026/000105"' in answer.text


def test_a_store_that_was_changed_does_not_confirm_a_paper(own_shop: PaperShop) -> None:
    paper = own_shop.normalised()
    with sqlite3.connect(own_shop.var / "bono.sqlite") as store:
        store.execute("DROP TRIGGER ledger_no_update")
        store.execute(
            "UPDATE ledger SET body = CAST(replace(body, '90000.00', '9000.00') AS BLOB) "
            "WHERE fiscal_number = ?",
            (paper.number,),
        )
    store.close()
    answer = httpx.get(own_shop.url + paper.path, timeout=60)
    assert (answer.status_code, headings(answer)) == (500, ["Modifiée"])
    assert "Authentique" not in answer.text


def test_past_sixty_a_minute_an_address_waits(own_shop: PaperShop) -> None:
    with httpx.Client(base_url=own_shop.url, timeout=60) as client:
        answers = [client.get("/v/KIN01-1-00000001?c=x") for _ in range(121)]
    codes = [answer.status_code for answer in answers]
    assert codes[:60] == [404] * 60  # a new minute may begin once in between
    assert 429 in codes[60:]
    stopped = answers[codes.index(429)]
    assert headings(stopped) == ["Un instant"]
    assert 0 < int(stopped.headers["retry-after"]) <= 60


def test_people_who_read_a_letter_for_a_digit_are_understood() -> None:
    assert typed_code("oil0 abcd efgh jkmn") == "0110-ABCD-EFGH-JKMN"
    assert typed_code(" 7q2m ") == "7q2m"
    assert typed_number(" kin01-1- 00000105 ") == "KIN01-1-00000105"
