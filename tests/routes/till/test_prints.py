"""Papers over HTTP: asked for by a signed tablet, found at the receipt's own address."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from tests.given.requests import sale_request
from tests.given.shop_as_process import RunningShop, new_id
from tests.given.signing_tablet import SigningTablet
from tests.routes.refused import refused


def name_of(paper: Any) -> str:
    """What the name of the file says beside the fiscal number."""
    name = paper.headers["content-disposition"].partition('filename="')[2].removesuffix('.pdf"')
    return "-".join(name.split("-")[3:])


def ask(shop: RunningShop, tablet: SigningTablet, sale: str, copy: str = "original") -> Any:
    return tablet.ask(shop.http, "PUT", f"/api/v1/invoices/{sale}/prints/{copy}", {})


def test_the_original_is_made_once_and_its_papers_are_where_it_says(
    shop: RunningShop, tablet: SigningTablet
) -> None:
    sold = shop.sell()
    first = ask(shop, tablet, sold["sale_id"])
    assert first.status_code == 201
    document = first.json()
    assert document == {
        "sale_id": sold["sale_id"],
        "copy": "original",
        "number": "1",
        "at": document["at"],
        "paper": document["paper"],
        "page": sold["links"]["receipt"],
    }
    for name in (sold["sale_id"], sold["security"]["fiscal_number"]):
        again = ask(shop, tablet, name)
        assert (again.status_code, again.content) == (200, first.content)
    assert document["paper"].startswith(f"{sold['links']['pdf']}?format=80mm&impression=")
    papers = [shop.get(document["paper"], key=None) for _ in range(2)]
    assert [name_of(paper) for paper in papers] == ["80mm"] * 2
    assert name_of(shop.get(sold["links"]["pdf"], key=None)) == "duplicata"
    assert name_of(shop.get(document["paper"][:-1], key=None)) == "80mm-duplicata"
    assert "DUPLICATA" not in shop.get(document["page"], key=None).text


def test_the_receipts_address_gives_the_original_once_to_whoever_integrates_us(
    shop: RunningShop, tablet: SigningTablet
) -> None:
    sold = shop.sell()
    pdf, roll = sold["links"]["pdf"], f"{sold['links']['pdf']}?format=80mm"
    papers = [shop.get(address, key=None) for address in (roll, pdf, roll)]
    assert [name_of(paper) for paper in papers] == ["80mm", "duplicata", "80mm-duplicata"]
    assert {paper.headers["cache-control"] for paper in papers} == {"no-store"}
    titles = [PdfReader(io.BytesIO(paper.content)).metadata for paper in papers]
    assert ["DUPLICATA" in str(title and title.title) for title in titles] == [False, True, True]
    document = ask(shop, tablet, sold["sale_id"]).json()  # the till prints no second original
    assert "copie=duplicata" in document["paper"]
    assert name_of(shop.get(document["paper"], key=None)) == "80mm-duplicata"


def test_a_copy_is_a_duplicata_with_its_number(shop: RunningShop, tablet: SigningTablet) -> None:
    sale_id = shop.sell()["sale_id"]
    refused(ask(shop, tablet, sale_id, new_id()), 422, "print.original", "")
    ask(shop, tablet, sale_id)
    names = [new_id(), new_id()]
    copies = [ask(shop, tablet, sale_id, name) for name in names]
    assert [copy.status_code for copy in copies] == [201, 201]
    assert [copy.json()["number"] for copy in copies] == ["1", "2"]
    assert ask(shop, tablet, sale_id, names[0]).content == copies[0].content
    assert "DUPLICATA" in shop.get(copies[0].json()["page"], key=None).text
    assert shop.get(copies[0].json()["paper"], key=None).content.startswith(b"%PDF")


def test_of_two_tablets_at_once_one_gets_the_original_first(
    shop: RunningShop, tablet: SigningTablet
) -> None:
    other = SigningTablet()
    assert other.enrol(shop.http).status_code == 201
    sale_id = shop.sell()["sale_id"]
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda asker: ask(shop, asker, sale_id), (tablet, other)))
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("copy", ["Original", "1", "0199A6A2-7B1E-7C55-9D5E-3F1F0A1B2C3D"])
def test_a_copy_without_a_uuid_is_refused(
    untouched: RunningShop, tablet: SigningTablet, copy: str
) -> None:
    refused(ask(untouched, tablet, new_id(), copy), 400, "format.text", "/copy")


def test_a_sale_that_nobody_made_has_no_paper(
    untouched: RunningShop, tablet: SigningTablet
) -> None:
    refused(ask(untouched, tablet, new_id()), 404, "unknown", "")


def test_a_key_prints_nothing(untouched: RunningShop) -> None:
    answer = untouched.request("PUT", f"/api/v1/invoices/{new_id()}/prints/original", json={})
    refused(answer, 401, "auth.device", "")


# --- The receipt's address


def test_a_receipt_that_is_final_is_kept_for_ever_by_its_owner(shop: RunningShop) -> None:
    links = shop.sell()["links"]
    for path in (links["receipt"], f"{links['pdf']}?copie=duplicata", f"{links['receipt']}.svg"):
        answer = shop.get(path, key=None)
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["x-robots-tag"] == "noindex"


def test_the_qr_of_the_dgi_is_a_picture_that_a_phone_reads(shop: RunningShop) -> None:
    sold = shop.sell()
    answer = shop.get(f"{sold['links']['receipt']}.svg", key=None)
    assert answer.headers["content-type"] == "image/svg+xml"
    (found,) = zxingcpp.read_barcodes(
        _drawn(answer.text), zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    assert found.text == sold["normalisation"]["qr_code"]


def _drawn(svg: str) -> Image.Image:
    """The picture, each module eight pixels; both are runs of `M{x} {y}h{n}v1h-{n}z`."""
    side = int(svg.split('viewBox="0 0 ')[1].split(maxsplit=1)[0])
    picture = Image.new("L", (side * 8, side * 8), 255)
    path = svg.rpartition(' d="')[2].partition('"')[0]
    for run in path.split("M")[1:]:
        place, _, rest = run.partition("h")
        x, y = (int(text) for text in place.split())
        n = int(rest.partition("v")[0])
        picture.paste(0, (x * 8, y * 8, (x + n) * 8, y * 8 + 8))
    return picture


@pytest.fixture
def waiting(own_shop: RunningShop) -> dict[str, Any]:
    """A sale whose control module does not answer yet."""
    own_shop.fail({"on": "post", "fault": "drop_before_commit"})
    answer = own_shop.put(sale_request())
    assert answer.status_code == 202
    document: dict[str, Any] = answer.json()
    return document


def test_before_the_dgi_answered_there_is_no_paper_and_nothing_is_kept(
    own_shop: RunningShop, waiting: dict[str, Any]
) -> None:
    tablet = SigningTablet()
    tablet.enrol(own_shop.http)
    refused(ask(own_shop, tablet, waiting["sale_id"]), 422, "SFE-1.1.5", "")
    receipt = waiting["links"]["receipt"]
    for path in (receipt, f"{receipt}.pdf"):
        answer = own_shop.get(path, key=None)
        assert "en attente de la DGI" in answer.text
        assert answer.headers["cache-control"] == "no-store"
    refused(own_shop.get(f"{receipt}.svg", key=None), 404, "unknown", "")
