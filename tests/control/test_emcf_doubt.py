"""Confirms whose answer is missing: what can be known, and what must stay in doubt."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.control.emcf import EXPIRED_OR_LOST, LOST, EMcf
from app.control.emcf_line import Timeouts
from app.control.module import (
    Confirming,
    Normalised,
    NotIssued,
    Refused,
    SealedInvoice,
    Unknown,
    weigh_counters,
)
from app.control.simulator import DEMO_NIM, SimulatorWarning, create_app, make_token, serving
from tests.control.conftest import DgiShop, MovableClock
from tests.control.invoices_and_diary import NIF, Diary, credit_note, one_bag, sale, sealed

PATIENT_ENOUGH = Timeouts(post=20, confirm=2, read=20)
DEAD = {"on": "status", "fault": "html_502"}
"""The platform answers nothing about a doubt."""


@dataclass(slots=True)
class Doubt:
    """A sale whose confirm was not answered, as the ledger's side remembers it."""

    sealed: SealedInvoice
    diary: Diary

    def confirming(self, seconds: int | None = None) -> Confirming:
        post = self.diary.calls[0]
        confirm = next(call for call in self.diary.calls if call.step == "confirm")
        assert post.answer is not None
        assert confirm.uid is not None
        return Confirming(confirm.uid, post.request, post.answer, confirm.request, seconds)


def doubt(shop: DgiShop, emcf: EMcf, fault: str) -> Doubt:
    """The first confirm met that fault while the platform was deaf; now it hears again."""
    shop.break_with({"on": "confirm", "fault": fault}, DEAD)
    invoice, diary = sealed(sale()), Diary()
    outcome = emcf.normalise(invoice, diary)
    assert isinstance(outcome, Unknown), outcome
    assert outcome.confirming
    assert diary.steps == ["post", "confirm", "status"]
    shop.break_with()
    return Doubt(invoice, diary)


LOST_ANSWERS: dict[str, dict[str, Any]] = {
    "cut before": {"fault": "drop_before_commit"},
    "a gateway page": {"fault": "html_502"},
    "a refused token": {"fault": "status_401"},
    "an error of the platform": {"fault": "error_in_200", "code": "99"},
    "an unknown uid that still waits": {"fault": "error_in_200", "code": "20"},
}


@pytest.mark.parametrize("what", LOST_ANSWERS)
def test_a_lost_confirm_that_still_waits_is_confirmed_again_at_once(
    shop: DgiShop, emcf: EMcf, what: str
) -> None:
    shop.break_with({"on": "confirm", "times": 1, **LOST_ANSWERS[what]})
    diary = Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    assert isinstance(outcome, Normalised), outcome
    assert diary.steps == ["post", "confirm", "status", "confirm"]
    assert diary.calls[1].request == diary.calls[3].request
    assert len(shop.invoices()) == 1


RECORDED: dict[str, dict[str, Any]] = {
    "cut after": {"fault": "drop_after_commit"},
    "a gateway page": {"fault": "html_502", "committed": True},
    "a stall": {"fault": "stall", "seconds": 60, "committed": True},
}


@pytest.mark.parametrize("what", RECORDED)
def test_a_recorded_confirm_whose_answer_is_lost_leaves_the_sale_in_doubt(
    shop: DgiShop, what: str
) -> None:
    shop.break_with({"on": "confirm", "times": 1, **RECORDED[what]})
    emcf, diary = shop.emcf(PATIENT_ENOUGH), Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    emcf.close()
    assert outcome == Unknown(LOST, confirming=True, cause="gone")
    assert diary.steps == ["post", "confirm", "status", "read", "confirm"]
    assert len(shop.invoices()) == 1


def test_a_stalled_confirm_that_lands_after_its_retry_makes_one_invoice(shop: DgiShop) -> None:
    shop.break_with({"on": "confirm", "fault": "stall", "seconds": 2.5, "times": 1})
    emcf = shop.emcf(PATIENT_ENOUGH)
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert isinstance(outcome, Normalised)
    again = emcf.normalise(sealed(sale()), Diary())
    emcf.close()
    assert isinstance(again, Normalised)
    assert again.counters == "2/2 FV"


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit"])
def test_a_sale_stays_in_doubt_while_the_platform_is_deaf(
    shop: DgiShop, emcf: EMcf, fault: str
) -> None:
    in_doubt = doubt(shop, emcf, fault)
    shop.break_with({"on": "status", "fault": "status_401"})
    outcome = emcf.recover(in_doubt.sealed, in_doubt.confirming(5), Diary())
    assert isinstance(outcome, Unknown)
    assert outcome.confirming


