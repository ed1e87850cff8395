"""The lamps that the server knows: only what is really known, as words of the till's catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from app.fiscal.errors import (
    ClockAhead,
    ClockBeforeRelease,
    ClockRollback,
    KeyMissing,
    OtherKey,
)
from app.fiscal.ledger import clock_text, utc_text
from app.services.ledger.thread import SealingThread
from app.services.rules.policy import Policy, policy_of
from app.services.tills.heartbeat import memory_of
from app.services.watch.health import HOUR_SECONDS, age_text
from app.store import outlets
from app.store.dgi.waiting import OutletState, outlet_state
from app.store.engine import Engine, Session, reading
from app.store.ledger.standing import in_quarantine
from app.store.tables.tills import Device
from app.store.tills.devices import devices_heard, sales_held_since

State = Literal["green", "amber", "red", "blue", "grey"]
Sealing = Literal["ready", "slow", "stopped", "clock", "key", "quarantine"]

SLOW_SECONDS: Final = 3
"""Amber when a seal takes longer."""
SILENT: Final = timedelta(minutes=15)
"""A tablet that holds sales and is not heard for so long may be gone with them."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """One lamp: its state, and the key of its word; the sentence behind it is `say` + `.more`."""

    name: Literal["fiscal", "dgi", "imprimante"]
    state: State
    say: str
    filling: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The lamp as a tablet reads it."""
        return {"name": self.name, "state": self.state, "say": self.say, "with": self.filling}


def state_document(
    engine: Engine, sealing: SealingThread, outlet_id: str, now: datetime
) -> dict[str, Any]:
    """How the outlet is: its lamps, what waits for the DGI, and tablets that may be lost."""
    seals = sealing_state(sealing)
    with reading(engine) as session:
        if in_quarantine(session, outlet_id):
            seals = "quarantine"
        state = outlet_state(session, outlet_id)
        module = outlets.outlet(session, outlet_id).control_module
        policy = policy_of(session, outlet_id)
        lost = _lost(session, devices_heard(session, outlet_id), now)
    dgi = dgi_lamp(state, now, policy) if module else _NO_MODULE
    lamps = [fiscal_lamp(state, seals), dgi, _NO_PRINTER]
    document: dict[str, Any] = {
        "time": utc_text(now),
        "lamps": [lamp.document() for lamp in lamps],
        "waiting": str(_open(state)),
        "lost": lost,
    }
    if state.oldest is not None:
        document["oldest_waiting"] = clock_text(state.oldest)
    return document


def sealing_state(sealing: SealingThread) -> Sealing:
    """Whether the signer answers, and soon; asked behind whatever waits to be sealed."""
    try:
        sealing.call(lambda party, _now: party.signer.public_jwk()).result(timeout=SLOW_SECONDS)
    except TimeoutError:
        return "slow"
    except (ClockAhead, ClockBeforeRelease, ClockRollback):
        return "clock"
    except (KeyMissing, OtherKey):
        return "key"
    except Exception:  # noqa: BLE001 - whatever it is, nothing can be sealed
        return "stopped"
    return "ready"


def fiscal_lamp(state: OutletState, seals: Sealing) -> Lamp:
    """Whether invoices are sealed here, and whether the DGI is known to hold each one."""
    if seals in {"stopped", "clock", "key", "quarantine"}:
        return Lamp("fiscal", "red", f"lamp.fiscal.{seals}")
    if state.in_doubt:
        return Lamp("fiscal", "amber", "lamp.fiscal.doubt", {"count": str(state.in_doubt)})
    if seals == "slow":
        return Lamp("fiscal", "amber", "lamp.fiscal.slow")
    if not state.opened:
        return Lamp("fiscal", "grey", "lamp.fiscal.unknown")
    if state.last_number is None:
        return Lamp("fiscal", "green", "lamp.fiscal.first")
    return Lamp("fiscal", "green", "lamp.fiscal.ready", {"number": state.last_number})


_DEFAULTS: Final = Policy()
_NO_MODULE: Final = Lamp("dgi", "grey", "lamp.dgi.none")
_NO_PRINTER: Final = Lamp("imprimante", "grey", "lamp.imprimante.none")


def _open(state: OutletState) -> int:
    return state.waiting + state.in_doubt + state.failed


def dgi_lamp(state: OutletState, now: datetime, policy: Policy = _DEFAULTS) -> Lamp:
    """How many invoices wait for the DGI, how long, and whether somebody must look."""
    count = _open(state)
    seconds = 0 if state.oldest is None else int(now.timestamp()) - state.oldest
    filling = {"count": str(count), "age": age_text(max(0, seconds))}
    if seconds > policy.red_hours * HOUR_SECONDS:
        return Lamp("dgi", "red", "lamp.dgi.stopped", filling)
    if state.in_doubt or state.failed:
        return Lamp("dgi", "amber", "lamp.dgi.check", filling)
    if state.paused:
        return Lamp("dgi", "amber", "lamp.dgi.paused")
    if not count:
        return Lamp("dgi", "green", "lamp.dgi.ready")
    if seconds > policy.amber_minutes * 60 or count > policy.amber_count:
        return Lamp("dgi", "amber", "lamp.dgi.waiting", filling)
    return Lamp("dgi", "blue", "lamp.dgi.sending", filling)


def _lost(session: Session, devices: Sequence[Device], now: datetime) -> list[dict[str, str]]:
    lost = []
    for device in devices:
        lost += [_missing(device, *found) for found in _reasons(session, device, now)]
    return lost


def _missing(device: Device, why: str, count: int, since: str) -> dict[str, str]:
    return {
        "terminal_id": device.terminal_id,
        "count": str(count),
        "since": since,
        "why": why,
    }


def _reasons(session: Session, device: Device, now: datetime) -> list[tuple[str, int, str]]:
    """Why sales of that tablet may be lost, how many, and since when."""
    heard = device.heard_at or ""
    reasons = []
    memory = memory_of(device)
    if memory and (memory.behind or memory.rolled_back_at):
        missing = max(0, device.last_seq - int(memory.said.last_seq))
        reasons.append(("rolled-back", missing, memory.rolled_back_at or heard))
    if device.revoked_at:
        count = device.outbox - sales_held_since(session, device)
        reasons.append(("revoked", count, heard))
    elif device.replaced_at:
        reasons.append(("replaced", device.outbox, heard))
    elif heard < utc_text(now - SILENT):
        reasons.append(("silent", device.outbox, heard))
    return [found for found in reasons if found[0] == "rolled-back" or found[1] > 0]
