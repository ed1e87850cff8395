"""What the authority tells without recording anything."""

from datetime import timedelta
from decimal import Decimal
from typing import get_args

import pytest

from app.control.emcf import EMcf
from app.control.emcf_lists import ListName, Portrait, TokenUnreadable, read_token
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
    groups = emcf.tax_groups()
    assert not isinstance(groups, Unknown)
    assert "".join(groups) == "ABCDEFGHIJKLMNOP"
    assert (groups["B"], groups["C"], groups["O"]) == (Decimal(16), Decimal(5), Decimal(1))


def test_currency_rates_are_exact(emcf: EMcf, clock: MovableClock) -> None:
    rates = emcf.currency_rates()
    assert not isinstance(rates, Unknown)
    [dollar] = rates
    assert (dollar.type, str(dollar.rate)) == ("USD", "2850.00")
    today = (clock.now + timedelta(hours=1)).date()
    assert dollar.date == f"{today}T08:00:00Z"


def test_info_status_names_every_e_mcf_of_the_taxpayer(shop: DgiShop, emcf: EMcf) -> None:
    portrait = emcf.info_status()
    assert isinstance(portrait, Portrait)
    assert portrait.nim == shop.nim
    assert portrait.emcf_list[0].nim == shop.nim
    assert portrait.emcf_list[0].status == "Actif"


@pytest.mark.parametrize("name", get_args(ListName))
def test_each_list_of_codes_has_the_authoritys_words(emcf: EMcf, name: ListName) -> None:
    entries = emcf.described(name)
    assert not isinstance(entries, Unknown)
    assert all(entry.type and entry.description for entry in entries)


@pytest.mark.parametrize("fault", ["html_502", "status_401", "drop_after_commit", "error_in_200"])
def test_a_list_that_does_not_come_is_unknown(shop: DgiShop, emcf: EMcf, fault: str) -> None:
    shop.break_with({"on": "any", "fault": fault})
    answers = [emcf.status(), emcf.tax_groups(), emcf.currency_rates(), emcf.info_status()]
    for answer in answers:
        assert isinstance(answer, Unknown)
        assert not answer.confirming


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
