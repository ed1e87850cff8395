"""What a person copies from the portal is judged member by member."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.fiscal.errors import InvalidInvoice
from app.fiscal.portal import Expected, Found, check_found

EXPECTED = Expected(
    nim="CD01999901-1",
    nif="A2512345Z",
    invoice_type="FV",
    not_before=datetime(2026, 5, 11, 9, tzinfo=UTC),
    not_after=datetime(2026, 5, 13, 9, tzinfo=UTC),
)
FOUND = Found(
    code_def_dgi="TEST-FACT-URES-QK4M-7ZPD-2XWA",
    counters="41/44 FV",
    date_time="12/05/2026 10:15:30",
    nim="CD01999901-1",
)
QR = "RDCF01;CD01999901-1;TESTFACTURESQK4M7ZPD2XWA;A2512345Z;20260512101530"


def refused(found: Found, expected: Expected = EXPECTED) -> tuple[str, str]:
    with pytest.raises(InvalidInvoice) as refusal:
        check_found(found, expected)
    return refusal.value.rule, refusal.value.path


def test_the_qr_is_built_from_the_parts_when_none_was_copied() -> None:
    assert check_found(FOUND, EXPECTED) == replace(FOUND, qr_code=QR)


def test_a_copied_qr_that_agrees_in_all_parts_is_kept() -> None:
    assert check_found(replace(FOUND, qr_code=f" {QR}\n"), EXPECTED).qr_code == QR
    assert check_found(replace(FOUND, qr_code=""), EXPECTED).qr_code == QR


@pytest.mark.parametrize("part", range(5))
def test_a_copied_qr_that_differs_in_one_part_is_refused(part: int) -> None:
    parts = QR.split(";")
    parts[part] = parts[part][:-1] + "9"
    assert refused(replace(FOUND, qr_code=";".join(parts))) == ("doubt.qr", "/qr_code")


@pytest.mark.parametrize(
    "spelling",
    [
        "TESTFACTURESQK4M7ZPD2XWA",
        "test-fact-ures-qk4m-7zpd-2xwa",
        " TEST FACT URES QK4M 7ZPD 2XWA ",
        "TEST-FACT-URES\n-QK4M-7ZPD-2XWA",
    ],
)
def test_a_code_is_known_however_it_was_copied(spelling: str) -> None:
    code = check_found(replace(FOUND, code_def_dgi=spelling), EXPECTED).code_def_dgi
    assert code == FOUND.code_def_dgi


@pytest.mark.parametrize("code", ["", "X" * 23, "X" * 25, "É" * 24, "TEST_FACT_URES_QK4M_7ZPD"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert refused(replace(FOUND, code_def_dgi=code)) == ("doubt.code", "/code_def_dgi")


def test_the_time_is_that_of_kinshasa_whatever_the_outlets_zone() -> None:
    late = replace(EXPECTED, not_after=datetime(2026, 5, 12, 9, 15, 30, tzinfo=UTC))
    assert check_found(FOUND, late).date_time == FOUND.date_time
    early = replace(EXPECTED, not_after=datetime(2026, 5, 12, 9, 15, 29, tzinfo=UTC))
    assert refused(FOUND, early) == ("doubt.time", "/date_time")
    after = replace(EXPECTED, not_before=datetime(2026, 5, 12, 9, 15, 31, tzinfo=UTC))
    assert refused(FOUND, after) == ("doubt.time", "/date_time")


@pytest.mark.parametrize("counters", ["41/44", "44/41 FV", "041/44 FV", "-1/44 FV", "41/44 FV FV"])
def test_what_are_no_counters_is_refused(counters: str) -> None:
    assert refused(replace(FOUND, counters=counters)) == ("doubt.counters", "/counters")


def test_counters_of_another_type_are_those_of_another_invoice() -> None:
    with pytest.raises(InvalidInvoice, match="ceux d'une FA"):
        check_found(replace(FOUND, counters="41/44 FA"), EXPECTED)


def test_an_invoice_of_another_module_is_another_one() -> None:
    assert refused(replace(FOUND, nim="CD01999901-2")) == ("doubt.nim", "/nim")
    assert check_found(replace(FOUND, nim=" CD01999901-1 "), EXPECTED).nim == EXPECTED.nim


@pytest.mark.parametrize("text", ["", "12/05/2026", "2026-05-12 10:15:30", "31/02/2026 10:15:30"])
def test_a_time_in_another_spelling_is_refused(text: str) -> None:
    assert refused(replace(FOUND, date_time=text)) == ("doubt.time", "/date_time")
