"""Trying again: who waits and who goes on, when a person is called, and what a person may do."""

import msgspec
import pytest
from sqlmodel import col, select

from app.services.proof.fsck import check_store
from app.store.cases import cases
from app.store.dgi import deliveries, modules
from app.store.dgi.leases import LEASE_SECONDS, LeaseLost
from app.store.engine import reading, writing
from app.store.ledger import entries as rows
from app.store.tables.cases import Case
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.messages import Announcement
from tests.given import requests
from tests.given.module_work_by_hand import HandWork, rule
from tests.given.shop_in_process import InProcessShop
from tests.given.simulated_dgi import SimulatedDgi
from tests.given.what_was_delivered import changes, delivery, module_row, sold, steps


@pytest.fixture
def work(shop: InProcessShop, dgi: SimulatedDgi) -> HandWork:
    return HandWork(shop, dgi.module)


def open_cases(shop: InProcessShop) -> list[Case]:
    with reading(shop.engine) as session:
        return cases.open_cases(session, "KIN01")


def kinds(shop: InProcessShop) -> list[tuple[str, str, str]]:
    """Of each open case: its kind, what it is about, and who can fix it."""
    return [(case.kind, case.about, case.fix) for case in open_cases(shop)]


def announced(shop: InProcessShop) -> list[str]:
    with reading(shop.engine) as session:
        announced = session.exec(select(Announcement).order_by(col(Announcement.number)))
        return [row.event for row in announced]


def events(shop: InProcessShop, sale_id: str) -> list[str]:
    """The names of the ledger's events about that sale."""
    number = shop.state(sale_id).sale.fiscal_number
    with reading(shop.engine) as session:
        bodies = rows.entries_about(session, "KIN01", number, "event")
    return [msgspec.json.decode(body)["name"] for body in bodies]


def order(dgi: SimulatedDgi) -> list[int]:
    """The numbers of what the authority recorded, as it recorded them."""
    return [int(invoice["rn"][-6:]) for invoice in dgi.invoices()]


# --- Silence is the module's


