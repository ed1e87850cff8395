"""What this process can reach: the network beside it, the world, the signer, a control module.

Each look is cheap and honest: where it cannot be told, the answer is `unknown`, and nothing is
asked of a public address that nobody set.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.fiscal.ledger import utc_time
from app.fiscal.probe import PROBE, State
from app.fiscal.seal import signing_input
from app.services.ledger.party import Calls, SealingParty
from app.store.tables.dgi import ControlModuleRow

PATIENCE: Final = 2
"""Seconds that a look may take."""
FRESH_SECONDS: Final = 300
"""A control module that spoke so lately is not asked again."""
_CARRIED: Final = {"up", "unknown"}
"""What Linux says of an interface with a carrier; some drivers say nothing."""


@dataclass(frozen=True, slots=True)
class NetworkFolders:
    """Where this process looks for its network; a test has folders of its own."""

    routes: Path = Path("/proc/net/route")
    interfaces: Path = Path("/sys/class/net")


def lan_state(place: NetworkFolders) -> State:
    """Whether an interface of this machine has a carrier and a route."""
    try:
        found = {path.name: path for path in place.interfaces.iterdir() if path.name != "lo"}
        wired = {name for name, path in found.items() if (path / "device").exists()}
        looked = wired or set(found)  # in a container no interface is a device
        carried = {name for name in looked if _carried(found[name])}
        routed = {line.split()[0] for line in place.routes.read_text().splitlines()[1:]}
    except OSError:
        return "unknown"
    if not looked:
        return "none"
    if not carried:
        return "down"
    return "up" if carried & routed else "unknown"


def _carried(interface: Path) -> bool:
    return (interface / "operstate").read_text().strip() in _CARRIED


def internet_state(address: tuple[str, int] | None) -> State:
    """Whether a connection to that address opens; `none` when nobody set one."""
    if address is None:
        return "none"
    try:
        socket.create_connection(address, timeout=PATIENCE).close()
    except OSError:
        return "down"
    return "up"


def signer_state(sealing: Calls) -> State:
    """Whether the signer signs, by a document that is no statement of anything."""

    def sign(party: SealingParty, _now: object) -> bytes:
        ping = {"v": PROBE, "use": "ping"}
        return party.signer.seal(signing_input(party.signer.kid, ping))

    try:
        sealing.call(sign).result(timeout=PATIENCE)
    except TimeoutError:  # behind whatever waits to be sealed
        return "unknown"
    except Exception:  # noqa: BLE001 - whatever it is, nothing can be sealed
        return "down"
    return "up"


def dgi_state(
    row: ControlModuleRow, now: datetime, *, trying: bool, ask: Callable[[], State]
) -> State:
    """Whether the control module answers: by what the deliveries met, else by asking it.

    While deliveries are tried (`trying`) their last failure is news enough; `ask` is for idle
    times only, so that no request is taken from the queue.
    """
    if row.failures and trying:
        return "down"
    heard = row.last_heard or ""
    recovered = not row.failures or heard > (row.last_error_at or "")
    if heard and recovered and (now - utc_time(heard)).total_seconds() < FRESH_SECONDS:
        return "up"
    return ask()
