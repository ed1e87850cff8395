"""Every command explains itself, and a wrong call ends with a plain sentence."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.harness.processes import bono_environment, run_to_end

COMMANDS: Final = {
    "demo": [],
    "serve": [],
    "work": [],
    "migrate": [],
    "fsck": [],
    "operator-link": ["--name"],
    "key": ["new", "--by"],
    "quarantine": ["--outlet", "--from", "--new-series", "--by", "--witness"],
    "time": ["confirm", "--by", "--witness"],
    "law": ["add", "list", "rehearse", "approve", "withdraw"],
    "verify": ["FICHIER", "--keys"],
    "export": ["--outlet", "--from", "--to", "--output"],
    "emcf-simulator": ["--port", "--seed", "--faults", "--state", "--law"],
}


def bono(var: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`bono` over that folder."""
    return run_to_end(*arguments, env=bono_environment(var, COLUMNS="200", **env))


def installed(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`bono` over that folder, as it is installed: in a Python of its own."""
    return subprocess.run(
        [Path(sys.executable).with_name("bono"), *arguments],
        env=bono_environment(var, COLUMNS="200"),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_itself(tmp_path: Path, command: str) -> None:
    said = bono(tmp_path, command, "--help")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(f"usage: bono {command}")
    for word in COMMANDS[command]:
        assert word in said.stdout


def test_the_installed_program_names_all_its_commands(tmp_path: Path) -> None:
    said = installed(tmp_path, "--help")
    assert (said.returncode, said.stderr) == (0, "")
    for command in COMMANDS:
        assert command in said.stdout
    assert said.stdout == bono(tmp_path, "--help").stdout
    assert list(tmp_path.iterdir()) == []


def test_the_installed_program_ends_as_its_fork_does(tmp_path: Path) -> None:
    for arguments in (["fsck"], ["migrate"]):
        once, again = installed(tmp_path, *arguments), bono(tmp_path, *arguments)
        assert (once.returncode, once.stderr) == (again.returncode, again.stderr)
        assert once.stdout == again.stdout


WRONG: Final[dict[str, tuple[list[str], dict[str, str], str]]] = {
    "no command": ([], {}, "required"),
    "an unknown command": (["sell"], {}, "sell"),
    "a port that is none": (["serve"], {"BONO_PORT": "many"}, "BONO_PORT"),
    "a port out of range": (["demo"], {"BONO_PORT": "70000"}, "BONO_PORT"),
    "an unknown role": (["serve"], {"BONO_ROLE": "king"}, "BONO_ROLE"),
    "a centre without an HSM": (["serve"], {"BONO_ROLE": "centre"}, "BONO_PKCS11_MODULE"),
    "a demo in the role of a centre": (["demo"], {"BONO_ROLE": "centre"}, "BONO_ROLE"),
    "an address without a port": (
        ["serve"], {"BONO_INTERNET_PROBE": "example"}, "BONO_INTERNET_PROBE",
    ),
    "a day that is none": (
        ["export", "--outlet", "KIN01", "--from", "hier", "--output", "x.zip"], {}, "--from",
    ),
    "a database that does not answer": (
        ["migrate"], {"BONO_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:1/x"}, "base",
    ),
    "a store without a schema": (["fsck"], {}, "base"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_ends_with_a_plain_sentence(tmp_path: Path, case: str) -> None:
    arguments, env, word = WRONG[case]
    said = bono(tmp_path, *arguments, **env)
    assert said.returncode == 2
    assert word in said.stderr
    assert "Traceback" not in said.stderr
    assert said.stderr.startswith(("bono : ", "usage: bono"))


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        said = bono(tmp_path / "new" / "folder", "migrate")
        assert (said.returncode, said.stdout) == (0, "Le schéma est à jour.\n")
    assert bono(tmp_path / "new" / "folder", "fsck").stdout == "VALIDE\n"
