"""A client that an invoice named is known at every till of the outlet."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app.services.shop.clients import clients_document, remember_client
from app.store.engine import Engine
from tests.given import requests
from tests.given.shop_in_process import opened_engine, put_outlet

COMPANY = {"type": "PM", "name": "Quincaillerie Exemple SARL", "nif": "A2699999B"}
EMBASSY = {"type": "AO", "name": "Ambassade d'Exemple"}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = opened_engine(database_url)
    put_outlet(engine)
    yield engine
    engine.dispose()


def remember(engine: Engine, client: dict[str, str], **comments: str) -> None:
    changes: dict[str, Any] = {"comments": comments} if comments else {}
    remember_client(engine, requests.read(requests.sale_request(client=client, **changes)))


def known(engine: Engine, since: int = 0) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(clients_document(engine, "KIN01", since))
    return document


def test_a_company_is_known_by_its_nif_and_only_once(engine: Engine) -> None:
    for _ in range(2):
        remember(engine, COMPANY | {"contact": "+243 1"})
    assert known(engine) == {
        "items": [
            COMPANY | {"id": "A2699999B", "contact": "+243 1", "address": "", "exemption": ""}
        ],
        "cursor": "1",
        "more": False,
    }
    assert known(engine, 1) == {"items": [], "cursor": "1", "more": False}


def test_an_embassy_is_known_with_the_reference_of_its_exemption(engine: Engine) -> None:
    remember(engine, EMBASSY, A="EXO-2026-1")
    remember(engine, EMBASSY | {"contact": "+243 2"})
    (embassy,) = known(engine)["items"]
    assert (embassy["exemption"], embassy["contact"], embassy["nif"]) == (
        "EXO-2026-1",
        "+243 2",
        "",
    )
    assert len(embassy["id"]) == 22


def test_a_passer_by_is_nobody_s_client(engine: Engine) -> None:
    remember(engine, {"type": "PP", "name": "Jean"})
    assert known(engine)["items"] == []


def test_a_store_that_does_not_answer_does_not_harm_the_sale(engine: Engine) -> None:
    draft = requests.read(requests.sale_request(client=COMPANY, outlet_id="ABC01"))
    remember_client(engine, draft)  # no such outlet: its row is refused
    assert known(engine)["items"] == []