def test_recovery_confirms_what_still_waits(shop: DgiShop, emcf: EMcf) -> None:
    in_doubt, diary = doubt(shop, emcf, "drop_before_commit"), Diary()
    outcome = emcf.recover(in_doubt.sealed, in_doubt.confirming(5), diary)
    assert isinstance(outcome, Normalised)
    assert diary.steps == ["status", "confirm"]
    [recorded] = shop.invoices()
    assert outcome.code_def_dgi.replace("-", "") == recorded["code"]
    assert outcome.request == in_doubt.diary.calls[0].request
    assert (outcome.total, outcome.vat) == ("288000.00", "39724.14")


def test_recovery_knows_uids_in_any_case(shop: DgiShop, emcf: EMcf) -> None:
    in_doubt = doubt(shop, emcf, "drop_before_commit")
    shop.break_with({"on": "any", "fault": "upper_uid"})
    diary = Diary()
    assert isinstance(emcf.recover(in_doubt.sealed, in_doubt.confirming(5), diary), Normalised)
    assert diary.steps == ["status", "confirm"]


def test_what_is_gone_within_two_minutes_was_most_likely_recorded(
    shop: DgiShop, emcf: EMcf
) -> None:
    in_doubt, diary = doubt(shop, emcf, "drop_after_commit"), Diary()
    outcome = emcf.recover(in_doubt.sealed, in_doubt.confirming(60), diary)
    assert outcome == Unknown(LOST, confirming=True, cause="gone")
    assert diary.steps == ["status", "read", "confirm"]


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit"])
@pytest.mark.parametrize("seconds", [121, None])
def test_what_may_have_expired_cannot_be_known(
    shop: DgiShop, emcf: EMcf, clock: MovableClock, fault: str, seconds: int | None
) -> None:
    in_doubt = doubt(shop, emcf, fault)
    clock.advance(121)
    outcome = emcf.recover(in_doubt.sealed, in_doubt.confirming(seconds), Diary())
    assert outcome == Unknown(EXPIRED_OR_LOST, confirming=True, cause="gone")


def test_a_restart_of_ours_forgets_only_the_time(shop: DgiShop, emcf: EMcf) -> None:
    in_doubt = doubt(shop, emcf, "drop_before_commit")
    reborn = shop.emcf()
    outcome = reborn.recover(in_doubt.sealed, in_doubt.confirming(None), Diary())
    reborn.close()
    assert isinstance(outcome, Normalised)


def test_the_time_recovery_takes_counts_against_the_two_minutes(shop: DgiShop, emcf: EMcf) -> None:
    in_doubt = doubt(shop, emcf, "drop_after_commit")
    diary = Diary()
    slow = shop.emcf(monotonic=lambda: 61.0 if len(diary.made_at_heard) > 2 else 0.0)
    outcome = slow.recover(in_doubt.sealed, in_doubt.confirming(60), diary)
    slow.close()
    assert outcome == Unknown(EXPIRED_OR_LOST, confirming=True, cause="gone")


def test_a_restart_of_the_platform_loses_what_waited_and_keeps_what_was_recorded(
    tmp_path: Path, web: httpx.Client
) -> None:
    token = make_token(NIF, DEMO_NIM, datetime.now(UTC) + timedelta(days=1))
    outcomes = []
    for fault in ("drop_before_commit", "drop_after_commit"):
        with serving(authority(tmp_path)) as address:
            shop = DgiShop(address, DEMO_NIM, token, web)
            emcf = shop.emcf()
            in_doubt = doubt(shop, emcf, fault)
            emcf.close()
        with serving(authority(tmp_path)) as address:
            shop = DgiShop(address, DEMO_NIM, token, web)
            emcf = shop.emcf()
            outcomes.append(emcf.recover(in_doubt.sealed, in_doubt.confirming(None), Diary()))
            emcf.close()
            recorded = len(shop.invoices())
    assert outcomes == [Unknown(EXPIRED_OR_LOST, confirming=True, cause="gone")] * 2
    assert recorded == 1


def authority(folder: Path) -> Any:
    with pytest.warns(SimulatorWarning):
        return create_app(state=folder / "emcf.jsonl")


def test_the_next_counter_tells_what_became_of_a_doubt(
    shop: DgiShop, emcf: EMcf, clock: MovableClock
) -> None:
    first = emcf.normalise(sealed(one_bag()), Diary())
    assert isinstance(first, Normalised)
    verdicts = []
    before = total_counter(first)
    for fault in ("drop_before_commit", "drop_after_commit"):
        doubt(shop, emcf, fault)
        clock.advance(121)
        after = emcf.normalise(sealed(one_bag()), Diary())
        assert isinstance(after, Normalised)
        verdicts.append(weigh_counters(1, before, total_counter(after)))
        before = total_counter(after)
    assert verdicts == ["none recorded", "all recorded"]


def total_counter(outcome: Normalised) -> int:
    return int(outcome.counters.split()[0].split("/")[1])


# A list that cannot be trusted --------------------------------------------------------------


