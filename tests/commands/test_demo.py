"""`bono demo`: a shop that sells at once, keeps what it sold, and leaves no process behind."""

import json
import signal
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.given.requests import sale_request
from tests.given.shop_as_process import RunningShop, new_id, run_shop, today
from tests.harness.processes import Commands
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def shop_in(folder: Path, *, fresh: bool = False) -> "Iterator[RunningShop]":
    """A demo over that folder, gone when the block ends; `fresh` as in `Commands`."""
    folder.mkdir(exist_ok=True)
    commands = Commands(folder, [], fresh)
    try:
        with run_shop(commands) as shop:
            yield shop
    finally:
        commands.end()


def simulators(var: Path) -> list[int]:
    """The e-MCF simulators that keep their state in that folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"emcf-simulator" in command and bytes(var) in command:
            found.append(int(folder.name))
    return found


def gone(shop: RunningShop) -> bool:
    """Whether no simulator of that shop runs."""
    return simulators(shop.var) == []


def test_the_card_says_all_that_a_client_needs(own_shop: RunningShop) -> None:
    documented = {
        "url", "outlet_id", "merchant_nif", "terminal_id", "cashier_id", "api_key", "emcf_url",
        "users",
    }  # fmt: skip
    assert documented <= set(own_shop.card)
    assert own_shop.card["url"] == own_shop.running.url
    assert (own_shop.card["outlet_id"], own_shop.card["merchant_nif"]) == ("KIN01", "A2512345Z")
    assert own_shop.card["emcf_url"].endswith("/edef")
    for user in own_shop.card["users"]:
        assert {"name", "role", "pin"} <= set(user)
        assert user["role"] in {"cashier", "manager"}
        assert user["pin"].isdecimal()
    file = own_shop.var / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    card = own_shop.card
    sale = sale_request(pos_terminal_id=card["terminal_id"], cashier_id=card["cashier_id"])
    assert own_shop.sell(sale)["status"] == "normalised"


def test_the_demo_prints_where_to_go_and_how_to_enrol_a_till(own_shop: RunningShop) -> None:
    printed = own_shop.running.output()
    assert f"{own_shop.card['url']}/caisse\n" in printed
    for user in own_shop.card["users"]:
        assert f"{user['name']} {user['pin']}" in printed
    link = printed.partition("une seule fois : ")[2].split()[0]
    assert httpx.get(link, timeout=60).status_code == 200
    assert own_shop.card["api_key"] not in printed


def test_a_demo_started_again_keeps_its_key_and_its_sales(tmp_path: Path) -> None:
    with shop_in(tmp_path, fresh=True) as shop:
        sale_id = new_id()
        sold = shop.put(sale_request(), sale_id)
        key = shop.card["api_key"]
    with shop_in(tmp_path, fresh=True) as again:
        assert again.card["api_key"] == key
        assert again.get(f"/api/v1/invoices/{sale_id}").content == sold.content
        later = again.sell()["normalisation"]["counters"]
        assert later == "2/2 FV"  # the simulator kept its invoices, too
        again.check()


def test_a_card_that_was_lost_or_spoilt_is_written_anew_with_another_key(tmp_path: Path) -> None:
    with shop_in(tmp_path) as shop:
        key = shop.card["api_key"]
    (tmp_path / "var" / "demo.json").write_text("{")
    with shop_in(tmp_path) as again:
        assert again.card["api_key"] != key
        again.sell()


def test_a_demo_uses_the_emcf_that_is_set_and_starts_none(tmp_path: Path) -> None:
    commands = Commands(tmp_path, [])
    try:
        emcf = commands("emcf-simulator", "--port", "0", "--seed", "7", ready='"token"')
        line = next(text for text in emcf.output().splitlines() if text.startswith("{"))
        address = json.loads(line)
        env = {"BONO_EMCF_URL": address["url"], "BONO_EMCF_TOKEN": address["token"]}
        with run_shop(commands, **env) as shop:
            assert shop.card["emcf_url"] == address["url"]
            assert gone(shop)
            sold = shop.sell()
            kept = httpx.get(
                address["url"].removesuffix("/edef") + "/simulator/invoices", timeout=60
            ).json()
            assert [invoice["rn"] for invoice in kept] == [sold["security"]["reference"]]
    finally:
        commands.end()


def test_a_demo_told_to_end_ends_cleanly_and_its_simulator_with_it(
    installed_shop: RunningShop,
) -> None:
    installed_shop.sell()
    assert len(simulators(installed_shop.var)) == 1
    installed_shop.running.popen.send_signal(signal.SIGTERM)
    assert installed_shop.running.wait() == 0
    _wait_until_gone(installed_shop)
    assert "Traceback" not in installed_shop.running.output()


def test_a_demo_interrupted_at_the_keyboard_ends_without_a_traceback(
    installed_shop: RunningShop,
) -> None:
    installed_shop.running.popen.send_signal(signal.SIGINT)
    assert installed_shop.running.wait() == 130
    _wait_until_gone(installed_shop)
    assert "Traceback" not in installed_shop.running.output()


def test_a_demo_that_is_killed_leaves_no_simulator(installed_shop: RunningShop) -> None:
    installed_shop.sell()
    installed_shop.running.popen.kill()
    assert installed_shop.running.wait() == -signal.SIGKILL
    _wait_until_gone(installed_shop)


def _wait_until_gone(shop: RunningShop) -> None:
    wait_until(
        lambda: gone(shop), seconds=10, otherwise=lambda: f"{simulators(shop.var)} still run"
    )


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    commands = Commands(tmp_path, [])
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        for command in ("demo", "serve"):
            refused = commands(command, env={"BONO_PORT": str(port)}, ready=None)
            assert refused.wait() == 2
            assert refused.output() == f"bono : BONO_PORT: le port {port} est déjà pris\n"
    commands.end()
    assert not (tmp_path / "var" / "bono.sqlite").exists()


def test_a_sale_in_flight_is_answered_before_the_end(own_shop: RunningShop) -> None:
    own_shop.fail({"on": "post", "times": 1, "fault": "stall", "seconds": 1.5})
    counts = own_shop.card["emcf_url"].removesuffix("/edef") + "/simulator/requests"
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(own_shop.put, sale_request())
        wait_until(
            lambda: httpx.get(counts, timeout=60).json().get("post"), seconds=10, otherwise=str
        )
        own_shop.running.popen.send_signal(signal.SIGTERM)
        assert answer.result().status_code in {201, 202}
    assert own_shop.running.wait() == 0


def test_the_rates_of_the_demo_reach_today(own_shop: RunningShop) -> None:
    dollars = {
        "method": "ESPECES", "amount": "90000.00", "currency": "USD", "tendered": "32.00",
        "rate": "2850.00", "rate_date": today(),
    }  # fmt: skip
    assert own_shop.put(sale_request(payments=[dollars])).status_code == 201
