"""The anchor: an old copy, a second machine, another key and a wrong clock seal nothing."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.fiscal.errors import (
    ClockAhead,
    ClockBeforeRelease,
    ClockRollback,
    KeyMissing,
    OtherKey,
    Quarantined,
    SignerBusy,
)
from app.services.proof.fsck import StoreBroken, check_store
from app.services.tills.lamps import state_document
from app.signing.signer import Signer
from app.signing.software import open_software_signer
from app.store.cases.cases import open_cases
from app.store.engine import reading, writing
from app.store.ledger.anchors import AnchorFolder
from tests.given.anchored import Machine, Running
from tests.given.clocks import NOON, HandClock
from tests.given.shop_in_process import insecure_signer, unwarned
from tests.harness import in_other_processes, softhsm
from tests.harness.softhsm import HsmToken

DAY = 86_400


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with two outlets that never sold."""
    signer = insecure_signer()
    (tmp_path / "one").mkdir()
    machine = Machine(tmp_path / "one", lambda: signer)
    machine.furnish("KIN01", "KIN02")
    return machine


def quarantined(running: Running, outlet_id: str = "KIN01") -> str:
    """The words of the open case."""
    with reading(running.shop.engine) as session:
        (case,) = open_cases(session, outlet_id)
    assert (case.kind, case.fix) == ("quarantine", "operator")
    return case.text


def sells_nothing(running: Running, outlet_id: str = "KIN01") -> None:
    with pytest.raises(Quarantined):
        running.shop.sell(outlet_id)


def test_a_copy_that_was_put_back_seals_nothing_and_says_what_is_missing(machine: Machine) -> None:
    first = machine.start().opened()
    first.shop.sell()
    first.stop()
    copy = machine.keep_copy()
    again = machine.start().opened()
    known = again.shop.sell()
    again.shop.sell()
    again.stop()
    machine.put_back(copy)
    restored = machine.start()
    sells_nothing(restored)
    assert restored.shop.sell("KIN02").sale.fiscal_number == "KIN02-1-00000001"
    assert "KIN01-1-00000003" in quarantined(restored)
    assert known.sale.fiscal_number == "KIN01-1-00000002"
    assert restored.shop.facts().outlet_id == "KIN01"  # reads go on
    lamps = state_document(
        restored.shop.engine, restored.shop.sealing, "KIN01", machine.clock.instant
    )["lamps"]
    assert (lamps[0]["state"], lamps[0]["say"]) == ("red", "lamp.fiscal.quarantine")
    restored.stop()
    after = machine.start()  # nothing that the copy did moved the anchor back
    sells_nothing(after)
    check_store(after.shop.engine)
    after.stop()


def test_an_empty_database_beside_old_anchors_opens_no_series_again(machine: Machine) -> None:
    first = machine.start().opened()
    first.shop.sell()
    first.stop()
    machine.database.unlink()
    machine.furnish("KIN01", "KIN02")
    empty = machine.start()
    empty.opened()
    sells_nothing(empty)
    sells_nothing(empty, "KIN02")
    assert "KIN01-1-00000001" in quarantined(empty)
    empty.stop()


def test_a_store_ahead_of_its_anchor_is_what_a_crash_leaves(machine: Machine) -> None:
    first = machine.start().opened()
    first.shop.sell()
    first.die()
    second = machine.start()
    assert second.shop.sell().sale.fiscal_number == "KIN01-1-00000002"
    second.stop()


def test_a_second_store_beside_the_same_anchors_is_found_while_both_run(machine: Machine) -> None:
    machine.start().opened().stop()
    copy = machine.keep_copy()
    first = machine.start()
    first.shop.sell()
    first.stop()
    machine.put_back(copy)
    (machine.folder / "anchors").rename(machine.folder / "later")
    clone = machine.start()
    clone.shop.sell()  # no anchor yet: the clone does not know better
    (machine.folder / "later").rename(machine.folder / "anchors")
    clone.anchoring.move()
    sells_nothing(clone)
    assert "Deux bases" in quarantined(clone)
    clone.stop()


def test_a_cloned_folder_is_found_through_the_token_that_both_use(
    tmp_path: Path, hsm_token: HsmToken
) -> None:
    (tmp_path / "one").mkdir()

    def opener() -> Signer:
        token = (hsm_token.module, hsm_token.label, hsm_token.pin)
        return in_other_processes.hsm(*token, str(tmp_path))

    one = Machine(tmp_path / "one", opener)
    one.furnish("KIN01")
    first = one.start().opened()
    first.shop.sell()
    first.stop()
    two = one.cloned(tmp_path / "two")
    here, there = one.start(), two.start()
    here.shop.sell()
    there.shop.sell()  # within the ten seconds of an anchor
    here.anchoring.move()
    there.anchoring.move()
    sells_nothing(there)
    assert "Deux bases" in quarantined(there)
    assert here.shop.sell().sale.fiscal_number == "KIN01-1-00000003"
    there.stop()
    here.stop()
    late = two.start()
    sells_nothing(late)
    late.stop()


