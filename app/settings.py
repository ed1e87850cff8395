"""The settings of one process: the environment is read once, here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

Role = Literal["centre", "outlet", "demo"]


class InvalidSetting(ValueError):
    """An environment variable holds something we cannot use."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says; see the table in the README."""

    role: Role = "demo"
    """`BONO_ROLE`: centre, outlet or demo."""
    port: int = 8000
    """`BONO_PORT`: where the pages and the API listen, on 127.0.0.1."""
    var: Path = Path("var")
    """`BONO_VAR`: folder for the database, keys and files."""
    database_url: str = ""
    """`BONO_DATABASE_URL`: sqlite:///… or postgresql+psycopg://…; default: SQLite in `var`."""
    isf: str = "TEST_SFE"
    """`BONO_ISF`: the number DGI gave to this software."""
    emcf_url: str | None = None
    """`BONO_EMCF_URL`: base of the e-MCF, demo only; elsewhere tokens are rows."""
    emcf_token: str | None = None
    """`BONO_EMCF_TOKEN`: token for that e-MCF, demo only."""
    pkcs11_module: Path | None = None
    """`BONO_PKCS11_MODULE`: the PKCS#11 library of the HSM; set: seals are made by the HSM."""
    pkcs11_token: str = "bono"  # noqa: S105 - a label
    """`BONO_PKCS11_TOKEN`: label of the token."""
    pkcs11_pin: str = ""
    """`BONO_PKCS11_PIN`: user PIN of the token."""
    verify_host: str = "127.0.0.1:8000"
    """`BONO_VERIFY_HOST`: the host that stands in the platform QR."""
    service_worker: bool = True
    """`BONO_SERVICE_WORKER`: on, or off: browsers remove the worker that they have."""

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.var / 'bono.sqlite'}"

    @property
    def url(self) -> str:
        """Where this process is reached from its own machine."""
        return f"http://127.0.0.1:{self.port}"


def _role(text: str) -> Role:
    for role in get_args(Role):
        if text == role:
            return cast("Role", role)
    raise InvalidSetting(f"BONO_ROLE: « {text} » n'est ni centre, ni outlet, ni demo")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004 - ports
        raise InvalidSetting(f"BONO_PORT: « {text} » n'est pas un port")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text not in {"on", "off"}:
        raise InvalidSetting(f"{name}: « {text} » n'est ni on, ni off")
    return text == "on"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that this environment says.

    Raises:
        InvalidSetting: naming the variable.
    """
    get = environment.get
    port = _port(get("BONO_PORT") or "8000")
    module = get("BONO_PKCS11_MODULE")
    return Settings(
        role=_role(get("BONO_ROLE") or "demo"),
        port=port,
        var=Path(get("BONO_VAR") or "var").absolute(),
        database_url=get("BONO_DATABASE_URL") or "",
        isf=get("BONO_ISF") or "TEST_SFE",
        emcf_url=get("BONO_EMCF_URL") or None,
        emcf_token=get("BONO_EMCF_TOKEN") or None,
        pkcs11_module=Path(module) if module else None,
        pkcs11_token=get("BONO_PKCS11_TOKEN") or "bono",
        pkcs11_pin=get("BONO_PKCS11_PIN") or "",
        verify_host=get("BONO_VERIFY_HOST") or f"127.0.0.1:{port}",
        service_worker=_switch("BONO_SERVICE_WORKER", get("BONO_SERVICE_WORKER") or "on"),
    )
