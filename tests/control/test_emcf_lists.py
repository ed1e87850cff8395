"""What the authority tells without recording anything."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.control.emcf import EMcf
from app.control.emcf_token import TokenUnreadable, read_token
from app.control.module import ModuleStatus, Unknown
from tests.control.conftest import DgiShop, MovableClock
from tests.control.invoices_and_diary import NIF


def test_status_names_the_token_and_what_waits(shop: DgiShop, emcf: EMcf) -> None:
    status = emcf.status()
    assert isinstance(status, ModuleStatus)
    assert (status.operational, status.nim, status.nif) == (True, shop.nim, NIF)
    assert status.token_valid.endswith("+01:00")
    assert status.pending == ()


def test_tax_groups_are_decimals_by_upper_case_letter(emcf: EMcf) -> None:
    groups = emcf.info("taxGroups").document
    assert "".join(groups).upper() == "ABCDEFGHIJKLMNOP"
    assert (groups["b"], groups["c"], groups["o"]) == (Decimal(16), Decimal(5), Decimal(1))


def test_currency_rates_are_exact(emcf: EMcf, clock: MovableClock) -> None:
    [dollar] = emcf.info("currencyRates").document
    assert (dollar["type"], Decimal(dollar["rate"])) == ("USD", Decimal("2850.00"))
    today = (clock.now + timedelta(hours=1)).date()
    assert dollar["date"] == f"{today}T08:00:00Z"


def test_info_status_names_every_e_mcf_of_the_taxpayer(shop: DgiShop, emcf: EMcf) -> None:
    portrait = emcf.info("status").document
    assert portrait["nim"] == shop.nim
    assert portrait["emcfList"][0]["nim"] == shop.nim
    assert portrait["emcfList"][0]["status"] == "Actif"


@pytest.mark.parametrize(
    "name", ["invoiceTypes", "paymentTypes", "clientTypes", "referenceTypes", "itemTypes"]
)
def test_each_list_of_codes_has_the_authoritys_words(emcf: EMcf, name: str) -> None:
    entries = emcf.info(name).document
    assert all(entry["type"] and entry["description"] for entry in entries)


@pytest.mark.parametrize("fault", ["html_502", "status_401", "drop_after_commit", "error_in_200"])
def test_a_list_that_does_not_come_is_unknown(shop: DgiShop, emcf: EMcf, fault: str) -> None:
    shop.break_with({"on": "any", "fault": fault})
    answer = emcf.status()
    assert isinstance(answer, Unknown)
    assert not answer.confirming
    lists = [emcf.info(name).document for name in ("taxGroups", "currencyRates", "status")]
    assert all(document is None or "errorCode" in document for document in lists)


def test_a_refused_token_is_said_in_plain_french(shop: DgiShop, emcf: EMcf) -> None:
    shop.break_with({"on": "status", "fault": "status_401"})
    answer = emcf.status()
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith("La DGI refuse le jeton")


def test_a_token_tells_whose_it_is_and_until_when(shop: DgiShop, clock: MovableClock) -> None:
    claims = read_token(f" Bearer {shop.token}\n")
    assert (claims.nif, claims.nim) == (NIF, shop.nim)
    assert claims.issuer == "developper.dgirdc.cd"
    assert claims.expires > clock.now + timedelta(days=300)


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "e30.e30.e30", "W10.W10.W10", "é.é.é"])
def test_a_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenUnreadable):
        read_token(text)
