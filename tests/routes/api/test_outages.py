"""`/api/v1/outages`: what could not be reached, attested, and what may be sold now."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from app.fiscal.ledger import utc_time
from app.services.proof.probe_file import verify_probe_log
from app.services.rules import policy
from app.store.engine import writing
from tests.given.requests import Document, sale_request
from tests.given.shop_as_process import RunningShop, opened
from tests.harness.waiting import wait_until

ADDRESS = "/api/v1/outages?outlet_id=KIN01"
LOG = "/api/v1/outages.jsonl?outlet_id=KIN01"


def probed(shop: RunningShop) -> bytes:
    """The log of the shop, once something stands in it."""
    wait_until(
        lambda: shop.get(LOG).content.count(b"\n") > 1,
        seconds=60,
        otherwise=lambda: shop.get(LOG).text,
    )
    content: bytes = shop.get(LOG).content
    return content


def test_an_integrator_reads_what_may_be_sold_now(shop: RunningShop) -> None:
    probed(shop)
    answer = shop.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert (document["outlet_id"], document["items"]) == ("KIN01", [])
    mode = document["mode"]
    assert (mode["name"], mode["may_sell"]) == ("normal", True)
    assert mode["title"] == "Vente normale"
    assert mode["parts"]["signer"] == "up"
    assert utc_time(mode["since"]).timestamp() <= time.time()


def test_the_log_verifies_with_the_published_keys_and_with_its_own(
    shop: RunningShop, tmp_path: Path
) -> None:
    log, keys = tmp_path / "pannes.jsonl", tmp_path / "jwks.json"
    log.write_bytes(probed(shop))
    keys.write_bytes(shop.get("/.well-known/jwks.json", key=None).content)
    for beside in (None, keys):
        verified = verify_probe_log(log, beside, lambda _line: None)
        assert verified.signed == verified.probes >= 1
    answer = shop.get(LOG)
    assert answer.headers["content-type"].startswith("application/jsonl")
    assert 'filename="pannes.jsonl"' in answer.headers["content-disposition"]


def test_who_names_no_outlet_is_told_so(shop: RunningShop) -> None:
    answer = shop.get("/api/v1/outages")
    assert (answer.status_code, answer.json()["path"]) == (400, "/outlet_id")


def test_another_outlets_log_is_not_given(shop: RunningShop) -> None:
    for address in (ADDRESS, LOG):
        assert shop.get(address, "neighbour").status_code == 403
        assert shop.get(address, "writer").status_code == 403
        assert shop.get(address, "unknown").status_code == 401
        assert shop.get(address, None).status_code == 401


def test_the_neighbour_reads_its_own(shop: RunningShop) -> None:
    document = shop.get("/api/v1/outages?outlet_id=LUB01", "neighbour").json()
    assert (document["outlet_id"], document["mode"]["name"]) == ("LUB01", "sealed")


def test_an_outage_of_the_dgi_is_seen_attested_and_over(
    own_shop: RunningShop, tmp_path: Path
) -> None:
    probed(own_shop)
    with opened(own_shop.var) as engine, writing(engine) as session:
        policy.change(session, "*", "probe_seconds", "5", by="test", at="2026-11-22T10:00:00Z")
    own_shop.fail({"on": "any", "fault": "html_502"})
    assert own_shop.put(sale_request()).status_code == 202
    during = outages_once(own_shop, lambda document: document["mode"]["name"] == "waiting")
    assert [(item["part"], "to" in item) for item in during["items"]] == [("dgi", False)]
    sealed = utc_time(during["mode"]["deadline"]) - timedelta(hours=48)
    assert abs(sealed.timestamp() - time.time()) < 600
    own_shop.fail()
    after = outages_once(own_shop, lambda document: document["mode"]["name"] == "normal")
    (outage,) = after["items"]
    assert outage["from"] == during["items"][0]["from"]
    assert int(outage["seconds"]) >= 5
    log = tmp_path / "pannes.jsonl"
    log.write_bytes(probed(own_shop))
    assert verify_probe_log(log, None, lambda _line: None).uncovered == 0


def outages_once(shop: RunningShop, holds: Callable[[Document], bool]) -> Document:
    """What the API says once that holds of it."""
    said: list[Document] = []

    def asked() -> bool:
        said.append(shop.get(ADDRESS).json())
        return holds(said[-1])

    wait_until(asked, seconds=90, otherwise=lambda: str(said[-1]))
    return said[-1]
