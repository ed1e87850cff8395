"""The harness gives what it promises, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pkcs11
import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.harness import postgres, processes
from tests.harness.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.harness.softhsm import HsmToken

_SERVER = "import sys; print('ready', flush=True); sys.stdin.read() or __import__('signal').pause()"


def test_a_database_answers_and_is_empty(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sale (id INTEGER)"))
        assert connection.execute(text("SELECT count(*) FROM sale")).scalar_one() == 0


def test_a_dropped_database_is_gone_even_while_somebody_is_connected(
    postgresql: postgres.Cluster,
) -> None:
    with postgresql.fresh_database() as url:
        forgotten = psycopg.connect(url.replace("+psycopg", ""))
    with forgotten, pytest.raises(psycopg.OperationalError):
        forgotten.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url.replace("+psycopg", ""))


def test_a_cluster_ends_with_the_process_that_used_it_even_by_kill_9(tmp_path: Path) -> None:
    user = (
        "import os, signal, sys; from pathlib import Path; from tests.harness import postgres\n"
        "with postgres.shared_cluster(Path(sys.argv[1])) as cluster:\n"
        "    Path(sys.argv[1], 'url').write_text(cluster.url().replace('+psycopg', ''))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", user, tmp_path], check=False)
    assert ended.returncode == -signal.SIGKILL
    url = (tmp_path / "url").read_text(encoding="utf-8")
    wait_until(lambda: not _connects(url), seconds=30, otherwise=lambda: f"{url} still answers")


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("turn", [1, 2])
def test_a_token_is_empty_and_lets_its_pin_in(hsm_token: HsmToken, turn: int) -> None:
    token = pkcs11.lib(hsm_token.module).get_token(token_label=hsm_token.label)
    with token.open(rw=True, user_pin=hsm_token.pin) as session:
        assert list(session.get_objects()) == [], f"turn {turn}"
        session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True)


def test_a_token_refuses_another_pin(hsm_token: HsmToken) -> None:
    token = pkcs11.lib(hsm_token.module).get_token(token_label=hsm_token.label)
    with pytest.raises(pkcs11.PinIncorrect):
        token.open(user_pin="0000")


def test_a_page_speaks_french_and_lives_in_kinshasa(page: Page) -> None:
    page.set_content("<h1>Facture normalisée</h1>")
    assert page.inner_text("h1") == "Facture normalisée"
    assert page.evaluate("navigator.language") == "fr-CD"
    assert page.evaluate("new Date(0).getHours()") == 1


def test_a_stopped_command_is_gone_with_its_children(tmp_path: Path) -> None:
    child = f"import os; print(os.getpid(), flush=True); {_SERVER}"
    family = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    running = _start(family, tmp_path)
    running.wait_for_text("ready")
    pid = running.output().split()[0]
    assert running.stop() == -signal.SIGTERM
    wait_until(lambda: not _runs(pid), seconds=30, otherwise=lambda: f"{pid} still runs")


def _runs(pid: str) -> bool:
    """Return whether a process runs; a dead one that nobody has buried yet does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_killed_command_had_no_time_to_say_goodbye(tmp_path: Path) -> None:
    running = _start(_SERVER, tmp_path)
    running.wait_for_text("ready")
    running.kill()
    assert running.wait() == -signal.SIGKILL


def test_a_command_is_interrupted_though_the_tests_run_in_the_background(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        running = _start(_SERVER, tmp_path)
        running.wait_for_text("ready")
        running.popen.send_signal(signal.SIGINT)
        assert running.wait() == -signal.SIGINT
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_fork_is_a_process_of_its_own(run_bono: processes.Commands, tmp_path: Path) -> None:
    running = run_bono("work", ready="partent à la DGI", env={"BONO_VAR": str(tmp_path / "shop")})
    pid = running.popen.pid
    assert (os.getpgid(pid), os.getsid(pid)) == (pid, pid)
    assert (tmp_path / "shop" / "bono.sqlite").exists()
    assert running.popen.poll() is None
    running.popen.send_signal(signal.SIGINT)
    assert running.wait() == 0


def test_a_killed_fork_says_so(run_bono: processes.Commands) -> None:
    running = run_bono("work", ready="partent à la DGI")
    running.kill()
    assert running.wait() == -signal.SIGKILL
    assert not _runs(str(running.popen.pid))


def test_forks_end_with_the_process_that_started_them_even_by_kill_9(tmp_path: Path) -> None:
    user = (
        "import os, signal, sys; from pathlib import Path; from tests.harness import processes\n"
        "commands = processes.Commands(Path(sys.argv[1]), [])\n"
        "commands('demo')\n"
        "print(*(one.popen.pid for one in commands.started), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", user, str(tmp_path)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    pids = ended.stdout.split()
    assert len(pids) == 2
    wait_until(lambda: not any(map(_runs, pids)), seconds=30, otherwise=lambda: "they still run")


def test_a_command_that_ends_instead_of_getting_ready_tells_why(tmp_path: Path) -> None:
    running = _start("raise SystemExit('no such shop')", tmp_path)
    with pytest.raises(ChildProcessError, match="no such shop"):
        running.wait_for_text("ready")


def test_a_url_is_waited_for_until_it_answers(tmp_path: Path, free_port: int) -> None:
    command = [sys.executable, "-m", "http.server", str(free_port), "--bind", "127.0.0.1"]
    running = processes.start(command, env=os.environ, log=tmp_path / "log")
    running.wait_for_url(f"http://127.0.0.1:{free_port}/")
    running.stop()


def test_the_settings_of_this_machine_do_not_reach_a_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BONO_ROLE", "centre")
    environment = processes.bono_environment(tmp_path, BONO_PORT="8001")
    assert {name: value for name, value in environment.items() if name.startswith("BONO_")} == {
        "BONO_VAR": str(tmp_path),
        "BONO_PORT": "8001",
    }


def _start(program: str, tmp_path: Path) -> processes.Running:
    return processes.start([sys.executable, "-c", program], env=os.environ, log=tmp_path / "log")
