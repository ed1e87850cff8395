"""Two people settle a sale in doubt, and nothing else does."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.fiscal.canonical import parse_canonical
from app.fiscal.errors import InvalidInvoice
from app.fiscal.ledger import EntryKind, utc_text
from app.fiscal.portal import Absent, Found
from app.fiscal.seal import unb64
from app.printing.paper import NotAnInvoice, check
from app.services.doubts import deciding, history
from app.services.doubts import view as doubt_view
from app.services.ledger.answers import current_answer
from app.services.ledger.party import SealingParty
from app.services.papers.receipts import paper_of
from app.services.proof.audit_file import verify_file
from app.services.proof.exports import Days, manifest_seal, write_export
from app.services.proof.fsck import check_store
from app.store.cases import decisions as rows
from app.store.dgi import leases
from app.store.engine import reading, writing
from app.store.ledger import entries
from app.store.ledger.sales import SaleFilter, list_sales
from tests.given import shop_in_process
from tests.given.sales_in_doubt import (
    LATER,
    announced,
    cases,
    doubted,
    hire,
    now,
    on_the_portal,
    open_kinds,
    work_off,
)
from tests.given.shop_in_process import InProcessShop
from tests.given.simulated_dgi import SimulatedDgi
from tests.given.what_was_delivered import SIGNER, changes, module_row, sold, steps
from tests.harness.waiting import wait_until

NOT_THERE = Absent("Cherchée sur le portail à 14 h, par date et par numéro.")


def propose(
    shop: InProcessShop, sale_id: str, found: Found | Absent, by: str = "M1"
) -> history.Proposal:
    proposal = deciding.propose(
        shop.engine, shop.sealing, "KIN01", sale_id, found, by, now() + LATER
    )
    check_store(shop.engine)
    return proposal


def approve(shop: InProcessShop, sale_id: str, by: str = "C1", number: int | None = None) -> str:
    status = deciding.approve(
        shop.engine, shop.sealing, "KIN01", sale_id, by, now() + LATER, number
    )
    check_store(shop.engine)
    return status


def withdraw(shop: InProcessShop, sale_id: str, by: str) -> None:
    deciding.withdraw(shop.engine, shop.sealing, "KIN01", sale_id, by)
    check_store(shop.engine)


def view(shop: InProcessShop, sale_id: str) -> doubt_view.DoubtView:
    with reading(shop.engine) as session:
        return doubt_view.view(session, "KIN01", sale_id)


def refusal(shop: InProcessShop, act: Any, *args: Any) -> tuple[str, str]:
    """The rule and the member of the refusal; nothing changed."""
    before = everything(shop)
    with pytest.raises(InvalidInvoice) as refused:
        act(shop, *args)
    assert refused.value.detail.endswith(".")
    assert everything(shop) == before
    check_store(shop.engine)
    return refused.value.rule, refused.value.path


def everything(shop: InProcessShop) -> tuple[Any, ...]:
    with reading(shop.engine) as session:
        heads = [(s.series, s.position, s.entry_hash) for s in entries.series_of(session, "KIN01")]
        acts = [
            (row.sale_id, row.number, row.act)
            for state in list_sales(session, "KIN01", SaleFilter(), 50)
            for row in rows.decisions(session, "KIN01", state.sale.sale_id)
        ]
    return heads, acts, open_kinds(shop)


def facts(shop: InProcessShop, sale_id: str, kind: EntryKind) -> list[dict[str, Any]]:
    number = shop.state(sale_id).sale.fiscal_number
    with reading(shop.engine) as session:
        return [
            parse_canonical(body) for body in entries.entries_about(session, "KIN01", number, kind)
        ]


# --- Found on the portal


def test_a_code_found_on_the_portal_and_approved_by_another_person_normalises_the_sale(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    found = on_the_portal(shop, dgi, sale_id)
    propose(shop, sale_id, found)
    assert shop.state(sale_id).frozen is None
    assert approve(shop, sale_id) == "normalised"
    state = shop.state(sale_id)
    answer = msgspec.json.decode(state.frozen or b"")
    assert answer["normalisation"]["code_def_dgi"] == found.code_def_dgi
    assert answer["normalisation"]["qr_code"].startswith(f"RDCF01;{dgi.module.nim};")
    assert state.delivery is not None
    assert (state.delivery.state, changes(shop, sale_id)[-1]) == ("done", "normalised")
    assert open_kinds(shop) == []


def test_both_names_stand_in_the_ledger_and_in_the_confirmation(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    found = on_the_portal(shop, dgi, sale_id)
    propose(shop, sale_id, found)
    approve(shop, sale_id)
    event = facts(shop, sale_id, "event")[-1]
    assert event["name"] == "doubt.settled"
    assert (event["data"]["proposed_by"], event["data"]["approved_by"]) == ("M1", "C1")
    (fact,) = facts(shop, sale_id, "normalised")
    copied = parse_canonical(unb64(fact["confirmation"]))
    assert (copied["proposed_by"], copied["approved_by"]) == ("M1", "C1")
    assert (copied["code_def_dgi"], copied["counters"]) == (found.code_def_dgi, found.counters)


def test_a_sale_that_people_normalised_prints_as_an_invoice(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    found = on_the_portal(shop, dgi, sale_id)
    propose(shop, sale_id, found)
    approve(shop, sale_id)
    with reading(shop.engine) as session:
        paper = paper_of(session, shop.state(sale_id).sale, shop_in_process.HOST)
    assert paper.normalised is not None
    assert paper.normalised["code_def_dgi"] == found.code_def_dgi


def test_a_code_copied_without_hyphens_in_small_letters_is_the_same_code(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    found = on_the_portal(shop, dgi, sale_id)
    copied = replace(
        found,
        code_def_dgi=f" {found.code_def_dgi.replace('-', ' ').lower()}\n",
        counters=f" {found.counters.lower()} ",
    )
    assert propose(shop, sale_id, copied).found == propose(shop, sale_id, found).found


def test_the_queue_goes_on_when_a_doubt_is_settled(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    _, third = sold(shop, 2)
    work_off(shop, dgi)  # no counter from before the doubt: undecided, nothing more is sent
    assert steps(shop, third) == []
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))
    approve(shop, sale_id)
    work_off(shop, dgi)
    assert shop.state(third).frozen_status == "normalised"
    assert module_row(shop, dgi.module).last_total_counter == 3


def test_an_export_with_sales_that_people_settled_verifies_with_its_file_alone(
    shop: InProcessShop, dgi: SimulatedDgi, tmp_path: Path
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))
    approve(shop, sale_id)
    other = doubted(shop, dgi, recorded=False)
    propose(shop, other, NOT_THERE)
    approve(shop, other)
    party = SealingParty(SIGNER, "1", shop_in_process.HOST)
    path = tmp_path / "audit.zip"
    today = Days(None, None)
    write_export(
        shop.engine, "KIN01", today, path, partial(manifest_seal, party), "2026-11-22T12:00:00Z"
    )
    verified = verify_file(path, None, lambda _: None)
    assert (verified.normalised, verified.refused) == (1, 1)


# --- Not on the portal


def test_an_absence_that_two_people_saw_refuses_the_sale(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=False)
    propose(shop, sale_id, NOT_THERE)
    assert approve(shop, sale_id) == "refused"
    state = shop.state(sale_id)
    answer = msgspec.json.decode(state.frozen or b"")
    assert (state.frozen_status, answer["refusal"]["code"]) == ("refused", "ABSENT")
    assert answer["refusal"]["by"] == "people"
    assert NOT_THERE.reason in answer["refusal"]["text"]
    assert changes(shop, sale_id)[-1] == "refused"
    assert open_kinds(shop) == ["refused"]
    assert dgi.invoices() == []
    with reading(shop.engine) as session, pytest.raises(NotAnInvoice):
        check(paper_of(session, state.sale, shop_in_process.HOST))  # as for a sale that DGI refused


def test_a_sale_refused_by_people_may_be_sold_again(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=False)
    propose(shop, sale_id, NOT_THERE)
    approve(shop, sale_id)
    again = shop.sell(replaces=sale_id).sale
    work_off(shop, dgi)
    assert shop.state(again.sale_id).frozen_status == "normalised"
    assert open_kinds(shop) == []
    assert len(dgi.invoices()) == 1


def test_an_absence_waits_until_nothing_can_be_on_its_way(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=False)
    with pytest.raises(InvalidInvoice, match="trois minutes") as refused:
        deciding.propose(shop.engine, shop.sealing, "KIN01", sale_id, NOT_THERE, "M1", now())
    assert refused.value.rule == "doubt.busy"


def test_an_absence_seen_before_the_authority_was_asked_again_is_looked_at_again(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=False)
    propose(shop, sale_id, NOT_THERE)
    dgi.clock.ahead = timedelta(minutes=5)
    with reading(shop.engine) as session:
        seen = rows.decisions(session, "KIN01", sale_id)[0].at
    work_off_after(shop, dgi, seen)
    assert refusal(shop, approve, sale_id) == ("doubt.changed", "/sale_id")
    looked_again = propose(shop, sale_id, NOT_THERE)  # the same words, and yet another look
    assert looked_again.number == 2
    assert approve(shop, sale_id) == "refused"


def work_off_after(shop: InProcessShop, dgi: SimulatedDgi, at: str) -> None:
    """The authority is asked again about the doubt, later than that second."""
    wait_until(lambda: utc_text(now()) > at, seconds=5, otherwise=lambda: at)
    work_off(shop, dgi)


def test_an_absence_needs_a_reason(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=False)
    assert refusal(shop, propose, sale_id, Absent("  \n")) == ("format.text", "/reason")


# --- Two people


def test_the_same_person_cannot_propose_and_approve(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))
    assert refusal(shop, approve, sale_id, "M1") == ("doubt.same-person", "/by")


def test_a_cashier_cannot_propose(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    found = on_the_portal(shop, dgi, sale_id)
    assert refusal(shop, propose, sale_id, found, "C1") == ("doubt.person", "/by")


@pytest.mark.parametrize("stranger", ["X9", "", "operator:", "M1 "])
def test_a_stranger_cannot_approve(shop: InProcessShop, dgi: SimulatedDgi, stranger: str) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))
    assert refusal(shop, approve, sale_id, stranger) == ("doubt.person", "/by")


def test_two_operators_cannot_settle_without_a_manager(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id), "operator:anne")
    assert refusal(shop, approve, sale_id, "operator:paul") == ("doubt.person", "/by")
    assert approve(shop, sale_id, "M2") == "normalised"


def test_an_operator_may_be_the_second_person(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))
    assert approve(shop, sale_id, "operator:anne") == "normalised"


# --- Changing one's mind, and lost answers


def test_a_second_proposal_replaces_the_first(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    first = propose(shop, sale_id, NOT_THERE)
    second = propose(shop, sale_id, on_the_portal(shop, dgi, sale_id), "M2")
    proposal = view(shop, sale_id).proposal
    assert proposal == second
    assert refusal(shop, approve, sale_id, "C1", first.number) == ("doubt.changed", "/number")
    assert approve(shop, sale_id, "C1", second.number) == "normalised"


def test_a_withdrawn_proposal_cannot_be_approved(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, NOT_THERE)
    assert refusal(shop, withdraw, sale_id, "C1") == ("doubt.person", "/by")
    withdraw(shop, sale_id, "M2")
    withdraw(shop, sale_id, "M2")
    assert view(shop, sale_id).proposal is None
    assert refusal(shop, approve, sale_id) == ("doubt.none", "/sale_id")


def test_an_approval_whose_answer_was_lost_answers_the_same(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    found = on_the_portal(shop, dgi, sale_id)
    assert propose(shop, sale_id, found).number == propose(shop, sale_id, found).number == 1
    assert approve(shop, sale_id) == approve(shop, sale_id) == "normalised"
    assert len(facts(shop, sale_id, "normalised")) == 1
    assert refusal(shop, approve, sale_id, "M2") == ("doubt.settled", "/sale_id")
    assert refusal(shop, propose, sale_id, found) == ("doubt.settled", "/sale_id")


def test_a_worker_that_recovers_a_settled_sale_finds_nothing_to_do(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))
    approve(shop, sale_id)
    before = steps(shop, sale_id)
    frozen = shop.state(sale_id).frozen
    work_off(shop, dgi)
    assert (steps(shop, sale_id), shop.state(sale_id).frozen) == (before, frozen)


def test_two_people_who_approve_at_once_settle_the_sale_once(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))

    def approved(by: str) -> str:
        try:
            return approve(shop, sale_id, by)
        except InvalidInvoice as refused:
            return refused.rule

    with ThreadPoolExecutor(3) as threads:
        outcomes = list(threads.map(approved, ["C1", "M2", "operator:anne"]))
    assert sorted(outcomes) == ["doubt.settled", "doubt.settled", "normalised"]
    assert len(facts(shop, sale_id, "normalised")) == 1


def test_people_settle_a_sale_whoever_holds_its_module(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    nim = dgi.module.nim
    with writing(shop.engine) as session:
        lease = leases.claim(session, nim, "other", int(time.time()), 120, dead=lambda _: False)
    assert lease is not None
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))
    assert approve(shop, sale_id) == "normalised"
    row = module_row(shop, dgi.module)
    assert (row.owner, row.epoch) == ("other", lease.epoch)


# --- What cannot be true


@pytest.mark.parametrize(
    ("member", "value", "rule"),
    [
        ("code_def_dgi", "TEST-FACT-URES-QK4M-7ZPD", "doubt.code"),
        ("code_def_dgi", "TEST-FACT-URES-QK4M-7ZPD-2XW?", "doubt.code"),
        ("nim", "CD01999901-1", "doubt.nim"),
        ("counters", "1 FV", "doubt.counters"),
        ("counters", "2/1 FV", "doubt.counters"),
        ("counters", "1/1 FA", "doubt.counters"),
        ("counters", "0/1 FV", "doubt.counters"),
        ("date_time", "2026-05-12 10:15:30", "doubt.time"),
        ("date_time", "31/02/2026 10:15:30", "doubt.time"),
        ("date_time", "12/05/2021 10:15:30", "doubt.time"),
        ("date_time", "12/05/2199 10:15:30", "doubt.time"),
        ("qr_code", "RDCF01;CD01999901-1;X;A2512345Z;20260512101530", "doubt.qr"),
    ],
)
def test_what_the_portal_cannot_have_shown_is_refused_at_its_member(
    shop: InProcessShop, dgi: SimulatedDgi, member: str, value: str, rule: str
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    changed: dict[str, Any] = {member: value}
    found = replace(on_the_portal(shop, dgi, sale_id), **changed)
    assert refusal(shop, propose, sale_id, found) == (rule, f"/{member}")


def test_the_elements_of_another_invoice_are_refused(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    (other,) = sold(shop)
    work_off(shop, dgi)
    sale_id = doubted(shop, dgi, recorded=True)
    found, taken = on_the_portal(shop, dgi, sale_id), on_the_portal(shop, dgi, other)
    code = replace(found, code_def_dgi=taken.code_def_dgi)
    counters = replace(found, counters=taken.counters)
    assert refusal(shop, propose, sale_id, code) == ("doubt.taken", "/code_def_dgi")
    assert refusal(shop, propose, sale_id, counters) == ("doubt.taken", "/counters")


def test_two_sales_in_doubt_cannot_be_given_the_same_code(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    hire(shop)
    lost = {"on": "confirm", "fault": "drop_after_commit"}
    dgi.break_with({**lost, "nth": 1}, {**lost, "nth": 3})  # the second is asked again at once
    first, second = sold(shop, 2)
    work_off(shop, dgi)
    dgi.break_with()
    one, other = on_the_portal(shop, dgi, first), on_the_portal(shop, dgi, second)
    propose(shop, second, replace(other, code_def_dgi=one.code_def_dgi))
    propose(shop, first, one)
    approve(shop, first)
    assert refusal(shop, approve, second) == ("doubt.taken", "/code_def_dgi")
    propose(shop, second, other)
    assert approve(shop, second) == "normalised"
    assert len(dgi.invoices()) == 2


def test_a_sale_that_is_not_in_doubt_cannot_be_settled(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    (sale_id,) = sold(shop)
    work_off(shop, dgi)
    assert refusal(shop, propose, sale_id, NOT_THERE) == ("doubt.settled", "/sale_id")
    unknown = shop_in_process.new_sale_id()
    assert refusal(shop, propose, unknown, NOT_THERE) == ("doubt.unknown", "/sale_id")


# --- The evidence


def test_the_view_says_that_nothing_tells_yet(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    shown = view(shop, sale_id)
    assert "Rien ne le dit encore" in shown.evidence
    assert (shown.verdict, shown.proposal, shown.total) == (None, None, "90000.00")
    assert shown.uid is not None
    assert [call.what for call in shown.calls][:2] == [
        "Envoi de la facture",
        "Demande d'enregistrement",
    ]


def test_the_view_says_what_the_counters_of_the_next_invoice_tell(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sold(shop)
    work_off(shop, dgi)
    sale_id = doubted(shop, dgi, recorded=True)
    sold(shop)
    work_off(shop, dgi)
    evidence = view(shop, sale_id).evidence
    assert "compteurs 3/3 FV" in evidence
    assert "portait 1/1 FV" in evidence
    assert "a enregistré cette vente" in evidence


def test_the_view_says_when_the_counters_do_not_suffice(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    sold(shop)
    work_off(shop, dgi)
    shown = view(shop, sale_id)
    assert shown.verdict == "undecided"
    assert "ne suffisent pas" in shown.evidence


def test_a_doubt_stays_in_doubt_for_its_buyer_until_the_second_person(
    shop: InProcessShop, dgi: SimulatedDgi
) -> None:
    sale_id = doubted(shop, dgi, recorded=True)
    propose(shop, sale_id, on_the_portal(shop, dgi, sale_id))
    answer = msgspec.json.decode(current_answer(shop.state(sale_id), shop_in_process.HOST))
    assert answer["status"] == "in_doubt"
    assert [case.kind for case in cases(shop)] == ["in_doubt"]
    assert len(announced(shop, "invoice.in_doubt")) == 1
