"""Attested outages: what is looked at and what the log says of it."""

import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import update

from app.control.module import Unknown
from app.fiscal.canonical import decode
from app.fiscal.errors import SignerBusy
from app.fiscal.ledger import utc_text
from app.fiscal.probe import Outage, read_statement
from app.fiscal.seal import parse_seal
from app.services.ledger.party import SealingParty
from app.services.watch import probes, reach
from app.services.watch.mode import mode_in_force
from app.services.watch.probes import Looking, log_lines, probe_all
from app.services.watch.reach import internet_state, lan_state, signer_state
from app.store.engine import reading, writing
from app.store.tables.ledger import Series
from tests.given.probed_outlet import NOW, Post, machine
from tests.given.shop_in_process import (
    InProcessShop,
    Module,
    opened_engine,
    opened_shop,
    put_outlet,
    started_shop,
)
from tests.harness.ports import free_port

MINUTE: Final = timedelta(minutes=1)


# --- What is looked at


@pytest.mark.parametrize(
    ("routes", "interfaces", "state"),
    [
        pytest.param("eth0", {"eth0": "up"}, "up", id="a carrier and a route"),
        pytest.param("eth0", {"eth0": "unknown"}, "up", id="a driver that does not say"),
        pytest.param("eth0", {"eth0": "down"}, "down", id="the cable is out"),
        pytest.param("", {"eth0": "down", "wlan0": "dormant"}, "down", id="none has a carrier"),
        pytest.param("wlan0", {"eth0": "down", "wlan0": "up"}, "up", id="one of two"),
        pytest.param("", {"eth0": "up"}, "unknown", id="a carrier without a route"),
        pytest.param("", {}, "none", id="a machine without a network"),
        pytest.param(None, {"eth0": "up"}, "unknown", id="a system that does not tell"),
    ],
)
def test_the_network_beside_us_is_up_when_something_carries_it(
    tmp_path: Path, routes: str | None, interfaces: dict[str, str], state: str
) -> None:
    assert lan_state(machine(tmp_path, routes, **interfaces)) == state


def test_a_bridge_of_containers_is_no_network_where_there_are_devices(tmp_path: Path) -> None:
    place = machine(tmp_path, "eth0 docker0", eth0="down", docker0="up")
    (tmp_path / "net" / "eth0" / "device").mkdir()
    assert lan_state(place) == "down"


def test_nothing_is_asked_of_the_internet_unless_somebody_said_where() -> None:
    assert internet_state(None) == "none"
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert internet_state(server.getsockname()) == "up"
    assert internet_state(("127.0.0.1", free_port())) == "down"