def test_silence_holds_the_queue_but_for_one_probe_after_three(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with({"on": "any", "fault": "html_502", "times": 8})
    ids = sold(shop, 4)
    for _ in range(8):
        work.later()
    assert [delivery(shop, one).attempts for one in ids] == [6, 2, 0, 0]
    assert [steps(shop, one) for one in ids[2:]] == [[], []]
    work.later()
    assert work.run() is None
    assert order(dgi) == [2, 1, 3, 4]


def test_an_invoice_that_gets_no_answer_holds_no_other_for_longer_than_three_tries(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    silent = {"on": "post", "fault": "html_502"}
    dgi.break_with(silent | {"times": 3}, silent | {"nth": 5}, silent | {"nth": 8})
    first, *_ = sold(shop, 4)
    for _ in range(3):
        work.later()
    assert (delivery(shop, first).attempts, order(dgi)) == (3, [])
    work.later()
    assert order(dgi) == [2]
    # The module speaks: from now on a silence is the first one's own, and nobody waits for it.
    work.run()
    row = module_row(shop, dgi.module)
    assert (row.failures, row.rest_until) == (0, 0)
    assert (delivery(shop, first).attempts, order(dgi)) == (4, [2, 3, 4])
    work.later()
    assert (delivery(shop, first).attempts, order(dgi)) == (5, [2, 3, 4])
    sold(shop, 1)
    work.run()
    assert order(dgi) == [2, 3, 4, 5]
    work.later()
    assert order(dgi) == [2, 3, 4, 5, 1]


def test_a_silent_authority_is_asked_more_and_more_rarely(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with({"on": "any", "fault": "drop_before_commit"})
    sold(shop, 2)
    waited = [work.later() for _ in range(12)]
    assert sum(waited[:5]) <= 2 + 4 + 8 + 16 + 5
    assert all(15 <= wait <= 61 for wait in waited[5:7])
    assert all(240 <= wait <= 601 for wait in waited[9:])
    row = module_row(shop, dgi.module)
    assert row.failures == 12
    assert "a été coupée" in (row.last_error or "")


def test_one_person_is_called_once_for_a_long_outage(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with({"on": "any", "fault": "html_502", "times": 60})
    first, second, third = sold(shop, 3)
    for _ in range(60):
        work.later()
    assert delivery(shop, first).state == "failed"
    assert delivery(shop, second).state == delivery(shop, third).state == "pending"
    assert kinds(shop) == [("failed", first, "operator")]
    assert announced(shop) == ["invoice.failed"]
    assert events(shop, first) == ["invoice.failed"]
    work.later()
    assert work.run() is None
    assert sorted(order(dgi)) == [1, 2, 3]
    assert open_cases(shop) == []
    assert changes(shop, first)[-3:] == ["submitted", "confirming", "normalised"]


def test_what_failed_is_tried_again_slowly_until_it_is_done(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    rule(shop, max_attempts=2, slow_retry_seconds=1000)
    dgi.break_with({"on": "any", "fault": "error_in_200", "code": "10", "times": 4})
    (one,) = sold(shop)
    work.one()
    work.later()
    assert delivery(shop, one).state == "failed"
    waited = [work.later() for _ in range(3)]
    assert all(500 <= wait <= 1001 for wait in waited)
    assert announced(shop) == ["invoice.failed"]
    assert shop.state(one).frozen_status == "normalised"
    assert open_cases(shop) == []


# --- "Not now" is the invoice's own


def test_an_invoice_that_cannot_be_verified_yet_steps_aside(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with({"on": "post", "fault": "error_in_200", "code": "10", "times": 1})
    first, second, third = sold(shop, 3)
    wait = work.run()
    assert (wait or 0) > 0
    assert order(dgi) == [2, 3]
    assert "code 10" in (delivery(shop, first).last_error or "")
    work.later()
    assert order(dgi) == [2, 3, 1]
    assert changes(shop, first)[:2] == ["submitted", "pending"]
    assert {delivery(shop, one).state for one in (first, second, third)} == {"done"}


def test_too_many_waiting_requests_rest_the_module_and_count_against_nobody(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with({"on": "post", "fault": "error_in_200", "code": "1", "times": 3})
    first, _ = sold(shop, 2)
    for _ in range(3):
        work.later()
    assert delivery(shop, first).attempts == 0
    assert module_row(shop, dgi.module).failures == 0
    work.later()
    work.run()
    assert order(dgi) == [1, 2]


# --- A refused token


def test_a_revoked_token_rests_the_module_and_fails_no_invoice(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    rule(shop, max_attempts=3)
    dgi.break_with({"on": "any", "fault": "status_401", "times": 6})
    first, _ = sold(shop, 2)
    for _ in range(6):
        work.later()
    assert (delivery(shop, first).state, delivery(shop, first).attempts) == ("pending", 0)
    assert kinds(shop) == [("token", dgi.module.nim, "operator")]
    assert "jeton" in (module_row(shop, dgi.module).last_error or "")
    work.later()
    work.run()
    assert order(dgi) == [1, 2]
    assert open_cases(shop) == []


def test_a_new_token_is_tried_at_once(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with({"on": "any", "fault": "status_401", "times": 1})
    sold(shop, 1)
    work.one()
    assert work.run()
    module = dgi.module
    with writing(shop.engine) as session:
        modules.put_module(
            session,
            ControlModuleRow(nim=module.nim, nif=requests.NIF, url=module.url, token="another"),
        )
    assert work.run() is None
    assert order(dgi) == [1]


# --- Unknown codes


@pytest.mark.parametrize("code", ["2", "27", "47", "51", "777", "E-42"])
def test_a_code_that_nobody_published_is_a_refusal_with_the_words_of_the_authority(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork, code: str
) -> None:
    dgi.break_with(
        {"on": "post", "fault": "error_in_200", "code": code, "text": "Motif inédit.", "times": 1}
    )
    first, second = sold(shop, 2)
    assert work.run() is None
    assert shop.state(first).frozen_status == "refused"
    assert shop.state(second).frozen_status == "normalised"
    (case,) = open_cases(shop)
    assert (case.kind, case.about, case.text) == ("refused", first, "Motif inédit.")
    assert changes(shop, first) == ["submitted", "refused"]


# --- Totals that differ by a centime


@pytest.mark.parametrize("of", ["total", "vtotal", "tab", "vab"])
def test_a_centime_of_difference_is_cancelled_refused_and_shown_with_both_figures(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork, of: str
) -> None:
    dgi.break_with({"on": "post", "fault": "wrong_totals", "of": of, "by": "0.01", "times": 1})
    first, second = sold(shop, 2)
    assert work.run() is None
    assert steps(shop, first) == ["post", "cancel"]
    assert shop.state(first).frozen_status == "refused"
    (case,) = open_cases(shop)
    assert (case.kind, case.about, case.fix) == ("difference", first, "operator")
    assert "pour nous" in case.text
    assert "pour la DGI" in case.text
    assert shop.state(second).frozen_status == "normalised"
    assert order(dgi) == [2]


# --- Refused, and what takes its place


def test_a_refused_invoice_holds_nobody_unless_the_rule_says_so(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    rule(shop, refused_holds=1)
    dgi.break_with({"on": "post", "fault": "error_in_200", "code": "9", "times": 1})
    first, second = sold(shop, 2)
    assert work.run() is None
    assert (delivery(shop, second).state, steps(shop, second)) == ("pending", [])
    replacing = shop.sell(replaces=first).sale.sale_id
    assert work.run() is None
    assert [shop.state(one).frozen_status for one in (replacing, second)] == ["normalised"] * 2
    assert open_cases(shop) == []
    assert order(dgi) == [3, 2]


# --- In doubt


def test_a_doubt_is_an_event_a_case_and_an_announcement_once(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with(
        {"on": "confirm", "fault": "drop_before_commit", "times": 1},
        {"on": "status", "fault": "html_502", "times": 3},
    )
    (one,) = sold(shop)
    for _ in range(3):
        work.later()
    assert delivery(shop, one).state == "in_doubt"
    assert kinds(shop) == [("in_doubt", one, "manager")]
    assert announced(shop) == ["invoice.in_doubt"]
    work.later()
    assert shop.state(one).frozen_status == "normalised"
    assert open_cases(shop) == []
    assert announced(shop) == ["invoice.in_doubt"]
    assert events(shop, one) == ["invoice.in_doubt"]
    assert changes(shop, one) == ["submitted", "confirming", "in_doubt", "normalised"]


def test_a_sale_that_a_person_settled_meanwhile_is_left_alone(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    (one,) = sold(shop)
    with writing(shop.engine) as session:
        row = deliveries.delivery(session, "KIN01", one)
        assert row is not None
        deliveries.change_state(session, row, "refused", "2026-11-22T11:00:00Z", "absente")
    assert work.run() is None
    assert steps(shop, one) == []
    assert order(dgi) == []
    with writing(shop.engine) as session:  # as it was: this test has no ledger entry for it
        row = deliveries.delivery(session, "KIN01", one)
        assert row is not None
        deliveries.change_state(session, row, "pending", "2026-11-22T11:00:00Z")


# --- Pause, resume, try now


def test_nothing_is_sent_while_a_module_is_paused(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    ids = sold(shop, 2)
    with writing(shop.engine) as session:
        assert modules.pause(session, dgi.module.nim, "Marie", "2026-11-22T11:00:00Z")
        assert not modules.pause(session, "nowhere", "Marie", "2026-11-22T11:00:00Z")
    assert work.run() is None
    assert [steps(shop, one) for one in ids] == [[], []]
    with writing(shop.engine) as session:
        assert modules.resume(session, dgi.module.nim)
    assert work.run() is None
    assert order(dgi) == [1, 2]


def test_a_pause_between_two_invoices_holds_what_was_read_ahead(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    sold(shop, 3)
    work.one()
    with writing(shop.engine) as session:
        modules.pause(session, dgi.module.nim, "Marie", "2026-11-22T11:00:00Z")
    assert work.run() is None
    assert order(dgi) == [1]
    with writing(shop.engine) as session:
        modules.resume(session, dgi.module.nim)
    assert work.run() is None
    assert order(dgi) == [1, 2, 3]


def test_whoever_asks_for_it_is_tried_now(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with({"on": "any", "fault": "html_502", "times": 7})
    sold(shop, 2)
    for _ in range(7):
        work.later()
    assert (work.run() or 0) > 10
    with writing(shop.engine) as session:
        assert modules.try_now(session, dgi.module.nim)
        assert not modules.try_now(session, "nowhere")
    assert work.run() is None
    assert order(dgi) == [1, 2]


# --- The rate


def test_a_rate_is_kept_by_one_worker_after_another(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    rule(shop, rate_per_minute=6)
    sold(shop, 4)
    begun = work.now
    assert work.run() == pytest.approx(10, abs=0.1)
    work.work.release()
    another = HandWork(shop, dgi.module, owner="another", now=work.now + 1)
    assert another.run() == pytest.approx(9, abs=1.1)
    for _ in range(3):
        another.later()
    assert another.now - begun >= 30
    assert order(dgi) == [1, 2, 3, 4]


# --- Retry-After


@pytest.mark.parametrize("fault", ["status_429", "status_503"])
def test_the_authority_is_left_alone_for_as_long_as_it_asks(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork, fault: str
) -> None:
    dgi.break_with({"on": "post", "fault": fault, "seconds": 900, "times": 1})
    sold(shop, 1)
    work.one()
    assert work.run() == pytest.approx(900, abs=1)
    work.later()
    assert order(dgi) == [1]


# --- A worker that stalls past its lease


@pytest.mark.parametrize("at", ["post", "confirm"])
def test_a_worker_that_wakes_after_another_took_over_confirms_nothing_twice(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork, at: str
) -> None:
    (one,) = sold(shop)
    another = HandWork(shop, dgi.module, owner="another", now=work.now + LEASE_SECONDS + 1)
    stalled = work.begin(work.claim())
    dgi_heard = stalled._module._call  # type: ignore[attr-defined]  # noqa: SLF001 - the stall

    def stalls(attempt: object, step: str, *more: object) -> object:
        answer = dgi_heard(attempt, step, *more)
        if step == at:
            another.run()
        return answer

    stalled._module._call = stalls  # type: ignore[attr-defined]  # noqa: SLF001
    with pytest.raises(LeaseLost):
        stalled.step()
    another.now += 10_000
    another.run()
    assert delivery(shop, one).state == "done"
    assert len(dgi.invoices()) == 1
    with reading(shop.engine) as session:
        made = deliveries.exchanges(session, "KIN01", one)
    assert len({e.call.uid for e in made if e.call.step == "confirm"}) == 1
    assert all(e.answer is not None for e in made)
    check_store(shop.engine)


def test_a_clock_of_the_authority_that_is_an_hour_off_changes_nothing(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork
) -> None:
    dgi.break_with({"on": "any", "fault": "clock_skew", "seconds": 3600})
    ids = sold(shop, 2)
    work.run()
    assert [shop.state(one).frozen_status for one in ids] == ["normalised"] * 2


# --- Answers with missing or extra members


@pytest.mark.parametrize(("on", "member"), [("post", "uid"), ("post", "total"), ("post", "vab")])
def test_an_answer_to_a_post_without_a_member_that_we_need_confirms_nothing(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork, on: str, member: str
) -> None:
    dgi.break_with({"on": on, "fault": "missing_member", "of": member, "times": 1})
    (one,) = sold(shop)
    work.one()
    assert "confirm" not in steps(shop, one)
    assert order(dgi) == []


@pytest.mark.parametrize("member", ["codeDEFDGI", "qrCode"])
def test_a_confirmation_without_its_elements_leaves_the_sale_in_doubt(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork, member: str
) -> None:
    dgi.break_with({"on": "confirm", "fault": "missing_member", "of": member, "times": 1})
    (one,) = sold(shop)
    assert work.run() is None
    assert delivery(shop, one).state == "in_doubt"
    assert kinds(shop) == [("in_doubt", one, "manager")]


@pytest.mark.parametrize("fault", ["extra_member", "null_error_code", "upper_uid", "brotli"])
def test_an_answer_with_more_than_we_know_is_read(
    shop: InProcessShop, dgi: SimulatedDgi, work: HandWork, fault: str
) -> None:
    dgi.break_with({"on": "any", "fault": fault})
    (one,) = sold(shop)
    assert work.run() is None
    assert shop.state(one).frozen_status == "normalised"