def test_a_token_of_another_e_mcf_says_nothing_of_the_doubt(
    shop: DgiShop, emcf: EMcf, clock: MovableClock
) -> None:
    in_doubt, diary = doubt(shop, emcf, "drop_before_commit"), Diary()
    stranger = make_token(NIF, "CD00000007-1", clock.now + timedelta(days=1))
    mistaken = shop.emcf(token=stranger)
    outcome = mistaken.recover(in_doubt.sealed, in_doubt.confirming(5), diary)
    mistaken.close()
    assert isinstance(outcome, Unknown)
    assert outcome.confirming
    assert "CD00000007-1" in outcome.reason
    assert diary.steps == ["status"]


def test_an_error_instead_of_the_list_says_nothing_of_the_doubt(shop: DgiShop, emcf: EMcf) -> None:
    in_doubt, diary = doubt(shop, emcf, "drop_before_commit"), Diary()
    shop.break_with({"on": "status", "fault": "error_in_200"})
    outcome = emcf.recover(in_doubt.sealed, in_doubt.confirming(5), diary)
    assert isinstance(outcome, Unknown)
    assert outcome.confirming
    assert diary.steps == ["status"]


# Confirms that are refused ------------------------------------------------------------------


def refuse_confirms(shop: DgiShop, code: str, *more: dict[str, Any]) -> None:
    error = {"fault": "error_in_200", "code": code, "text": "Non."}
    shop.break_with({"on": "confirm", **error}, *more)


def test_a_refused_confirm_is_cancelled_and_refused(shop: DgiShop, emcf: EMcf) -> None:
    refuse_confirms(shop, "50")
    diary = Diary()
    outcome = emcf.normalise(sealed(sale()), diary)
    assert isinstance(outcome, Refused)
    assert (outcome.by, outcome.code, outcome.text) == ("emcf", "50", "Non.")
    assert diary.steps == ["post", "confirm", "cancel"]
    assert shop.invoices() == []


def test_a_confirm_refused_for_now_may_be_delivered_again(shop: DgiShop, emcf: EMcf) -> None:
    refuse_confirms(shop, "10")
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert outcome == Unknown("La DGI répond : Non. (code 10)", confirming=False, cause="later")


@pytest.mark.parametrize("fault", ["drop_before_commit", "html_502", "error_in_200"])
def test_a_refused_confirm_whose_cancel_is_not_certain_leaves_a_doubt(
    shop: DgiShop, emcf: EMcf, fault: str
) -> None:
    refuse_confirms(shop, "47", {"on": "cancel", "fault": fault, "code": "20"})
    outcome = emcf.normalise(sealed(sale()), Diary())
    assert isinstance(outcome, Unknown)
    assert outcome.confirming


def test_recovery_proves_that_a_refused_confirm_recorded_nothing(shop: DgiShop, emcf: EMcf) -> None:
    in_doubt, diary = doubt(shop, emcf, "drop_before_commit"), Diary()
    refuse_confirms(shop, "50")
    outcome = emcf.recover(in_doubt.sealed, in_doubt.confirming(5), diary)
    assert outcome == NotIssued("La DGI répond : Non. (code 50)")
    assert diary.steps == ["status", "confirm", "cancel"]
    assert shop.ask("GET", "/api/invoice").json()["pendingRequestsCount"] == 0


def test_a_first_confirm_that_is_unknown_everywhere_stays_in_doubt(
    shop: DgiShop, emcf: EMcf
) -> None:
    """A gateway may have repeated our PUT: the first answer lost, the second is code 20."""

    class RepeatingGateway(Diary):
        def intend(self, step: Any, uid: str | None, request: bytes) -> int:
            if self.steps == ["post"]:
                shop.ask("PUT", f"/api/invoice/{uid}/confirm", content=request)
            return Diary.intend(self, step, uid, request)

    outcome = emcf.normalise(sealed(sale()), RepeatingGateway())
    assert outcome == Unknown(LOST, confirming=True, cause="gone")
    assert len(shop.invoices()) == 1


def test_a_credit_note_is_checked_again_at_its_confirm(shop: DgiShop, emcf: EMcf) -> None:
    original = emcf.normalise(sealed(one_bag()), Diary())
    assert isinstance(original, Normalised)
    bag_back = credit_note(original.code_def_dgi)

    class Overtaken(Diary):
        """Another till credits the same bag between our POST and our confirm."""

        def intend(self, step: Any, uid: str | None, request: bytes) -> int:
            if self.steps == ["post"]:
                emcf.normalise(sealed(bag_back), Diary())
            return Diary.intend(self, step, uid, request)

    outcome = emcf.normalise(sealed(bag_back), Overtaken())
    assert isinstance(outcome, Refused)
    assert outcome.code == "12"
    assert [invoice["type"] for invoice in shop.invoices()] == ["FV", "FA"]
