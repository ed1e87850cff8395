"""The demo's signer says what it is, and makes its key once."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.signing.software import InsecureSignerWarning, open_software_signer
from tests.harness import forks, in_other_processes


def test_it_warns_each_time_it_is_opened(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.warns(InsecureSignerWarning, match="demonstration only"):
            open_software_signer("centre", "demo-1", tmp_path / "demo-1.pem", make=True)


def test_its_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    in_other_processes.software(str(tmp_path / "keys"))
    (file,) = (tmp_path / "keys").iterdir()  # and nothing unfinished is left beside it
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    keys = forks.at_once(in_other_processes.first_key_file, *[(str(tmp_path),)] * 4)
    assert all(key == keys[0] for key in keys)
    assert keys[0] == in_other_processes.first_key_file(str(tmp_path))
    assert len([*tmp_path.iterdir()]) == 1


def test_a_file_with_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "test-1.pem").write_bytes(pem)
    with pytest.raises(TypeError, match="another kind"):
        in_other_processes.software(str(tmp_path))
