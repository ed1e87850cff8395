"""The colour of an outlet, its figures, and who is told of what, once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlmodel import col, select

from app.fiscal.canonical import canonical, digest
from app.fiscal.ledger import utc_text
from app.fiscal.probe import PARTS, following
from app.services.rules import policy
from app.services.rules.policy import Policy
from app.services.watch.colours import colours
from app.services.watch.figures import Figures, all_figures, figures
from app.services.watch.health import Known, judge
from app.store.cases.cases import close_case, open_case
from app.store.dgi import modules
from app.store.dgi.waiting import Waiting
from app.store.engine import reading, writing
from app.store.outlets import OutletWithModule, hold_outlet
from app.store.tables.cases import CaseKind
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.watch import OutletStatus, Probe
from tests.given.shop_in_process import InProcessShop, opened_shop
from tests.given.waiting_sales import (
    HOUR,
    NOW,
    NOWHERE,
    SECONDS,
    announced,
    ended,
    grace_cases,
    put,
    sold,
)

MODULE: Final = ControlModuleRow(nim=NOWHERE.nim, nif="A1", url="", token="none")


# --- The colour


def known(
    *,
    age: int | None = None,
    paused: bool = False,
    module: bool = True,
    signer: str | None = None,
    cases: dict[CaseKind, int] | None = None,
    rules: Policy | None = None,
    **waiting: int,
) -> Known:
    oldest = None if age is None else SECONDS - age
    row = ControlModuleRow(**MODULE.model_dump()) if module else None
    if row is not None and paused:
        row.paused_at = "2026-11-22T09:00:00Z"
    parts: Any = dict.fromkeys(PARTS, "up") | {"signer": signer}
    probe = following(None, authority="centre", outlet_id="KIN01", at=utc_text(NOW), parts=parts)
    return Known(
        OutletWithModule("KIN01", "Africa/Kinshasa", "bloquer", 48, row),
        rules or Policy(),
        SECONDS,
        Waiting(oldest=oldest, **waiting),
        cases or {},
        probe if signer else None,
    )


@pytest.mark.parametrize(
    ("given", "colour", "words"),
    [
        pytest.param(known(), "green", "Toutes les factures sont transmises.", id="nothing waits"),
        pytest.param(known(module=False), "green", "pas de module", id="no control module"),
        pytest.param(known(age=10, pending=3), "green", "En route vers la DGI : 3.", id="on way"),
        pytest.param(known(age=HOUR, pending=1), "green", "En route", id="for one hour"),
        pytest.param(known(age=2 * HOUR, pending=1), "yellow", "depuis 2 h", id="for two hours"),
        pytest.param(known(age=1, pending=50), "green", "50", id="fifty"),
        pytest.param(known(age=1, pending=51), "yellow", "51 factures", id="more than fifty"),
        pytest.param(known(age=1, in_doubt=1), "yellow", "En doute : 1", id="one in doubt"),
        pytest.param(known(age=1, failed=2), "yellow", "En échec : 2", id="two failed"),
        pytest.param(known(cases={"refused": 1}), "yellow", "Refusées par la DGI : 1", id="no"),
        pytest.param(known(cases={"difference": 1}), "yellow", "Refusées", id="other totals"),
        pytest.param(known(cases={"token": 1}), "yellow", "dossier", id="the token ends soon"),
        pytest.param(known(cases={"message": 9}), "green", "transmises", id="a message failed"),
        pytest.param(known(paused=True), "yellow", "en pause", id="paused"),
        pytest.param(known(age=25 * HOUR, pending=1), "red", "depuis 25 h", id="for a day"),
        pytest.param(
            known(age=25 * HOUR, in_doubt=1), "red", "depuis 25 h", id="a doubt of a day"
        ),
        pytest.param(known(age=48 * HOUR, pending=1), "red", "48 h", id="beyond the grace"),
        pytest.param(known(signer="down"), "red", "signataire", id="nothing can be sealed"),
        pytest.param(known(signer="unknown"), "green", "transmises", id="the signer is slow"),
        pytest.param(
            known(age=6 * 60, pending=1, rules=Policy(amber_minutes=5)), "yellow", "6 min",
            id="a stricter rule",
        ),
        pytest.param(
            known(age=10 * HOUR, pending=1, rules=Policy(grace_hours=9)), "red", "9 h",
            id="a shorter grace",
        ),
    ],
)  # fmt: skip
def test_the_largest_trouble_gives_the_colour_and_the_words(
    given: Known, colour: str, words: str
) -> None:
    judged = judge(given)
    assert judged[0] == colour
    assert words in judged[1]


# --- Figures


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """Two outlets whose e-MCF is nowhere; nothing is delivered."""
    shop = opened_shop(database_url, ("KIN01", "KIN02"), module=NOWHERE)
    yield shop
    shop.end()


def figures_of(shop: InProcessShop, outlet_id: str = "KIN01", now: datetime = NOW) -> Figures:
    with reading(shop.engine) as session:
        return figures(session, outlet_id, now)


def test_the_figures_say_what_waits_since_when_and_what_comes_next(shop: InProcessShop) -> None:
    first, second, third, fourth = sold(shop, 50 * HOUR, 3 * HOUR, 60, 30)
    put(shop, first, last_error="La DGI ne répond pas.", next_try=SECONDS + 40)
    put(shop, second, state="in_doubt", last_error="Sans réponse.")
    put(shop, third, state="failed", next_try=SECONDS + 900)
    put(shop, fourth, state="submitted")
    found = figures_of(shop)
    assert (found.pending, found.in_doubt, found.failed, found.waiting) == (2, 1, 1, 4)
    assert (found.oldest_seconds, found.past_grace) == (50 * HOUR, 1)
    assert found.deadline == SECONDS - 2 * HOUR
    assert (found.last_error, found.next_try) == ("La DGI ne répond pas.", SECONDS + 40)
    assert (found.colour, found.module, found.paused) == ("red", NOWHERE.nim, False)
    assert figures_of(shop, "KIN02").waiting == 0


def test_an_outlet_where_nothing_waits_has_empty_figures(shop: InProcessShop) -> None:
    found = figures_of(shop)
    assert (found.colour, found.waiting, found.age) == ("green", 0, 0)
    assert (found.oldest_seconds, found.deadline, found.next_try) == (None, None, None)
    assert (found.recent.percent, found.recent.mean_seconds) == (None, None)


def test_the_recent_figures_say_how_many_were_normalised_and_how_long_it_took(
    shop: InProcessShop,
) -> None:
    one, two, three, refused, old = sold(shop, 4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR, 25 * HOUR)
    for sale_id, seconds, attempts in ((one, 2, 0), (two, 3, 2), (three, 100, 1)):
        ended(shop, sale_id, "normalised", seconds, attempts=attempts)
    ended(shop, refused, "refused", 1)
    ended(shop, old, "normalised", 9999)
    recent = figures_of(shop).recent
    assert (recent.normalised, recent.refused, recent.attempts) == (3, 1, 3)
    assert (recent.percent, recent.mean_seconds, recent.max_seconds) == (75, 35, 100)


def test_no_try_is_planned_while_somebody_paused_the_sending(shop: InProcessShop) -> None:
    (sale_id,) = sold(shop, 60)
    put(shop, sale_id, next_try=SECONDS - 5)
    assert figures_of(shop).next_try == SECONDS
    with writing(shop.engine) as session:
        modules.pause(session, NOWHERE.nim, "M1", utc_text(NOW))
    paused = figures_of(shop)
    assert (paused.next_try, paused.paused, paused.paused_by) == (None, True, "M1")


def test_a_module_that_rests_is_tried_when_it_has_rested(shop: InProcessShop) -> None:
    sold(shop, 60)
    with writing(shop.engine) as session:
        session.get_one(ControlModuleRow, NOWHERE.nim).rest_until = SECONDS + 300
    assert figures_of(shop).next_try == SECONDS + 300


def test_a_refused_sale_that_nobody_took_up_is_counted(shop: InProcessShop) -> None:
    with writing(shop.engine) as session:
        for about in ("a", "b"):
            open_case(
                session, "KIN01", "refused", about, text="Non.", fix="cashier", at=utc_text(NOW)
            )
        close_case(session, "KIN01", "refused", "a", by="C1", outcome="fait", at=utc_text(NOW))
    assert figures_of(shop).refused_open == 1


def test_all_outlets_stand_with_the_largest_trouble_first(shop: InProcessShop) -> None:
    sold(shop, 60)
    sold(shop, 2 * HOUR, outlet_id="KIN02")
    with reading(shop.engine) as session:
        every = all_figures(session, NOW)
    assert [(one.outlet_id, one.colour) for one in every] == [
        ("KIN02", "yellow"), ("KIN01", "green"),
    ]  # fmt: skip


def test_an_outlet_that_nobody_knows_has_no_figures(shop: InProcessShop) -> None:
    with reading(shop.engine) as session, pytest.raises(LookupError):
        figures(session, "XXX99", NOW)


# --- Who is told


def history(shop: InProcessShop) -> list[str]:
    with reading(shop.engine) as session:
        rows = session.exec(
            select(OutletStatus.colour)
            .where(OutletStatus.outlet_id == "KIN01")
            .order_by(col(OutletStatus.number))
        )
        return list(rows)


def test_a_colour_is_told_when_it_changes_and_not_again(shop: InProcessShop) -> None:
    assert colours(shop.engine, NOW) == 2  # both outlets have their first colour
    assert announced(shop, "outlet.status") == []
    (sale_id,) = sold(shop, 60)
    for hours, changes in ((0, 0), (2, 1), (3, 0), (25, 1), (26, 0)):
        assert colours(shop.engine, NOW + timedelta(hours=hours)) == changes
    ended(shop, sale_id, "normalised", 26 * HOUR)
    assert colours(shop.engine, NOW + timedelta(hours=27)) == 1
    assert history(shop) == ["green", "yellow", "red", "green"]
    said = announced(shop, "outlet.status")
    assert [one["colour"] for one in said] == ["yellow", "red", "green"]
    assert said[0]["reason"] == "La plus ancienne facture attend la DGI depuis 2 h."
    assert (said[0]["waiting"], said[0]["oldest_waiting"]) == ("1", "2026-11-22T09:59:00Z")
    assert "oldest_waiting" not in said[2]
    assert announced(shop, "outlet.status", "KIN02") == []


def test_a_first_colour_that_is_trouble_is_told(shop: InProcessShop) -> None:
    sold(shop, 2 * HOUR)
    colours(shop.engine, NOW)
    assert [one["colour"] for one in announced(shop, "outlet.status")] == ["yellow"]


def test_processes_that_look_at_once_tell_it_once(shop: InProcessShop) -> None:
    sold(shop, 30 * HOUR)
    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(lambda _: colours(shop.engine, NOW), range(4)))
    assert max(changes) == 2
    assert history(shop) == ["red"]
    assert len(announced(shop, "outlet.status")) == 1
    assert len(announced(shop, "outlet.deadline")) == 1
    assert [case.about for case in grace_cases(shop)] == ["50 %"]


def test_the_rules_of_an_outlet_are_its_own(shop: InProcessShop) -> None:
    for outlet_id in ("KIN01", "KIN02"):
        sold(shop, 10 * 60, outlet_id=outlet_id)
    with writing(shop.engine) as session:
        policy.change(session, "KIN02", "amber_minutes", "5", by="M1", at=utc_text(NOW))
    assert (figures_of(shop).colour, figures_of(shop, "KIN02").colour) == ("green", "yellow")


def test_looking_at_a_calm_deployment_writes_nothing(shop: InProcessShop) -> None:
    colours(shop.engine, NOW)
    with writing(shop.engine) as session:
        hold_outlet(session, "KIN01")  # on SQLite nobody else could write now
        assert colours(shop.engine, NOW + timedelta(minutes=1)) == 0


def test_a_probe_that_finds_no_signer_turns_the_outlet_red(shop: InProcessShop) -> None:
    parts: Any = dict.fromkeys(PARTS, "up") | {"signer": "down"}
    statement = following(
        None, authority="centre", outlet_id="KIN01", at=utc_text(NOW), parts=parts
    )
    data = canonical(statement.document())
    with writing(shop.engine) as session:
        session.add(Probe(outlet_id="KIN01", number=1, statement=data, digest=digest(data)))
    assert (figures_of(shop).colour, figures_of(shop, "KIN02").colour) == ("red", "green")
