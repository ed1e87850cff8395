"""The invariants are no ornament: a product that breaks a rule is caught."""

import random
import re
from collections.abc import Callable
from typing import Any, Final

import pytest

from app.control import emcf_answer, emcf_request
from app.control.emcf import EMcf
from app.control.emcf_answer import Confirmation
from app.control.simulator.faults import Endpoint
from app.services.dgi import recording, undecided
from app.services.doubts import rules
from app.store.dgi import modules, queues, write_ahead
from tests.simulation import network
from tests.simulation.history import HistoryBroken, run
from tests.simulation.stores import SqliteStores
from tests.simulation.troubles import Trouble

SEEDS: Final = range(1, 61)
"""Histories in which the break must show."""

Patch = pytest.MonkeyPatch


def _post_again_after_an_unknown_confirm(patch: Patch) -> None:
    """No fence is left, and recovery is a new delivery."""

    def again(self: EMcf, sealed: Any, _confirming: Any, attempt: Any) -> Any:
        return self.normalise(sealed, attempt)

    patch.setattr(write_ahead, "_check", lambda *_: None)
    patch.setattr(write_ahead, "_confirm_only", lambda *_: None)
    patch.setattr(EMcf, "recover", again)


def _confirm_whatever_the_authority_computed(patch: Patch) -> None:
    patch.setattr(emcf_answer, "differences", lambda *_: [])


def _take_code_20_for_a_confirmation(patch: Patch) -> None:
    real = emcf_answer.read_confirmation

    def believing(heard: Any) -> Any:
        answer = real(heard)
        if getattr(answer, "code", "") != "20":
            return answer
        code = "TEST-FACT-URES-AAAA-BBBB-CCCC"
        qr = f"RDCF01;CD01999901-1;{code.replace('-', '')};A2512345Z;20261122090000"
        return Confirmation("CD01999901-1", code, "1/1 FV", "22/11/2026 09:00:00", qr)

    patch.setattr(emcf_answer, "read_confirmation", believing)


def _tell_nobody_of_a_refusal(patch: Patch) -> None:
    patch.setattr(recording, "open_case", lambda *_, **__: None)


def _keep_doubts_out_of_the_ledger(patch: Patch) -> None:
    patch.setattr(undecided, "append_event", lambda *_, **__: None)


def _believe_an_absence_at_once(patch: Patch) -> None:
    """Many a confirm comes late, nobody is told that it waits, and people do not wait either."""

    def late(_chance: random.Random, endpoint: Endpoint) -> Trouble:
        if endpoint == "confirm":
            return Trouble("late", happening="late")
        return Trouble("deaf", {"fault": "html_502"} if endpoint == "status" else {})

    patch.setattr(network, "chosen", late)
    patch.setattr(rules, "_check_quiet", lambda *_: None)


def _send_the_newest_first(patch: Patch) -> None:
    real = queues.sendable
    patch.setattr(queues, "sendable", lambda *given: list(reversed(real(*given))))


def _mix_two_shops_up(patch: Patch) -> None:
    real = emcf_request.post_body

    def mixed(sealed: Any) -> bytes:
        return real(sealed).replace(b"canari KIN01", b"canari LUB01")

    patch.setattr(emcf_request, "post_body", mixed)


def _forget_what_was_in_flight(patch: Patch) -> None:
    patch.setattr(queues, "begun", lambda *_: [])


def _forget_a_pause(patch: Patch) -> None:
    patch.setattr(modules, "pause", lambda *_, **__: None)


BREAKS: Final[dict[Callable[[Patch], None], str]] = {
    _post_again_after_an_unknown_confirm: "recorded twice|two ends|0001: {",
    _confirm_whatever_the_authority_computed: "totaux",
    _take_code_20_for_a_confirmation: "never gave|another code",
    _tell_nobody_of_a_refusal: "a refusal that nobody sees",
    _keep_doubts_out_of_the_ledger: "a doubt that is no entry",
    _believe_an_absence_at_once: "refused by us and recorded there",
    _send_the_newest_first: "out of order",
    _mix_two_shops_up: "a byte of LUB01",
    _forget_what_was_in_flight: "lost to us|not through",
    _forget_a_pause: "posted while paused",
}
"""What breaks, and the words of the invariant that must notice."""


def first_broken(stores: SqliteStores) -> HistoryBroken | None:
    """How the first of the histories failed that did."""
    for seed in SEEDS:
        try:
            run(stores, seed)
        except HistoryBroken as broken:
            return broken
    return None


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__.strip("_"))
def test_a_broken_rule_is_caught(
    stores: SqliteStores, broken: Callable[[Patch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    caught = first_broken(stores)
    assert caught is not None
    assert re.search(BREAKS[broken], str(caught).splitlines()[0]), str(caught).splitlines()[0]
    assert f"SIMULATION_SEED={caught.seed} " in str(caught)
