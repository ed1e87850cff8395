"""While the control module is silent a sale is sealed and durable, and answered with a 202."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from app.fiscal.numbering import parse_fiscal_number
from tests.given.requests import sale_request
from tests.given.shop_as_process import RunningShop, example, new_id, run_shop
from tests.harness.processes import Commands

PATIENCE_SECONDS = 4


def test_a_silent_control_module_is_waited_for_four_seconds_at_most(own_shop: RunningShop) -> None:
    own_shop.fail({"on": "post", "times": 1, "fault": "stall", "seconds": 7})
    sale_id = new_id()
    began = time.monotonic()
    waiting = own_shop.put(example(), sale_id)
    took = time.monotonic() - began
    assert took > PATIENCE_SECONDS - 1
    assert (waiting.status_code, waiting.headers["retry-after"]) == (202, "1")
    assert "idempotent-replay" not in waiting.headers
    document = waiting.json()
    assert (document["status"], document["delivery"]["state"]) == ("sealed", "submitted")
    assert parse_fiscal_number(document["security"]["fiscal_number"]) is not None
    own_shop.wait(f"/api/v1/invoices/{sale_id}", "status", ("normalised",))
    frozen = own_shop.put(example(), sale_id)
    assert (frozen.status_code, frozen.headers["idempotent-replay"]) == (200, "true")
    assert frozen.json()["security"] == document["security"]
    assert frozen.content == own_shop.get(f"/api/v1/invoices/{sale_id}").content
    own_shop.check()


def test_a_202_is_durable_through_a_kill(own_shop: RunningShop) -> None:
    own_shop.fail({"on": "post", "fault": "stall", "seconds": 60})
    sale_id = new_id()
    waiting = own_shop.put(sale_request(), sale_id)
    assert waiting.status_code == 202
    own_shop.running.kill()
    with run_shop(Commands(own_shop.var.parent, [])) as again:
        try:
            found = again.wait(f"/api/v1/invoices/{sale_id}", "status", ("normalised",))
            assert found["security"]["seal"] == waiting.json()["security"]["seal"]
            replay = again.put(sale_request(), sale_id)
            assert (replay.status_code, replay.json()) == (200, found)
            again.check()
        finally:
            again.running.stop()


def test_a_lost_confirm_leaves_the_sale_in_doubt_and_says_why(own_shop: RunningShop) -> None:
    own_shop.fail({"on": "confirm", "fault": "drop_after_commit"})
    sale_id = new_id()
    doubtful = own_shop.put(sale_request(), sale_id)
    assert (doubtful.status_code, doubtful.headers["retry-after"]) == (202, "1")
    document = doubtful.json()
    assert document["status"] == "in_doubt"
    assert document["doubt"]["reason"].endswith(".")
    assert document["doubt"]["since"].endswith("Z")
    assert document["delivery"]["state"] == "submitted"
    for name in (sale_id, document["security"]["fiscal_number"]):
        found = own_shop.get(f"/api/v1/invoices/{name}")
        assert (found.status_code, found.json()["status"]) == (202, "in_doubt")
    listed = own_shop.get("/api/v1/invoices", params={"status": "in_doubt"}).json()["items"]
    assert [item["sale_id"] for item in listed] == [sale_id]
    own_shop.check()


def test_a_refusal_of_the_dgi_is_frozen_with_its_words(own_shop: RunningShop) -> None:
    own_shop.fail({"on": "post", "fault": "error_in_200", "code": "4", "text": "NIF inconnu."})
    sale_id = new_id()
    refused = own_shop.put(sale_request(), sale_id)
    assert refused.status_code == 201
    document = refused.json()
    assert document["status"] == "refused"
    assert document["refusal"] == {"by": "emcf", "code": "4", "text": "NIF inconnu."}
    assert "normalisation" not in document
    own_shop.fail()
    again = own_shop.put(sale_request(), sale_id)
    assert (again.status_code, again.content) == (200, refused.content)
    replacing = own_shop.put(sale_request(replaces=sale_id))
    assert (replacing.status_code, replacing.json()["status"]) == (201, "normalised")
    own_shop.check()


def test_those_who_wait_together_are_answered_together(own_shop: RunningShop) -> None:
    own_shop.fail({"on": "post", "times": 1, "fault": "stall", "seconds": 1})
    sale_id = new_id()

    def put(_turn: int) -> httpx.Response:
        return own_shop.put(sale_request(), sale_id)

    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(put, range(5)))
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 200, 201]
    assert len({a.content for a in answers}) == 1


def test_a_list_shows_a_sale_that_waits(own_shop: RunningShop) -> None:
    own_shop.fail({"on": "post", "fault": "stall", "seconds": 30})
    assert own_shop.put(sale_request()).status_code == 202
    (item,) = own_shop.get("/api/v1/invoices", params={"status": "sealed"}).json()["items"]
    assert (item["status"], item["delivery"]["state"]) == ("sealed", "submitted")
    preview = own_shop.request("POST", "/api/v1/invoices/preview", json=sale_request())
    assert preview.status_code == 200
