"""SoftHSM tokens: real PKCS#11, with keys in files of the test run."""

from __future__ import annotations

import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import pkcs11

_MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
)


@dataclass(frozen=True)
class HsmToken:
    """An empty token: what `BONO_PKCS11_MODULE`, `_TOKEN` and `_PIN` are set to."""

    module: str
    label: str
    pin: str


def module_path() -> str:
    """Return where Debian puts SoftHSM's library."""
    for path in _MODULES:
        if path.exists():
            return str(path)
    raise FileNotFoundError("no SoftHSM: apt-get install softhsm2")


def write_configuration(folder: Path) -> Path:
    """Return the file for `SOFTHSM2_CONF`; its tokens live below `folder`.

    The library reads it once per process, when it is initialised.
    """
    tokens = folder / "tokens"
    tokens.mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n",
        encoding="utf-8",
    )
    return configuration


def fresh_token() -> HsmToken:
    """Return a new token that this process and its children see.

    The library lists its slots when it is initialised, so it is initialised again: sessions that
    an earlier test left open are gone.
    """
    token = HsmToken(module_path(), f"bono-{uuid.uuid4().hex[:16]}", "5678")
    command = [
        "softhsm2-util", "--init-token", "--free", "--label", token.label,
        "--so-pin", "12345678", "--pin", token.pin,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    pkcs11.lib(token.module).reinitialize()
    return token


def empty(token: HsmToken) -> None:
    """Every object of the token is gone, as after a reset; sessions stay open."""
    library = pkcs11.lib(token.module)
    found = library.get_token(token_label=token.label)
    try:
        session = found.open(rw=True, user_pin=token.pin)
    except pkcs11.UserAlreadyLoggedIn:
        session = found.open(rw=True)
    for item in list(session.get_objects()):
        item.destroy()
    session.close()
