"""The mode in force: what may be sold now, since when, until when, and why, in words.

The ladder of what an outlet does when something is unreachable; each step is journalled by the
probe log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from app.fiscal.ledger import clock_text
from app.fiscal.probe import State
from app.services.watch.health import HOUR_SECONDS, Known, known_outlet
from app.store.engine import Session

Name = Literal["unsealed", "provisional", "blocked", "paused", "waiting", "normal", "sealed"]

_WORDS: Final[Mapping[Name, tuple[str, str]]] = {
    "unsealed": (
        "Vente arrêtée",
        "Rien ne peut être scellé. Les tickets ouverts sont gardés, rien n’est perdu.",
    ),
    "provisional": (
        "Tickets provisoires",
        (
            "Rien ne peut être scellé. Les caisses remettent un ticket provisoire, qui n’est pas "
            "une facture ; les ventes seront scellées dans l’ordre (Arrêté 033, art. 7 g)."
        ),
    ),
    "blocked": (
        "Nouvelles ventes arrêtées",
        (
            "La plus ancienne vente attend la DGI depuis trop longtemps. Les ventes reprennent dès "
            "qu’elle est transmise (Arrêté 033, art. 7 g)."
        ),
    ),
    "paused": (
        "Envois en pause",
        "Quelqu’un a mis en pause les envois à la DGI. Les ventes sont scellées et attendent.",
    ),
    "waiting": (
        "Vente, facture en attente de la DGI",
        (
            "La DGI ne répond pas. Les ventes sont scellées et attendent ; elles partiront d’elles-"
            "mêmes, dans l’ordre."
        ),
    ),
    "normal": (
        "Vente normale",
        "Chaque vente est scellée, puis normalisée par la DGI.",
    ),
    "sealed": (
        "Vente scellée",
        "Chaque vente est scellée ; ce point de vente n’a pas de module de contrôle.",
    ),
}


@dataclass(frozen=True, slots=True)
class Mode:
    """What may be sold now. Times are as in our documents."""

    name: Name
    since: str | None
    """None: nobody measured it."""
    deadline: str | None
    """By when the oldest waiting invoice must be with the DGI; None when none waits."""
    parts: Mapping[str, State]
    """What the newest probe says."""

    @property
    def may_sell(self) -> bool:
        """New sales are taken."""
        return self.name not in {"unsealed", "blocked"}

    @property
    def title(self) -> str:
        """The mode, in a few words."""
        return _WORDS[self.name][0]

    @property
    def words(self) -> str:
        """Why, and what happens with the sales."""
        return _WORDS[self.name][1]


def mode_in_force(session: Session, outlet_id: str, now: datetime) -> Mode:
    """What that outlet may sell now.

    Raises:
        LookupError: nobody knows that outlet.
    """
    known = known_outlet(session, outlet_id, now)
    name, since = _mode(known)
    return Mode(
        name=name,
        since=since,
        deadline=None if known.deadline is None else clock_text(known.deadline),
        parts=known.probe.parts if known.probe else {},
    )


def _mode(known: Known) -> tuple[Name, str | None]:
    """The first step of the ladder that holds, and since when it does."""
    place, module = known.place, known.place.module
    last = place.offline_hours * HOUR_SECONDS
    if known.part("signer") == "down":
        provisional = place.offline_policy == "provisoire"
        return "provisional" if provisional else "unsealed", _since(known, "signer")
    if module is None:
        return "sealed", _since(known, "signer")
    if known.age is not None and known.age >= last:
        return "blocked", clock_text(known.seconds - known.age + last)
    if module.paused_at is not None:
        return "paused", module.paused_at
    if known.part("dgi") == "down":
        return "waiting", _since(known, "dgi")
    return "normal", _since(known, "dgi")


def _since(known: Known, part: str) -> str | None:
    return known.probe.since[part] if known.probe else None
