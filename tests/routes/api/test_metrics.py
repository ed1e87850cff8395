"""`/metrics`: for the Prometheus of the machine, or for a key, and never for a stranger."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.given.shop_as_process import RunningShop

Samples = dict[tuple[str, str, str], int]


def scraped(shop: RunningShop, key: str | None = None, **headers: str) -> Samples:
    """The samples by name, outlet and state."""
    answer = shop.get("/metrics", key, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, sample.labels.get("outlet", ""), sample.labels.get("state", "")): int(
            sample.value
        )
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_machine_itself_reads_the_figures_of_every_outlet(shop: RunningShop) -> None:
    before = scraped(shop)
    shop.sell()
    after = scraped(shop)
    sold = ("bono_invoices_sealed_total", "KIN01", "")
    assert after[sold] == before[sold] + 1
    done = ("bono_normalised_24h", "KIN01", "")
    assert after[done] >= before[done] + 1
    assert after["bono_unsent", "KIN01", "pending"] == 0
    assert sum(after["bono_colour", "KIN01", name] for name in ("green", "yellow", "red")) == 1
    assert ("bono_colour", "LUB01", "green") in after


def test_a_key_reads_its_own_outlet_only(shop: RunningShop) -> None:
    assert {outlet for _, outlet, _ in scraped(shop, "card")} == {"KIN01", ""}
    assert {outlet for _, outlet, _ in scraped(shop, "neighbour")} == {"LUB01", ""}


def test_a_key_without_that_right_reads_nothing(shop: RunningShop) -> None:
    assert shop.get("/metrics", "reader").status_code == 403
    assert shop.get("/metrics", "unknown").status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_whoever_comes_through_a_proxy_is_no_neighbour(shop: RunningShop, header: str) -> None:
    answer = shop.get("/metrics", None, headers={header: "127.0.0.1"})
    assert answer.status_code == 401
    assert scraped(shop, "card", **{header: "127.0.0.1"})


def test_nobody_is_named_but_by_the_code_of_the_outlet(shop: RunningShop) -> None:
    text = shop.get("/metrics", None).text
    for name in ("Alimentation", "Exemple", "A2512345Z", "Marie", "Farine"):
        assert name not in text
