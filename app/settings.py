"""The settings of one process: the environment is read once, here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

Role = Literal["centre", "outlet", "demo"]

GRAPH = "https://graph.facebook.com/v23.0"
"""Where Meta answers."""


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
    key: str = ""
    """`BONO_KEY`: the name of the key that seals; default: `hsm-1`, in the demo `demo-1`."""
    verify_host: str = "127.0.0.1:8000"
    """`BONO_VERIFY_HOST`: the host that stands in the platform QR."""
    service_worker: bool = True
    """`BONO_SERVICE_WORKER`: on, or off: browsers remove the worker that they have."""
    smtp_url: str = ""
    """`BONO_SMTP_URL`: smtp://user:password@host:port (STARTTLS where offered) or smtps://…."""
    mail_from: str = ""
    """`BONO_MAIL_FROM`: the address that our e-mails come from; needed with `BONO_SMTP_URL`."""
    whatsapp_url: str = GRAPH
    """`BONO_WHATSAPP_URL`: base of the WhatsApp Business API."""
    whatsapp_token: str = ""
    """`BONO_WHATSAPP_TOKEN`: its bearer token; set: receipts may be sent by that API."""
    whatsapp_phone: str = ""
    """`BONO_WHATSAPP_PHONE`: the id of the number we send from; needed with the token."""
    whatsapp_template: str = ""
    """`BONO_WHATSAPP_TEMPLATE`: approved template (invoice, amount, seller, link); else a text."""
    whatsapp_secret: str = ""
    """`BONO_WHATSAPP_SECRET`: the app's secret; set: Meta may report at /whatsapp/etats."""
    whatsapp_verify: str = ""
    """`BONO_WHATSAPP_VERIFY`: the word that Meta repeats when it subscribes there."""
    webhook_private: bool = False
    """`BONO_WEBHOOK_PRIVATE`: on: webhooks may go to this machine or its network, without TLS."""
    proxy: str = ""
    """`BONO_PROXY`: http://[user:password@]host:port, for e-MCF, WhatsApp and webhooks."""
    ca_file: Path | None = None
    """`BONO_CA_FILE`: certificates (PEM) believed there beside the public ones."""
    internet_probe: tuple[str, int] | None = None
    """`BONO_INTERNET_PROBE`: host:port that tells whether the internet is reached; unset: none."""

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.var / 'bono.sqlite'}"

    @property
    def kid(self) -> str:
        """The name of the key that seals."""
        return self.key or ("hsm-1" if self.pkcs11_module else "demo-1")

    @property
    def exports(self) -> Path:
        """The folder of the exports that were asked for."""
        return self.var / "exports"

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


def _address(name: str, text: str | None) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004 - ports
        raise InvalidSetting(f"{name}: « {text} » n'est pas un hôte et son port")
    return host.strip("[]"), int(port)


def _check_pair(environment: Mapping[str, str], name: str, needed: str) -> None:
    if environment.get(name) and not environment.get(needed):
        raise InvalidSetting(f"{needed}: il manque, et {name} est là")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that this environment says.

    Raises:
        InvalidSetting: naming the variable.
    """
    get = environment.get
    port = _port(get("BONO_PORT") or "8000")
    module = get("BONO_PKCS11_MODULE")
    _check_pair(environment, "BONO_SMTP_URL", "BONO_MAIL_FROM")
    _check_pair(environment, "BONO_WHATSAPP_TOKEN", "BONO_WHATSAPP_PHONE")
    _check_pair(environment, "BONO_WHATSAPP_SECRET", "BONO_WHATSAPP_VERIFY")
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
        key=get("BONO_KEY") or "",
        verify_host=get("BONO_VERIFY_HOST") or f"127.0.0.1:{port}",
        service_worker=_switch("BONO_SERVICE_WORKER", get("BONO_SERVICE_WORKER") or "on"),
        smtp_url=get("BONO_SMTP_URL") or "",
        mail_from=get("BONO_MAIL_FROM") or "",
        whatsapp_url=get("BONO_WHATSAPP_URL") or GRAPH,
        whatsapp_token=get("BONO_WHATSAPP_TOKEN") or "",
        whatsapp_phone=get("BONO_WHATSAPP_PHONE") or "",
        whatsapp_template=get("BONO_WHATSAPP_TEMPLATE") or "",
        whatsapp_secret=get("BONO_WHATSAPP_SECRET") or "",
        whatsapp_verify=get("BONO_WHATSAPP_VERIFY") or "",
        webhook_private=_switch("BONO_WEBHOOK_PRIVATE", get("BONO_WEBHOOK_PRIVATE") or "off"),
        proxy=get("BONO_PROXY") or "",
        ca_file=Path(get("BONO_CA_FILE") or "") if get("BONO_CA_FILE") else None,
        internet_probe=_address("BONO_INTERNET_PROBE", get("BONO_INTERNET_PROBE")),
    )
