"""`bono verify` on a probe log: judged with nothing but the file and the keys."""

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from app.fiscal.canonical import canonical
from app.fiscal.errors import VerificationFailed
from app.fiscal.probe import State, following, probe_line
from app.fiscal.verification import thumbprint
from app.services.proof import probe_file
from app.services.proof.known_keys import Unreadable
from app.services.proof.probe_file import is_probe_log, verify_probe_log
from tests.given.keys import KEY, jwks, throw_away_key
from tests.harness.processes import bono_environment, run_to_end

UP: Final[dict[str, State]] = {
    "lan": "up", "internet": "up", "dgi": "up", "signer": "up", "device": "none",
}  # fmt: skip
KEYS: Final = canonical(jwks()) + b"\n"


def log() -> list[bytes]:
    """Four entries: an outage of the DGI that ended, then one of the signer that did not."""
    lines, before = [], None
    for hour, change in enumerate(({}, {"dgi": "down"}, {}, {"signer": "down"})):
        parts: dict[str, State] = {**UP, **change}  # type: ignore[dict-item]
        statement = following(
            before,
            authority=KEY.authority,
            outlet_id="KIN01",
            at=f"2026-11-22T1{hour}:00:00Z",
            parts=parts,
        )
        before = canonical(statement.document())
        signature = KEY.seal(statement.document()) if parts["signer"] == "up" else None
        lines.append(probe_line(before, signature))
    return lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good log with its keys."""
    path = tmp_path / "pannes.jsonl"
    path.write_bytes(KEYS + b"".join(log()))
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The published keys."""
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(jwks()))
    return path


def bono(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_to_end(*map(str, arguments), env=bono_environment(Path("/nowhere/at/all")))


def test_a_good_log_is_valid_with_the_published_keys(path: Path, keys: Path) -> None:
    ended = bono("verify", path, "--keys", keys)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        f"Clés prises dans {keys}",
        "Étapes 1 à 9 tenues : chaîne, temps, états et signatures",
        "VALIDE — 4 relevés, 3 signés, 2 pannes, 1 pas encore couverts par une signature",
    ]


def test_a_broken_log_ends_with_one_and_names_the_step(path: Path) -> None:
    lines = log()
    path.write_bytes(KEYS + lines[0] + lines[2])
    ended = bono("verify", path)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.splitlines() == [
        f"Clés prises dans le fichier, empreinte {thumbprint(KEY.jwk())} : à comparer",
        "INVALIDE — étape 2, relevé 3 : il ne suit pas l'empreinte du relevé d'avant",
    ]


def test_a_log_without_keys_asks_for_them(path: Path, keys: Path) -> None:
    path.write_bytes(b"".join(log()))
    ended = bono("verify", path)
    assert (ended.returncode, ended.stderr) == (2, "")
    assert ended.stdout == "ILLISIBLE — le journal ne porte pas de clés : donnez --keys\n"
    verified = verify_probe_log(path, keys, lambda _line: None)
    assert (verified.probes, verified.signed, verified.uncovered) == (4, 3, 1)
    assert [(o.part, o.until) for o in verified.outages] == [
        ("dgi", "2026-11-22T12:00:00Z"), ("signer", None),
    ]  # fmt: skip


def test_keys_beside_the_log_are_believed_before_those_inside(path: Path, keys: Path) -> None:
    keys.write_text(json.dumps(jwks(throw_away_key(secret=8))))
    with pytest.raises(VerificationFailed) as failed:
        verify_probe_log(path, keys, lambda _line: None)
    assert failed.value.step == 7


UNREADABLE: Final = {
    "keys that are none": b'{"keys":[{"kid":"k1"}]}\n' + b"".join(log()),
    "keys that are no list": b'{"keys":"k1"}\n' + b"".join(log()),
    "no line at all": b"{",
    "something else in JSON": b'{"v":"audit/1"}\n',
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_without_readable_keys_is_unreadable(path: Path, case: str) -> None:
    path.write_bytes(UNREADABLE[case])
    with pytest.raises(Unreadable):
        verify_probe_log(path, None, lambda _line: None)


def test_a_file_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        verify_probe_log(tmp_path / "none", None, lambda _line: None)


def test_a_line_without_end_does_not_fill_the_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_file, "MOST_LINE", 100)
    with pytest.raises(Unreadable):
        verify_probe_log(path, None, lambda _line: None)


def test_a_probe_log_is_known_by_its_first_byte(path: Path, tmp_path: Path) -> None:
    assert is_probe_log(path)
    assert not is_probe_log(tmp_path)
    assert not is_probe_log(tmp_path / "none")
    (tmp_path / "zip").write_bytes(b"PK\x05\x06")
    assert not is_probe_log(tmp_path / "zip")