def test_an_altered_anchor_stops_its_outlet(machine: Machine) -> None:
    first = machine.start().opened()
    first.stop()
    path = machine.folder / "anchors" / "KIN01-1.jws"
    path.write_text(path.read_text()[:-4] + "AAAA")
    again = machine.start()
    sells_nothing(again)
    assert "ne se vérifie pas" in quarantined(again)
    again.stop()


# --- The key


def software(folder: Path, *, make: bool) -> Signer:
    with unwarned():
        return open_software_signer("centre", "test-1", folder / "test-1.pem", make=make)


def test_a_lost_key_file_makes_no_new_key(machine: Machine, tmp_path: Path) -> None:
    machine.signer = lambda: software(tmp_path, make=True)
    machine.start().opened().stop()
    (tmp_path / "test-1.pem").unlink()
    machine.signer = lambda: software(tmp_path, make=False)
    lost = machine.start()
    with pytest.raises(KeyMissing):
        lost.shop.sell()
    assert not (tmp_path / "test-1.pem").exists()
    lost.die()


def test_another_key_of_the_same_name_seals_nothing(machine: Machine) -> None:
    machine.start().opened().stop()
    other = insecure_signer()
    machine.signer = lambda: other
    found = machine.start()
    with pytest.raises(OtherKey, match="not the one that was published"):
        found.shop.sell()
    with writing(found.shop.engine) as session:  # who replaces its row as well is not believed
        session.execute(text("DELETE FROM signing_key"))
    with pytest.raises(OtherKey, match="opened by another key"):
        found.shop.sell()
    lamps = state_document(found.shop.engine, found.shop.sealing, "KIN01", machine.clock.instant)
    assert lamps["lamps"][0]["say"] == "lamp.fiscal.key"
    found.die()


def test_a_key_that_nobody_approved_seals_nothing(machine: Machine) -> None:
    machine.start().opened().stop()
    other = insecure_signer(kid="test-2")
    machine.signer = lambda: other
    found = machine.start()
    with pytest.raises(OtherKey, match="nobody approved"):
        found.shop.sell()
    found.die()


def test_an_emptied_token_gets_no_new_key(tmp_path: Path, hsm_token: HsmToken) -> None:
    token = (hsm_token.module, hsm_token.label, hsm_token.pin)
    (tmp_path / "one").mkdir()
    made = in_other_processes.hsm(*token, str(tmp_path))
    machine = Machine(tmp_path / "one", lambda: made)
    machine.furnish("KIN01")
    first = machine.start().opened()
    first.shop.sell()
    softhsm.empty(hsm_token)
    with pytest.raises((KeyMissing, SignerBusy)):  # while it runs
        first.shop.sell()
    first.die()
    kept = in_other_processes.hsm(*token, str(tmp_path), make=False)
    machine.signer = lambda: kept
    emptied = machine.start()
    with pytest.raises(KeyMissing):
        emptied.shop.sell()
    emptied.die()


def test_a_whole_chain_made_again_under_another_key_is_invalid_beside_its_anchors(
    machine: Machine, tmp_path: Path
) -> None:
    machine.start().opened().stop()
    anchors = AnchorFolder(machine.folder / "anchors").read()
    (tmp_path / "forged").mkdir()
    forged = Machine(tmp_path / "forged", insecure_signer)
    forged.furnish("KIN01", "KIN02")
    running = forged.start().opened()
    check_store(running.shop.engine)
    with pytest.raises(StoreBroken, match="ancre"):
        check_store(running.shop.engine, anchors=anchors)
    running.stop()


# --- The clock


def test_a_start_in_2010_publishes_no_key_and_seals_nothing(machine: Machine) -> None:
    machine.clock = HandClock(NOON - 16 * 365 * DAY)
    early = machine.start()
    with pytest.raises(ClockBeforeRelease):
        early.opened()
    with reading(early.shop.engine) as session:
        assert session.execute(text("SELECT count(*) FROM signing_key")).scalar() == 0
    machine.clock.jump(16 * 365 * DAY)
    assert early.opened().shop.sell().created  # put right: no other start is needed
    early.stop()


def test_a_start_400_days_ahead_seals_nothing_and_the_right_time_sells(machine: Machine) -> None:
    first = machine.start().opened()
    first.shop.sell()
    first.stop()
    machine.clock = machine.clock.restart(NOON + 400 * DAY)
    ahead = machine.start()
    with pytest.raises(ClockAhead):
        ahead.shop.sell()
    lamps = state_document(ahead.shop.engine, ahead.shop.sealing, "KIN01", machine.clock.instant)
    assert lamps["lamps"][0]["say"] == "lamp.fiscal.clock"
    ahead.die()
    machine.clock = machine.clock.restart(NOON + 60)
    right = machine.start()
    assert right.shop.sell().created
    right.stop()


def test_an_anchor_tells_the_time_that_a_copy_lost(machine: Machine) -> None:
    machine.start().opened().stop()
    copy = machine.keep_copy()
    machine.clock.pass_time(3 * DAY)
    later = machine.start()
    later.shop.sell()
    later.stop()
    machine.put_back(copy)
    machine.clock = machine.clock.restart(NOON + DAY)
    behind = machine.start()
    with pytest.raises(ClockRollback):
        behind.shop.sell("KIN02")
    assert "KIN01-1-00000001" in quarantined(behind)
    behind.die()
