"""What outlives the simulator's process, and the process itself."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.control.simulator import DEMO_NIM, SimulatorWarning, create_app, make_token, serving
from app.control.simulator.journal import Journal
from tests.control.conftest import DgiShop
from tests.control.invoices_and_diary import NIF
from tests.control.plain_client import bag_back, confirmed, posted, settled

TOKEN = make_token(NIF, DEMO_NIM, datetime.now(UTC) + timedelta(days=1))


@contextmanager
def started(web: httpx.Client, state: Path | None, seed: int | None = None) -> Iterator[DgiShop]:
    with pytest.warns(SimulatorWarning):
        app = create_app(state=state, seed=seed)
    with serving(app) as address:
        yield DgiShop(address, DEMO_NIM, TOKEN, web)


def test_invoices_counters_and_credits_outlive_a_restart(tmp_path: Path, web: httpx.Client) -> None:
    state = tmp_path / "deep" / "emcf.jsonl"
    with started(web, state) as shop:
        code = confirmed(shop)["codeDEFDGI"]
        confirmed(shop, **bag_back(code))
        before = shop.invoices()
    with started(web, state) as shop:
        assert shop.invoices() == before
        assert confirmed(shop, **bag_back(code))["counters"] == "2/3 FA"
        assert posted(shop, **bag_back(code))["errorCode"] == "12"


def test_waiting_requests_do_not_outlive_a_restart(tmp_path: Path, web: httpx.Client) -> None:
    state = tmp_path / "emcf.jsonl"
    with started(web, state) as shop:
        uid = posted(shop)["uid"]
    with started(web, state) as shop:
        assert settled(shop, uid, "cancel", {})["errorCode"] == "20"


def test_a_seed_gives_the_same_codes_in_the_same_life_and_never_again(
    tmp_path: Path, web: httpx.Client
) -> None:
    codes = []
    for state in (tmp_path / "a", tmp_path / "b", tmp_path / "a"):
        with started(web, state, seed=7) as shop:
            codes.append(confirmed(shop)["codeDEFDGI"])
    assert codes[0] == codes[1] != codes[2]


def test_a_line_torn_by_a_power_cut_is_cut_off(tmp_path: Path, web: httpx.Client) -> None:
    state = tmp_path / "emcf.jsonl"
    with started(web, state) as shop:
        confirmed(shop)
    whole = state.read_bytes()
    state.write_bytes(whole + b'{"confirmed":{"uid":"0b6f')
    journal = Journal(state)
    assert len(journal.by_code) == 1
    assert state.read_bytes() == whole + b'{"started":2}\n'


def test_the_command_announces_where_it_answers_and_that_it_is_a_simulator(
    tmp_path: Path, web: httpx.Client
) -> None:
    script = tmp_path / "faults.json"
    script.write_text('[{"on": "info", "fault": "status_401", "times": 1}]')
    program = f"""
from pathlib import Path
from app.control.simulator import run
run(0, 1, Path({str(script)!r}), Path({str(tmp_path / "state")!r}))
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Bearer {said['token']}"}
        asked = [web.get(said["url"] + "/api/info/status", headers=headers) for _ in "12"]
        process.terminate()
        warned = process.stderr.read()
    assert [answer.status_code for answer in asked] == [401, 200]
    assert (said["nim"], said["nif"]) == ("CD01999901-1", "A2512345Z")
    valid = datetime.fromisoformat(asked[1].json()["tokenValid"])
    assert valid.astimezone(UTC).strftime("%H:%M:%S") == "23:00:00"
    assert "aucune valeur légale" in warned