class Answering:
    """Runs what it is given at once, with a party that answers as told."""

    def __init__(self, party: Any = None, error: Exception | None = None) -> None:
        self._party, self._error = party, error

    def call(self, work: Callable[[SealingParty, Any], Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        if self._error is not None:
            future.set_exception(self._error)
        elif self._party is not None:
            future.set_result(work(self._party, None))
        return future

    def write(self, work: Callable[..., Any], key: str = "") -> "Future[Any]":
        raise AssertionError(work, key)


def test_a_signer_is_up_when_it_signs_and_down_when_it_refuses(shop: InProcessShop) -> None:
    assert signer_state(shop.sealing) == "up"
    assert signer_state(Answering(error=SignerBusy("gone"))) == "down"


def test_a_signer_that_does_not_answer_in_time_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reach, "PATIENCE", 0.01)
    assert signer_state(Answering()) == "unknown"


# --- The log


def test_the_first_probe_says_how_everything_is_and_is_signed(post: Post) -> None:
    assert post.probe() == 1
    assert post.parts() == {
        "lan": "up", "internet": "none", "dgi": "up", "signer": "up", "device": "none",
    }  # fmt: skip
    verified = post.verified()
    assert (verified.signed, verified.covered) == (1, 1)
    (line,) = post.log()[1:]
    assert parse_seal(decode(line)["signature"]).statement["v"] == "probe/1"
    assert set(decode(post.log()[0])) == {"keys"}


def test_an_entry_is_written_when_something_changes_and_once_a_day(post: Post) -> None:
    evening = NOW.replace(hour=23, minute=58)
    assert [post.probe(evening + n * MINUTE) for n in range(4)] == [1, 0, 1, 0]
    assert [s.at for s in post.verified().statements] == [
        "2030-11-22T23:58:00Z", "2030-11-23T00:00:00Z",
    ]  # fmt: skip
    assert {s.since["dgi"] for s in post.verified().statements} == {"2030-11-22T23:58:00Z"}


def test_an_outage_of_the_dgi_is_told_with_its_beginning_and_its_end(post: Post) -> None:
    post.probe()
    post.module(last_heard=None)
    post.dgi.break_with({"on": "status", "fault": "html_502", "times": 2})
    for minutes in (1, 2):
        post.probe(NOW + minutes * MINUTE)
    assert post.parts()["dgi"] == "down"
    post.probe(NOW + 3 * MINUTE)
    assert post.outages() == [Outage("dgi", "2030-11-22T10:01:00Z", "2030-11-22T10:03:00Z")]
    assert len(post.verified().statements) == 3


def test_while_deliveries_are_tried_nothing_is_asked_beside_them(post: Post) -> None:
    post.shop.sell()
    post.module(failures=1, last_error="Silence.")
    post.probe()
    assert (post.parts()["dgi"], post.asked.times) == ("down", 0)
    post.module(failures=0, last_heard=utc_text(NOW))
    post.probe(NOW + MINUTE)
    assert (post.parts()["dgi"], post.asked.times) == ("up", 0)


def test_an_idle_module_is_asked_once_in_five_minutes(post: Post) -> None:
    for minutes in range(11):
        post.probe(NOW + minutes * MINUTE)
    assert post.asked.times == 3
    assert post.parts()["dgi"] == "up"


def test_a_module_in_the_middle_of_a_call_is_not_asked(post: Post) -> None:
    post.probe()
    post.shop.sell()
    post.deliveries(state="confirming")
    post.module(last_heard=None)
    assert post.probe(NOW + MINUTE) == 0
    assert (post.parts()["dgi"], post.asked.times) == ("up", 1)
    post.deliveries(state="pending")


def test_a_module_that_failed_and_has_nothing_to_do_is_asked_again(post: Post) -> None:
    post.module(failures=3, last_error="Silence.", last_error_at=utc_text(NOW - MINUTE))
    post.probe()
    assert (post.parts()["dgi"], post.asked.times) == ("up", 1)


def test_an_authority_that_refuses_our_token_is_there_all_the_same(post: Post) -> None:
    post.dgi.break_with({"on": "status", "fault": "status_401", "times": 1})
    post.probe()
    assert post.parts()["dgi"] == "up"


def test_in_a_national_outage_nobody_waits_for_every_module_in_turn(
    sqlite_url: str, quiet: reach.NetworkFolders
) -> None:
    engine = opened_engine(sqlite_url)
    for n in range(5):
        module = Module(f"CD0000000{n}-1", "http://127.0.0.1:9/edef", "none")
        put_outlet(engine, f"KIN0{n}", module)
    shop = started_shop(engine)
    asked: list[str] = []

    class Silent:
        def status(self) -> Unknown:
            return Unknown("no answer", confirming=False)

    def modules(nim: str) -> Any:
        asked.append(nim)
        return Silent()

    assert probe_all(engine, Looking(shop.sealing, modules, None, quiet), NOW) == 5
    assert len(asked) == probes.MOST_SILENCES
    with reading(engine) as session:
        for n in range(5):
            assert mode_in_force(session, f"KIN0{n}", NOW).name == "waiting"
    shop.end()


def test_a_module_that_cannot_be_asked_spoils_no_other(
    database_url: str, quiet: reach.NetworkFolders
) -> None:
    engine = opened_engine(database_url)
    for n in range(2):
        put_outlet(engine, f"KIN0{n}", Module(f"CD0000000{n}-1", f"http://127.0.0.{n}", "none"))
    shop = started_shop(engine)

    def modules(nim: str) -> Any:
        if nim.startswith("CD00000000"):
            raise ValueError("no such address")

    assert probe_all(engine, Looking(shop.sealing, modules, None, quiet), NOW) == 2
    shop.end()


def test_without_a_signer_the_log_goes_on_unsigned_and_is_covered_later(post: Post) -> None:
    post.probe()
    post.signer.gone = True
    post.probe(NOW + MINUTE)
    post.module(failures=1)
    post.shop.sell()
    post.probe(NOW + 2 * MINUTE)
    unsigned = post.verified()
    assert (len(unsigned.statements), unsigned.signed, unsigned.covered) == (3, 1, 1)
    post.signer.gone = False
    post.probe(NOW + 3 * MINUTE)
    covered = post.verified()
    assert (len(covered.statements), covered.signed, covered.covered) == (4, 2, 4)
    assert [outage.part for outage in post.outages()] == ["signer", "dgi"]


def test_a_signature_that_did_not_come_is_made_good_at_the_next_look(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "_signature", lambda *_: None)
    post.probe()
    monkeypatch.undo()
    assert [post.probe(NOW + n * MINUTE) for n in (1, 2)] == [1, 0]
    assert post.verified().covered == 2


def test_a_party_that_does_not_hold_the_series_signs_nothing(
    post: Post, shop: InProcessShop
) -> None:
    with writing(shop.engine) as session:
        session.execute(update(Series).values(authority="kin-2"))
    post.probe()
    assert b"signature" not in post.log()[1]


def test_a_clock_behind_the_key_does_not_spoil_the_log(post: Post) -> None:
    post.probe(datetime(2020, 1, 1, tzinfo=UTC))
    (statement,) = post.verified().statements
    assert statement.at > "2026"


def test_two_processes_that_look_at_once_write_one_entry(post: Post) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: post.probe(), range(4))) == 1
    assert len(post.verified().statements) == 1


def test_each_outlet_has_a_log_of_its_own(database_url: str, quiet: reach.NetworkFolders) -> None:
    shop = opened_shop(database_url, ("KIN01", "KIN02"))
    looking = Looking(shop.sealing, lambda _nim: None, None, quiet)
    assert probe_all(shop.engine, looking, NOW) == 2
    with reading(shop.engine) as session:
        for outlet_id in ("KIN01", "KIN02"):
            (line,) = list(log_lines(session, outlet_id))[1:]
            statement = read_statement(decode(line)["statement"].encode())
            assert (statement.outlet_id, statement.parts["dgi"]) == (outlet_id, "none")
    shop.end()


def test_a_deployment_without_outlets_is_not_looked_at(sqlite_url: str) -> None:
    shop = opened_shop(sqlite_url, ())
    looking = Looking(Answering(error=AssertionError("asked")), lambda _nim: None)
    assert probe_all(shop.engine, looking, NOW) == 0
    shop.end()
