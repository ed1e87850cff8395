"""What the tests run in processes of their own; each returns what can be sent back."""

import threading
from itertools import islice
from pathlib import Path

from app.fiscal.errors import FiscalError
from app.services.ledger.settle import Settled
from app.services.ledger.thread import SealingThread
from app.signing.pkcs11 import HsmSigner
from app.signing.signer import Signer
from app.signing.software import InsecureSoftwareSigner, open_software_signer
from app.store.dgi import deliveries
from app.store.engine import Engine, migrate, open_engine, reading
from tests.given import shop_in_process
from tests.harness.waiting import wait_until

Sealed = tuple[str, str, bool]
"""sale_id, fiscal_number, created."""


def migrated(url: str) -> None:
    """The schema is the newest."""
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


def software(folder: str) -> InsecureSoftwareSigner:
    """The software signer whose key lies in that folder, made there when there was none."""
    with shop_in_process.unwarned():
        return open_software_signer("centre", "test-1", Path(folder) / "test-1.pem", make=True)


def hsm(
    module: str, token: str, pin: str, folder: str, kid: str = "hsm-1", *, make: bool = True
) -> HsmSigner:
    """The signer of that token."""
    lock = Path(folder) / "pkcs11.lock"
    return HsmSigner(Path(module), token, pin, "centre", kid, lock, make=make)


def sold(
    url: str,
    signer: Signer,
    outlet_id: str,
    sale_ids: list[str],
    at_a_time: int,
) -> list[Sealed | str]:
    """Sells under each id, so many at a time; a refusal is its text."""
    shop = shop_in_process.started_shop(open_engine(url), signer=signer)
    outlet = shop.facts(outlet_id)
    waiting = iter(sale_ids)
    outcomes: list[Settled | BaseException] = []
    while some := list(islice(waiting, at_a_time)):
        outcomes += shop.settle_all([shop_in_process.submitted(outlet, one) for one in some])
    shop.end()
    return [_plain(outcome) for outcome in outcomes]


def sold_with_key_file(
    url: str, folder: str, outlet_id: str, sale_ids: list[str], at_a_time: int
) -> list[Sealed | str]:
    """`sold` with the software signer of that folder."""
    return sold(url, software(folder), outlet_id, sale_ids, at_a_time)


def sold_with_hsm(
    url: str, token: tuple[str, str, str], folder: str, outlet_id: str, sale_ids: list[str]
) -> list[Sealed | str]:
    """`sold` with the HSM; `token` is module, label and PIN."""
    signer = hsm(*token, folder)
    try:
        return sold(url, signer, outlet_id, sale_ids, 8)
    finally:
        signer.close()


def credited(url: str, folder: str, original: str, sale_id: str) -> str:
    """Takes one sack of that invoice back; what became of it."""
    shop = shop_in_process.started_shop(open_engine(url), signer=software(folder))
    (outcome,) = shop.settle_all([shop_in_process.credited(shop.facts(), original, "1", sale_id)])
    shop.end()
    return "sealed" if isinstance(outcome, Settled) else str(getattr(outcome, "rule", outcome))


def signed(token: tuple[str, str, str], folder: str, text: bytes, times: int) -> list[bytes]:
    """So many signatures of the HSM over that text."""
    signer = hsm(*token, folder)
    try:
        return [signer.seal(text) for _ in range(times)]
    finally:
        signer.close()


def first_key(token: tuple[str, str, str], folder: str) -> dict[str, str]:
    """The public key, which the signer makes when there is none."""
    signer = hsm(*token, folder)
    try:
        return dict(signer.public_jwk())
    finally:
        signer.close()


def first_key_file(folder: str) -> dict[str, str]:
    """The public key of the software signer, which makes it when there is none."""
    return dict(software(folder).public_jwk())


def _plain(outcome: Settled | BaseException) -> Sealed | str:
    if isinstance(outcome, Settled):
        return outcome.sale.sale_id, outcome.sale.fiscal_number, outcome.created
    return repr(outcome) if isinstance(outcome, FiscalError) else f"unexpected: {outcome!r}"


def sealing(engine: Engine, folder: str) -> SealingThread:
    """A running sealing thread with the signer of that folder."""
    return shop_in_process.started_shop(engine, signer=software(folder)).sealing


def delivers_until_killed(url: str, folder: str) -> None:
    """Seals one sale, delivers it, and waits for the end."""
    shop = shop_in_process.started_shop(
        open_engine(url), signer=software(folder), locks=Path(folder) / "locks"
    )
    shop.sell()
    shop.delivering()
    threading.Event().wait()


def delivered(url: str, folder: str) -> None:
    """Brings whatever waits in that store to the authority, until nothing waits."""
    shop = shop_in_process.started_shop(
        open_engine(url), signer=software(folder), locks=Path(folder) / "locks"
    )
    shop.delivering()
    wait_until(lambda: nothing_waits(shop.engine), seconds=110, otherwise=lambda: "it waits")
    shop.end()


def nothing_waits(engine: Engine) -> bool:
    with reading(engine) as session:
        return deliveries.unfinished(session) == 0
