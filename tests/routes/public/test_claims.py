"""The page of a claim code: the receipt once it is there, and otherwise the same calm page."""

import uuid
from pathlib import Path

import pytest
from litestar.testing import TestClient

from app.routes.base.limits import CHECKS_PER_MINUTE
from app.server import create_app
from app.settings import Settings
from app.wiring import assemble
from tests.given.requests import sale_request
from tests.given.shop_as_process import RunningShop

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CALM = "Votre facture n’est pas encore prête."


def code_of(sale_id: str) -> str:
    """The claim code, made digit by digit as a tablet would."""
    bits = f"{uuid.UUID(sale_id).int >> 48:080b}"
    text = "".join(SYMBOLS[int(bits[n : n + 5], 2)] for n in range(0, 80, 5))
    return "-".join(text[n : n + 4] for n in range(0, 16, 4))


def test_a_code_leads_to_the_receipt_however_it_is_typed(shop: RunningShop) -> None:
    sold = shop.sell()
    code = code_of(sold["sale_id"])
    misread = code.lower().replace("-", "").replace("0", "o").replace("1", "l")
    for path in (f"/r/KIN01/{code}", f"/r/kin01/{misread}"):
        answer = shop.get(path, key=None)
        assert (answer.status_code, answer.headers["location"]) == (303, sold["links"]["receipt"])
        assert answer.headers["cache-control"] == "no-store"


def test_a_code_that_is_not_ready_and_one_that_nobody_has_look_the_same(
    own_shop: RunningShop,
) -> None:
    own_shop.fail({"on": "post", "fault": "drop_before_commit"})
    waiting = own_shop.put(sale_request())
    assert waiting.status_code == 202
    code = code_of(waiting.json()["sale_id"])
    pages = [
        own_shop.get(path, key=None)
        for path in (f"/r/KIN01/{code}", f"/r/LUB01/{code}", "/r/KIN01/0000-0000-0000-0000")
    ]
    assert [page.status_code for page in pages] == [200] * 3
    assert {page.text for page in pages} == {pages[0].text}
    assert CALM in pages[0].text
    assert pages[0].headers["cache-control"] == "no-store"
    assert pages[0].headers["x-robots-tag"] == "noindex"


@pytest.mark.filterwarnings("ignore::app.signing.software.InsecureSignerWarning")
def test_guessing_codes_is_slowed_down(tmp_path: Path) -> None:
    with TestClient(create_app(assemble(Settings(var=tmp_path)))) as client:
        path = "/r/KIN01/0000-0000-0000-0000"
        answers = [client.get(path) for _ in range(2 * CHECKS_PER_MINUTE + 1)]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert CALM in answers[0].text
