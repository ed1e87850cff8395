"""Settings to parts: the only place that knows whether this is the centre, an outlet or a demo."""

from collections.abc import Callable

import structlog

from app.control.emcf import EMcf
from app.control.emcf_lists import TokenUnreadable, read_token
from app.services.arrivals import Arrivals
from app.services.delivering import DeliveringThread
from app.services.directory import Directory
from app.services.parts import Parts
from app.services.sealing import SealingThread
from app.settings import InvalidSetting, Settings
from app.signing.pkcs11 import HsmSigner
from app.signing.signer import Signer
from app.signing.software import open_software_signer
from app.store import outbox
from app.store.engine import migrate, open_engine, reading

_log = structlog.get_logger()

AUTHORITY = "centre"
"""The sealing party of a centre and of the demo; it holds series 1 of every outlet."""


def signer_opener(settings: Settings) -> Callable[[], Signer]:
    """What the sealing thread calls to open the signer of this process.

    Raises:
        InvalidSetting: no HSM is set and this is no demo.
    """
    module = settings.pkcs11_module
    if module is not None:
        return lambda: HsmSigner(
            module,
            settings.pkcs11_token,
            settings.pkcs11_pin,
            AUTHORITY,
            "hsm-1",
            settings.var / "pkcs11.lock",
        )
    if settings.role != "demo":
        raise InvalidSetting("BONO_PKCS11_MODULE: hors démonstration, les sceaux viennent d'un HSM")
    return lambda: open_software_signer(AUTHORITY, "demo-1", settings.var / "keys" / "demo-1.pem")


def assemble(settings: Settings) -> Parts:
    """The parts of this process, over a store whose schema is the newest; nothing runs yet."""
    settings.var.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    migrate(engine)
    sealing = SealingThread(engine, signer_opener(settings), settings.verify_host)
    parts = Parts(settings, engine, sealing, Directory(engine), Arrivals())
    enrol_modules(parts)
    return parts


def _check_token(token: str, nif: str, nim: str) -> None:
    """A token that says it is another's is told; only the authority can refuse it."""
    try:
        claims = read_token(token)
    except TokenUnreadable as error:
        _log.warning("emcf.token", nim=nim, problem=str(error))
        return
    if (claims.nif, claims.nim) != (nif, nim):
        _log.warning("emcf.token", nim=nim, problem=f"jeton de {claims.nif}, {claims.nim}")


def enrol_modules(parts: Parts) -> None:
    """Every control module of the store has its delivering thread in these parts."""
    with reading(parts.engine) as session:
        rows = [(m.nim, m.url, m.token, m.nif) for m in outbox.modules(session)]
    for nim, url, token, nif in rows:
        _check_token(token, nif, nim)
        parts.delivering[nim] = DeliveringThread(
            parts.engine,
            parts.sealing,
            nim,
            EMcf(url, token, nif, nim),
            parts.settings.var / "locks",
            parts.arrivals.told,
        )
