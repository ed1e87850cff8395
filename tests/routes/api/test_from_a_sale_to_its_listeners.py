"""From a sale to those who are told of it: the whole program, over real HTTP and SMTP."""

from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from standardwebhooks import Webhook

from tests.given.shop_as_process import RunningShop, open_shop
from tests.harness.postbox import Postbox, postbox
from tests.harness.receiver import Receiver, Reply, receiving
from tests.harness.waiting import wait_until


@pytest.fixture(scope="module")
def box() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture(scope="module")
def told_shop(tmp_path_factory: pytest.TempPathFactory, box: Postbox) -> Iterator[RunningShop]:
    """A demo that may send e-mails, and webhooks to this machine."""
    with open_shop(
        tmp_path_factory.mktemp("told"),
        BONO_WEBHOOK_PRIVATE="on",
        BONO_SMTP_URL=f"smtp://127.0.0.1:{box.port}",
        BONO_MAIL_FROM="factures@bono.example",
    ) as shop:
        yield shop


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def test_an_integrator_hears_of_each_step_of_a_sale_though_it_was_down_at_first(
    told_shop: RunningShop, receiver: Receiver
) -> None:
    receiver.script.append(Reply(503, b"", {"Retry-After": "1"}))
    hook = {"url": receiver.url(), "events": ["invoice.sealed", "invoice.normalised"]}
    made = told_shop.request("POST", "/api/v1/webhooks", json=hook).json()
    sale = told_shop.sell()

    def heard() -> dict[str, str]:
        verified = [
            Webhook(made["secret"]).verify(got.body, got.headers)
            for got in list(receiver.received)[1:]
        ]
        return {document["type"]: document["data"]["sale_id"] for document in verified}

    steps = dict.fromkeys(hook["events"], sale["sale_id"])
    wait_until(lambda: heard() == steps, seconds=120, otherwise=told_shop.running.output)
    told_shop.request("DELETE", f"/api/v1/webhooks/{made['id']}")


def test_a_customer_gets_the_invoice_by_mail(told_shop: RunningShop, box: Postbox) -> None:
    sale = told_shop.sell()
    path = f"/api/v1/invoices/{sale['sale_id']}/deliveries"
    asked = told_shop.request("POST", path, json={"channel": "email", "to": "c@example.com"})
    assert asked.status_code == 202
    wait_until(lambda: bool(box.mails), seconds=60, otherwise=told_shop.running.output)
    mail = message_from_bytes(box.mails[0].content, policy=policy.default)
    assert sale["security"]["fiscal_number"] in mail["Subject"]
    assert f"{asked.json()['id']}@" in mail["Message-ID"]

    def state() -> str:
        return str(told_shop.get(path).json()["items"][0]["state"])

    wait_until(lambda: state() == "sent", seconds=30, otherwise=state)
