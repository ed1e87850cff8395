"""Whatever the rules accept, every paper prints, and says the same: read again from the papers.

`PAPERS` is how many sales are made (`make long`: 5,000), `PAPERS_SEED` where the chance begins.
"""

import html
import os
import random
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import zxingcpp

from app.control.emcf_request import confirm_body, post_body
from app.control.module import SealedInvoice
from app.control.simulator.behaviour import Behaviour
from app.control.simulator.journal import Journal
from app.control.simulator.request import read_object
from app.control.simulator.tax_platform import TaxPlatform, Twist
from app.control.simulator.tokens import Claims
from app.fiscal.normalised import check_normalised
from app.fiscal.seal import auth_code, parse_seal, qr_payload
from app.fiscal.verification import verify_jws
from app.printing.blocks import Block, Evidence, GroupLine, Groups, Items, Payments, Section, Totals
from app.printing.paper import Paper
from app.printing.pdf import a4, roll_80mm
from app.printing.receipt import receipt_blocks
from tests.given.keys import public_keys
from tests.given.ledgers import Book, Sold, normalised, open_book, sell, verify
from tests.given.random_sales import Shopkeeper
from tests.given.requests import NIF, NIM, Document
from tests.printing.rendered import decoded, pixels, svg_images, texts_of
from tests.printing.rendered import html as page_of

PAPERS = int(os.environ.get("PAPERS", "125"))
SEED = int(os.environ.get("PAPERS_SEED", "0")) or random.SystemRandom().randint(1, 10**9)
EACH = 25
PRINTED_EACH = EACH
"""One in so many is printed dot by dot and scanned: that costs five times the rest."""


@dataclass
class Shop:
    """A ledger, its shopkeeper, and the authority that it sends to."""

    book: Book
    keeper: Shopkeeper
    platform: TaxPlatform

    def sell(self) -> Paper:
        """The paper of one more sale, sealed with a real key and normalised."""
        request, code = self.keeper.sale()
        sold = sell(self.book, request, code_def_dgi=code)
        answer = self._normalised(sold)
        if request["invoice_type"] in {"FV", "EV"}:
            self.keeper.sold.append((request, sold, answer["code_def_dgi"]))
        seal = sold.entry.seal or ""
        return Paper(
            invoice=sold.invoice,
            statement=parse_seal(seal).statement,
            auth_code=auth_code(parse_seal(seal).signature),
            qr_payload=qr_payload("verifier.example", seal),
            normalised=answer,
            legal_mode="strict",
            duplicate=self.keeper.chance.random() < 0.2,
        )

    def _normalised(self, sold: Sold) -> Document:
        sealed = SealedInvoice(sold.fiscal_number, sold.reference, sold.entry_hash, sold.invoice)
        body = post_body(sealed)
        claims = Claims(NIF, NIM, 2_000_000_000)
        counted = self.platform.post(claims, read_object(body), Twist())
        totals = sold.invoice["totals"]
        assert (counted["total"], counted["vtotal"]) == (
            Decimal(totals["total"]),
            Decimal(totals["vat"]),
        )
        sure = read_object(confirm_body(counted["total"], counted["vtotal"]))
        said = self.platform.confirm(claims, counted["uid"], sure, Twist())
        answer = normalised(
            sold,
            request=body,
            code_def_dgi=said["codeDEFDGI"],
            counters=said["counters"],
            date_time=said["dateTime"],
            qr_code=said["qrCode"],
        )
        check_normalised(answer, sold.invoice, sold.reference, sold.fiscal_number)
        return answer


def shop_of(chance: random.Random) -> Shop:
    now = datetime(2026, 11, 22, 10, 15, 31, tzinfo=UTC)
    platform = TaxPlatform(Behaviour(), lambda: now, Journal(None), chance.randint(1, 10**9))
    return Shop(open_book(), Shopkeeper(chance), platform)


# --- What a paper must say, wherever it is printed


def said_by(block: Block) -> Iterator[str]:
    """The texts of the block that no paper may lose or change; headings are the renderer's."""
    match block:
        case Groups():
            for line in block.lines:
                yield from figures(line, taxed=block.taxed)
        case Section() | Evidence():
            yield from (pair.value for pair in block.pairs)
        case Items() | Payments():
            yield from texts_of([asdict(line) for line in block.lines])
        case Totals():
            yield from (block.total.value, block.words, *(pair.value for pair in block.pairs))
        case _:
            yield from texts_of({k: v for k, v in asdict(block).items() if k != "across"})


def figures(line: GroupLine, *, taxed: bool) -> Iterator[str]:
    yield from (line.group, line.label, line.rate, line.base, line.vat, line.total)
    if taxed:
        yield line.specific_tax


def bare(text: str) -> str:
    """The text without its blanks, which lines and columns break as they must."""
    return unicodedata.normalize("NFC", re.sub(r"\s+", "", text))


def pdf_text(pdf: bytes) -> str:
    command = ["pdftotext", "-raw", "-", "-"]
    return subprocess.run(command, input=pdf, check=True, capture_output=True).stdout.decode()


def page_text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def told(paper: Paper, text: str) -> list[str]:
    """What the paper should say and the text does not."""
    whole = bare(text)
    words = [word for block in receipt_blocks(paper) for word in said_by(block)]
    return [word for word in words if bare(word) not in whole]


@pytest.mark.parametrize("first", range(0, PAPERS, EACH))
def test_whatever_the_rules_accept_every_paper_says_alike(first: int, tmp_path: Path) -> None:
    where = f"PAPERS_SEED={SEED}, papers from {first}"
    shop = shop_of(random.Random(f"{SEED}/{first}"))  # noqa: S311 repeatable
    papers = [shop.sell() for _ in range(min(EACH, PAPERS - first))]
    assert verify(shop.book).invoices == len(papers), where
    for number, paper in enumerate(papers):
        page, sheet, strip = page_of(paper), a4(paper), roll_80mm(paper)
        for text in (page_text(page), pdf_text(sheet), pdf_text(strip)):
            assert told(paper, text) == [], f"{where} + {number}"
        symbols = [code for image in svg_images(page) for code in decoded(image)]
        check_symbols(paper, [text for text, _ in symbols])
        if number % PRINTED_EACH == 0:
            for pdf in (sheet, strip):
                check_symbols(paper, scanned(pdf, tmp_path))


def scanned(pdf: bytes, folder: Path) -> list[str]:
    for old in folder.glob("page*.png"):
        old.unlink()
    images = pixels(pdf, folder, 203)
    return [
        code.text
        for image in images
        for code in zxingcpp.read_barcodes(
            image, zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
    ]


def check_symbols(paper: Paper, texts: list[str]) -> None:
    """Both symbols are there, and the seal in one is that of this total, by our key."""
    assert paper.normalised is not None
    assert sorted(texts) == sorted([paper.normalised["qr_code"], paper.qr_payload])
    (address,) = [text for text in texts if "#" in text]
    seal = verify_jws(address.partition("#")[2], public_keys())
    assert seal.statement["total"] == paper.invoice["totals"]["total"]
