"""What people do to a queue or a rule: done and written in the ledger together, with the name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.fiscal.errors import InvalidInvoice
from app.services import policy
from app.services.facts import append_fact, event_body
from app.services.ledger.party import Calls, SealingParty
from app.store import outlets
from app.store.dgi import modules
from app.store.dgi.modules import is_paused
from app.store.engine import Session
from app.store.ledger import entries as rows
from app.store.rules.settings import EVERYWHERE

PAUSED: Final = "sync.paused"
RESUMED: Final = "sync.resumed"
TRIED: Final = "sync.tried"
CHANGED: Final = "setting.changed"

_TEXTS: Final = {
    PAUSED: "Les envois à la DGI ont été mis en pause.",
    RESUMED: "Les envois à la DGI ont repris.",
    TRIED: "Un envoi à la DGI a été demandé sans attendre le prochain essai.",
    CHANGED: "Une règle de la transmission à la DGI a été changée.",
}


class RulesRefused(Exception):
    """No rule was changed; `problems` says why, by the name of the rule."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(f"{len(self.problems)} rules")


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
        _journal(session, [asked.outlet_id], party.series, asked.name, more, at)
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


def change_rules(sealing: Calls, scope: str, values: Mapping[str, str], by: str) -> None:
    """The rules of that scope (an outlet, or `*`) have these values; the ledger says by whom.

    Raises:
        RulesRefused: one of them cannot be; none was changed.
        SealRefused: the sealing party does not answer now.
    """

    def work(session: Session, party: SealingParty, at: str) -> None:
        _change(session, scope, values, by, at)
        concerned = outlets.outlet_ids(session) if scope == EVERYWHERE else [scope]
        for name, value in values.items():
            more = {"name": name, "value": value, "scope": scope, "by": by}
            _journal(session, concerned, party.series, CHANGED, more, at)

    sealing.write(work).result()


def _change(session: Session, scope: str, values: Mapping[str, str], by: str, at: str) -> None:
    problems = {}
    for name, value in values.items():
        try:
            policy.change(session, scope, name, value, by=by, at=at)
        except InvalidInvoice as error:
            problems[name] = error.detail
    if problems:
        raise RulesRefused(problems)


def _journal(
    session: Session,
    outlet_ids: Iterable[str],
    series: str,
    name: str,
    more: Mapping[str, str],
    at: str,
) -> None:
    """The act stands in the ledger of each of these outlets that has a series."""
    keys = [(outlet_id, series) for outlet_id in outlet_ids]
    body = event_body(name, _TEXTS[name], dict(more))
    about = more.get("nim") or more["name"]
    for held in rows.lock_heads(session, keys).values():
        append_fact(session, held, "event", body, at, about=about)
