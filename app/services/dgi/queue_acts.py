"""What people do to a queue: done and written in the ledger together, with the name."""

from dataclasses import dataclass
from typing import Final

from app.services.ledger.facts import append_event_in
from app.services.ledger.party import Calls, SealingParty
from app.store.dgi import modules
from app.store.dgi.modules import is_paused
from app.store.engine import Session

PAUSED: Final = "sync.paused"
RESUMED: Final = "sync.resumed"
TRIED: Final = "sync.tried"

_TEXTS: Final = {
    PAUSED: "Les envois à la DGI ont été mis en pause.",
    RESUMED: "Les envois à la DGI ont repris.",
    TRIED: "Un envoi à la DGI a été demandé sans attendre le prochain essai.",
}


@dataclass(frozen=True, slots=True)
class QueueAct:
    """What somebody does to the queue of an outlet's control module."""

    name: str
    """`PAUSED`, `RESUMED` or `TRIED`."""
    outlet_id: str
    nim: str
    by: str
    """A `cashier_id`, or `operator:{name}`."""


def act(sealing: Calls, asked: QueueAct) -> bool:
    """It is done and stands in the ledger of the outlet; false when there was nothing to do."""

    def work(session: Session, party: SealingParty, at: str) -> bool:
        if not _do(session, asked, at):
            return False
        more = {"nim": asked.nim, "by": asked.by}
        text, about = _TEXTS[asked.name], asked.nim
        append_event_in(session, [party.key(asked.outlet_id)], asked.name, text, more, at, about)
        return True

    return sealing.write(work).result()


def _do(session: Session, asked: QueueAct, at: str) -> bool:
    if asked.name == TRIED:
        return modules.try_now(session, asked.nim)
    if is_paused(session, asked.nim) == (asked.name == PAUSED):
        return False  # the same person twice, or two people at once
    if asked.name == PAUSED:
        return modules.pause(session, asked.nim, asked.by, at)
    return modules.resume(session, asked.nim)
