"""What is known of an outlet at one instant, and the one colour that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.fiscal.probe import State, Statement, read_statement
from app.services.cases.kinds import TROUBLES
from app.services.rules.policy import Policy, policy_of
from app.store import outlets
from app.store.cases import cases as case_rows
from app.store.dgi import waiting as rows
from app.store.dgi.waiting import Waiting
from app.store.engine import Session
from app.store.outlets import OutletWithModule
from app.store.rules.settings import scopes
from app.store.tables.cases import REFUSALS, CaseKind
from app.store.tables.watch import Colour
from app.store.tenancy import EVERYWHERE
from app.store.watch.probes import last_probes

GRAVITY: Final[Mapping[Colour, int]] = {"red": 0, "yellow": 1, "green": 2}
HOUR_SECONDS: Final = 3600
_NOTHING: Final = Waiting()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an outlet at one instant; the colour follows from it alone."""

    place: OutletWithModule
    policy: Policy
    seconds: int
    """Seconds since 1970."""
    waiting: Waiting = _NOTHING
    cases: Mapping[CaseKind, int] = field(default_factory=dict)
    """How many are open, by kind."""
    probe: Statement | None = None
    """The newest of the outlet's log."""

    @property
    def age(self) -> int | None:
        """Seconds that the oldest unsent invoice has waited; None when none waits."""
        oldest = self.waiting.oldest
        return None if oldest is None else max(0, self.seconds - oldest)

    @property
    def deadline(self) -> int | None:
        """Seconds since 1970 by which the oldest must be with the DGI."""
        oldest = self.waiting.oldest
        return None if oldest is None else oldest + self.policy.grace_hours * HOUR_SECONDS

    @property
    def paused(self) -> bool:
        """Somebody asked that nothing be sent."""
        return self.place.module is not None and self.place.module.is_paused

    def part(self, name: str) -> State:
        """The state of that part in the newest probe."""
        return "unknown" if self.probe is None else self.probe.parts[name]

    def open(self, *kinds: CaseKind) -> int:
        """How many cases of those kinds are open."""
        return sum(self.cases.get(kind, 0) for kind in kinds)


def age_text(seconds: int) -> str:
    """Minutes or hours, in signs that every language of the till has."""
    return (
        f"{max(1, seconds // 60)} min" if seconds < HOUR_SECONDS else f"{seconds // HOUR_SECONDS} h"
    )


def judge(known: Known) -> tuple[Colour, str]:
    """The colour of what is known, and why; the largest trouble speaks."""
    found = ((colour, reason) for is_so, colour, reason in _troubles(known) if is_so)
    return next(found, ("green", _calm(known)))


def _troubles(known: Known) -> Sequence[tuple[bool, Colour, str]]:
    """Whether each trouble is there, the largest first."""
    age, policy = known.age or 0, known.policy
    since = f"La plus ancienne facture attend la DGI depuis {age_text(age)}."
    late = f"Le délai de {policy.grace_hours} h pour transmettre à la DGI est dépassé."
    silent = "Rien ne peut être scellé : le signataire ne répond pas."
    count = known.waiting.count
    return (
        (known.open("quarantine") > 0, "red", "En quarantaine : rien n’est scellé ni envoyé."),
        (known.part("signer") == "down", "red", silent),
        (age >= policy.grace_hours * HOUR_SECONDS, "red", late),
        (age > policy.red_hours * HOUR_SECONDS, "red", since),
        *_for_people(known),
        (known.paused, "yellow", "Les envois à la DGI sont en pause."),
        (age > policy.amber_minutes * 60, "yellow", since),
        (count > policy.amber_count, "yellow", f"{count} factures attendent la DGI."),
        (
            known.open(*TROUBLES) > 0,
            "yellow",
            "Un dossier est ouvert : quelqu’un doit le regarder.",
        ),
    )


def _for_people(known: Known) -> Sequence[tuple[bool, Colour, str]]:
    """The troubles that wait for somebody."""
    doubts, failed = known.waiting.in_doubt, known.waiting.failed
    refused = known.open(*REFUSALS)
    return (
        (doubts > 0, "yellow", f"En doute : {doubts}. Le gérant doit vérifier."),
        (refused > 0, "yellow", f"Refusées par la DGI : {refused}. À reprendre."),
        (failed > 0, "yellow", f"En échec : {failed}. Les essais continuent lentement."),
    )


def _calm(known: Known) -> str:
    if known.waiting.count:
        return f"En route vers la DGI : {known.waiting.count}."
    if known.place.module is None:
        return "Les ventes sont scellées ; ce point de vente n’a pas de module de contrôle."
    return "Toutes les factures sont transmises."


def known_outlet(session: Session, outlet_id: str, now: datetime) -> Known:
    """What is known of that outlet.

    Raises:
        LookupError: nobody knows that outlet.
    """
    (known,) = known_outlets(session, now, outlet_id)
    return known


def known_outlets(session: Session, now: datetime, outlet_id: str) -> list[Known]:
    """What is known of that outlet, or with `EVERYWHERE` of each one, by a few look-ups for all."""
    places = outlets.outlets_with_modules(session, outlet_id)
    if outlet_id != EVERYWHERE and not places:
        raise LookupError(outlet_id)
    waiting, cases = rows.waiting(session, outlet_id), case_rows.open_kinds(session, outlet_id)
    probes = {
        name: read_statement(row.statement) for name, row in last_probes(session, outlet_id).items()
    }
    policies = _policies(session, [place.outlet_id for place in places])
    return [
        Known(
            place,
            policies[place.outlet_id],
            int(now.timestamp()),
            waiting.get(place.outlet_id, _NOTHING),
            cases.get(place.outlet_id, {}),
            probes.get(place.outlet_id),
        )
        for place in places
    ]


def _policies(session: Session, outlet_ids: Sequence[str]) -> dict[str, Policy]:
    """The rules of each; outlets where nobody changed one share those of all."""
    common, own = policy_of(session, EVERYWHERE), scopes(session)
    return {name: policy_of(session, name) if name in own else common for name in outlet_ids}
