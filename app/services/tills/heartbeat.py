"""What a tablet says of itself every half minute, and what the outlet says of itself in return.

The journal of a tablet only grows. One that is shorter than it was, or that says something else
at the same place, was put back from a copy, and sales may be gone with the difference.
"""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
import structlog

from app.access import KnownDevice
from app.fiscal.errors import FiscalError, InvalidInvoice
from app.fiscal.ledger import utc_text
from app.services.ledger.facts import append_event
from app.services.ledger.party import Calls, SealingParty
from app.services.tills.seen import Seen, check_seen
from app.store.engine import Engine, Session, writing
from app.store.tables.tills import Device
from app.store.tills.devices import held_device

_log = structlog.get_logger()

_Count = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,14})\Z")]
_Time = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
]
ROLLED_BACK: Final = "tablet.rolled-back"


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """One heartbeat. Members that this build does not know are left out: tablets may be newer."""

    last_seq: _Count
    """The last entry of its journal."""
    head: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{0,64}\Z")]
    """The hash of that entry."""
    outbox: Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,5})\Z")]
    """Sales that only the tablet has."""
    oldest: _Time | None = None
    build: Annotated[str, msgspec.Meta(max_length=64)] = ""
    persisted: bool = False
    usage: _Count = "0"
    quota: _Count = "0"
    clock_offset: Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,12}\Z")] = "0"
    """Seconds that the tablet's clock is behind the server's."""
    seen: Seen | None = None
    """The highest number that it was given; told when it changed, and now and then."""


class Memory(msgspec.Struct, omit_defaults=True):
    """What stands in the tablet's row: its last heartbeat, and whether its journal went back."""

    said: Said
    behind: bool = False
    """Its journal was shorter than before when it last spoke."""
    rolled_back_at: str = ""
    """When it was certain: shorter twice in a row, or another entry at the same place."""
    recorded: bool = False
    """The ledger says so."""


def read_heartbeat(document: Any) -> Said:
    """The heartbeat of a decoded body.

    Raises:
        InvalidInvoice: `format.member`.
    """
    try:
        return msgspec.convert(document, Said)
    except msgspec.ValidationError as error:
        path = str(error).partition("`$")[2].rstrip("`").replace(".", "/")
        raise InvalidInvoice(
            "format.member", path, "Ce que la tablette dit d'elle ne se lit pas."
        ) from error


def memory_of(device: Device) -> Memory | None:
    """What the tablet last said, or None when it never spoke."""
    return msgspec.json.decode(device.heartbeat, type=Memory) if device.heartbeat else None


def keep_heartbeat(
    engine: Engine, sealing: Calls, device: KnownDevice, said: Said, now: datetime
) -> None:
    """The tablet's row says this; its `last_seq` never decreases.

    The ledger tells once of a journal that went back; while nobody seals, the next heartbeat
    tries again.
    """
    with writing(engine) as session:
        row = held_device(session, device.outlet_id, device.device_id)
        memory = _remembered(row, said, utc_text(now))
        _write(row, memory, utc_text(now))
    if memory.rolled_back_at and not memory.recorded:
        _tell(sealing, device)
    if said.seen is not None:
        check_seen(engine, sealing, device, said.seen)


def _remembered(row: Device, said: Said, at: str) -> Memory:
    before = memory_of(row)
    memory = Memory(said)
    if before is None:
        return memory
    memory.rolled_back_at, memory.recorded = before.rolled_back_at, before.recorded
    seq = int(said.last_seq)
    memory.behind = seq < row.last_seq
    forked = seq == row.last_seq and said.head != row.journal_head
    # One that is shorter once may be an old request that arrives late.
    if forked or (memory.behind and before.behind):
        memory.rolled_back_at = memory.rolled_back_at or at
    return memory


def _write(row: Device, memory: Memory, at: str) -> None:
    said = memory.said
    if row.heard_at is None or int(said.last_seq) > row.last_seq:
        row.last_seq, row.journal_head = int(said.last_seq), said.head
    row.outbox, row.oldest = int(said.outbox), said.oldest
    row.heartbeat, row.heard_at = msgspec.json.encode(memory).decode(), at


def _tell(sealing: Calls, device: KnownDevice) -> None:
    """The ledger says that the tablet's journal went back, unless nobody can write it now."""

    def work(session: Session, party: SealingParty, at: str) -> None:
        row = held_device(session, device.outlet_id, device.device_id)
        memory = memory_of(row)
        if memory is None or memory.recorded:
            return
        _record(session, party.key(row.outlet_id), row, memory.said, at)
        memory.recorded = True
        row.heartbeat = msgspec.json.encode(memory).decode()

    try:
        sealing.write(work, device.outlet_id).result(timeout=3)
    except (FiscalError, TimeoutError) as error:
        _log.warning("heartbeat.not_recorded", device_id=device.device_id, error=repr(error))


def _record(session: Session, key: tuple[str, str], row: Device, said: Said, at: str) -> None:
    more = {
        "device_id": row.device_id,
        "terminal_id": row.terminal_id,
        "last_seq": str(row.last_seq),
        "said_seq": said.last_seq,
    }
    heads = (("head", row.journal_head), ("said_head", said.head))
    more |= {name: value for name, value in heads if value}
    text = "Le journal d'une tablette est revenu en arrière ; des ventes manquent peut-être."
    append_event(session, key, ROLLED_BACK, text, more, at)
