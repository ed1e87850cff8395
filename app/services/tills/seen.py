"""What a tablet has seen: the highest number that it was given, and the hash of its entry.

A store that was put back from a copy, or is one of two, does not know that number, or another
invoice has it.
"""

from typing import Annotated

import msgspec
import structlog

from app.access import KnownDevice
from app.fiscal.errors import FiscalError
from app.fiscal.numbering import parse_fiscal_number
from app.services.ledger.anchoring import stop_all
from app.services.ledger.party import Calls
from app.store.engine import Engine, Session, reading
from app.store.ledger import standing
from app.store.ledger.entries import Key, series_of

_log = structlog.get_logger()


class Seen(msgspec.Struct, frozen=True):
    """An invoice that a tablet was given."""

    number: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{3,5}-[0-9]{1,2}-[0-9]{8}\Z")]
    hash: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


def check_seen(engine: Engine, sealing: Calls, device: KnownDevice, seen: Seen) -> None:
    """The store holds that invoice, or its outlet is in quarantine; while nobody seals, later."""
    with reading(engine) as session:
        key = _missing(session, device, seen)
    if key is None:
        return
    words = (
        f"La tablette {device.terminal_id} tient la facture {seen.number}, et cette base ne l’a "
        "pas, ou en a une autre sous ce numéro : c’est une copie, ou une de deux."
    )
    try:
        sealing.call(lambda party, now: stop_all(engine, party, {key: words}, now)).result(3)
    except (FiscalError, TimeoutError) as error:
        _log.warning("seen.not_stopped", outlet_id=device.outlet_id, error=repr(error))


def _missing(session: Session, device: KnownDevice, seen: Seen) -> Key | None:
    """The series of an invoice that is not here as the tablet has it."""
    number = parse_fiscal_number(seen.number)
    if number is None or number.outlet_id != device.outlet_id or device.revoked or device.replaced:
        return None
    if standing.hash_of_number(session, device.outlet_id, seen.number) == seen.hash:
        return None
    here = {row.series: row.standing for row in series_of(session, device.outlet_id)}
    return (device.outlet_id, number.series) if here.get(number.series, "open") == "open" else None
