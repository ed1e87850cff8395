"""Rules changed by people: done and written in the ledger together, with the name."""

from collections.abc import Mapping
from typing import Final

from app.fiscal.errors import InvalidInvoice
from app.services.ledger.facts import append_event_in
from app.services.ledger.party import Calls, SealingParty
from app.services.rules import policy
from app.store import outlets
from app.store.engine import Session
from app.store.tenancy import EVERYWHERE

CHANGED: Final = "setting.changed"
_TEXT: Final = "Une règle de la transmission à la DGI a été changée."


class RulesRefused(Exception):
    """No rule was changed; `problems` says why, by the name of the rule."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(f"{len(self.problems)} rules")


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
            append_event_in(session, map(party.key, concerned), CHANGED, _TEXT, more, at, name)

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
