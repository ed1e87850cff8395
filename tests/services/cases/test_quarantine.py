"""The ways out of quarantine and of a wrong future: by two people, nothing twice, recorded."""

from pathlib import Path

import pytest

from app.fiscal.canonical import parse_canonical
from app.fiscal.errors import ClockRollback
from app.fiscal.ledger import clock_text, parse_entry
from app.services.cases.quarantine import NoWayOut, WaysOut, in_quarantine
from app.services.ledger.party import SealingParty
from app.services.proof.fsck import check_store
from app.store.engine import open_engine, reading
from app.store.ledger import entries as rows
from app.store.ledger.anchors import AnchorFolder
from tests.given.anchored import Machine
from tests.given.clocks import NOON
from tests.given.shop_in_process import HOST, insecure_signer

DAY = 86_400


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine whose outlet sold once."""
    signer = insecure_signer()
    machine = Machine(tmp_path, lambda: signer)
    machine.furnish("KIN01")
    first = machine.start().opened()
    first.shop.sell()
    first.stop()
    return machine


def restored(machine: Machine) -> Path:
    """The machine has an old copy; returns the newer database, which sold twice more."""
    copy = machine.keep_copy("old")
    again = machine.start()
    again.shop.sell()
    again.shop.sell()
    again.stop()
    newer = machine.keep_copy("newer")
    machine.put_back(copy)
    machine.start().stop()
    return newer


def ways(machine: Machine) -> WaysOut:
    engine = open_engine(f"sqlite:///{machine.database}")
    party = SealingParty(machine.signer(), "1", HOST)
    folder = AnchorFolder(machine.folder / "anchors")
    return WaysOut(engine, party, folder, "Awa", "Benoît", clock_text(machine.clock.wall))


def test_a_newer_copy_brings_the_missing_entries_back(machine: Machine) -> None:
    newer = open_engine(f"sqlite:///{restored(machine)}")
    out = ways(machine)
    assert [outlet for outlet, _ in in_quarantine(out.engine)] == ["KIN01"]
    assert out.take_from(newer, "KIN01") == 2
    assert in_quarantine(out.engine) == []
    with pytest.raises(NoWayOut):
        out.take_from(newer, "KIN01")
    after = machine.start()
    assert after.shop.sell().sale.fiscal_number == "KIN01-1-00000004"
    (checked,) = check_store(after.shop.engine)
    assert checked.verified.invoices == 4
    after.stop()
    assert machine.start().shop.sell().created


def test_a_copy_that_is_not_new_enough_changes_nothing(machine: Machine) -> None:
    restored(machine)
    out = ways(machine)
    older = open_engine(f"sqlite:///{machine.folder / 'old'}")
    with pytest.raises(NoWayOut, match="ne suffit pas"):
        out.take_from(older, "KIN01")
    assert in_quarantine(out.engine)


def test_without_a_copy_another_series_says_the_gap_under_seal(machine: Machine) -> None:
    restored(machine)
    out = ways(machine)
    assert out.open_another("KIN01") == "2"
    with reading(out.engine) as session:
        (opened,) = rows.walk_entries(session, "KIN01", "2")
    after = parse_canonical(opened.body)["after"]
    assert (after["series"], after["counter"], after["known"]) == ("1", "1", "KIN01-1-00000003")
    assert (after["why"], after["by"], after["witness"]) == ("quarantine", "Awa", "Benoît")
    assert parse_entry(opened.entry).seal
    then = machine.start()
    assert then.shop.sell().sale.fiscal_number == "KIN01-2-00000001"
    check_store(then.shop.engine)
    then.stop()
    once_more = machine.start()
    assert once_more.shop.sell().sale.fiscal_number == "KIN01-2-00000002"
    once_more.stop()


def test_an_empty_database_goes_on_in_another_series(machine: Machine) -> None:
    machine.database.unlink()
    machine.furnish("KIN01")
    machine.start().stop()
    out = ways(machine)
    assert out.open_another("KIN01") == "2"
    after = machine.start()
    assert after.shop.sell().sale.fiscal_number == "KIN01-2-00000001"
    check_store(after.shop.engine)
    after.stop()


def test_a_process_that_runs_follows_the_way_out(machine: Machine) -> None:
    restored(machine)
    running = machine.start()
    running.anchoring.move()
    ways(machine).open_another("KIN01")
    running.anchoring.move()
    assert running.shop.sell().sale.fiscal_number == "KIN01-2-00000001"
    running.stop()


def test_a_wrong_future_is_left_by_a_recorded_step(machine: Machine) -> None:
    machine.clock = machine.clock.restart(NOON + 30 * DAY)  # believed: a month is a closed shop
    ahead = machine.start()
    ahead.shop.sell()
    ahead.stop()
    machine.clock = machine.clock.restart(NOON + 60)
    right = machine.start()
    with pytest.raises(ClockRollback):
        right.shop.sell()
    (said,) = ways(machine).confirm_time()
    assert "la série 2 s'ouvre" in said
    sold = right.shop.sell()  # the same process goes on
    assert sold.sale.fiscal_number == "KIN01-2-00000001"
    check_store(right.shop.engine)
    right.stop()
    assert machine.start().shop.sell().sale.fiscal_number == "KIN01-2-00000002"


def test_a_long_closed_shop_opens_after_the_time_is_confirmed(machine: Machine) -> None:
    machine.clock = machine.clock.restart(NOON + 400 * DAY)
    (said,) = ways(machine).confirm_time()
    assert said == "KIN01 : l'heure est confirmée."
    assert machine.start().shop.sell().sale.fiscal_number == "KIN01-1-00000002"
