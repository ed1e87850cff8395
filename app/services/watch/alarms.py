"""The grace period: people are told once when half, four fifths and all of it have passed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from app.fiscal.ledger import clock_text
from app.services.rules.policy import Policy
from app.store.cases.cases import close_case, open_abouts, open_case
from app.store.dgi.waiting import Waiting
from app.store.engine import Engine, Session, reading, writing
from app.store.messages.announcements import announce
from app.store.tenancy import EVERYWHERE

GRACE: Final = "grace"
PERCENTS: Final = (50, 80, 100)
"""Arrêté 033, art. 7 g grants the time; when to be told of it is ours."""


@dataclass(frozen=True, slots=True)
class Due:
    """How far into its grace period an outlet's oldest unsent invoice is."""

    outlet_id: str
    policy: Policy
    waiting: Waiting
    seconds: int
    """Seconds since 1970."""

    @property
    def oldest(self) -> int:
        """Seconds since 1970 at which it was sealed; now when nothing waits."""
        return self.seconds if self.waiting.oldest is None else self.waiting.oldest

    @property
    def percent(self) -> int:
        """The highest alarm that is passed; 0 when none is."""
        age, grace = self.seconds - self.oldest, self.policy.grace_hours * 3600
        return max((percent for percent in PERCENTS if age * 100 >= grace * percent), default=0)

    @property
    def deadline(self) -> str:
        """By when it must be with the DGI."""
        return clock_text(self.oldest + self.policy.grace_hours * 3600)

    @property
    def words(self) -> str:
        """What happened, for people."""
        hours, grace = (self.seconds - self.oldest) // 3600, self.policy.grace_hours
        return (
            f"La plus ancienne facture attend la DGI depuis {hours} h, sur les {grace} h permises. "
            f"Attendent en tout : {self.waiting.count}. Rien n’est perdu."
        )


def keep_alarms(engine: Engine, every: Collection[Due]) -> None:
    """Each outlet has the one open case of the highest alarm that it has passed, or none."""
    with reading(engine) as session:
        standing = open_abouts(session, GRACE, EVERYWHERE)
    for due in every:
        wanted = {f"{due.percent} %"} if due.percent else set()
        if standing.get(due.outlet_id, set()) != wanted:
            with writing(engine) as session:
                _put_alarm(session, due)


def _put_alarm(session: Session, due: Due) -> None:
    about, at = f"{due.percent} %", clock_text(due.seconds)
    standing = open_abouts(session, GRACE, due.outlet_id).get(due.outlet_id, set())
    for other in standing - {about}:
        outcome = f"Alarme suivante : {about}." if due.percent else "Tout est à temps de nouveau."
        close_case(session, due.outlet_id, GRACE, other, by="system", outcome=outcome, at=at)
    if not due.percent:
        return
    opened = open_case(session, due.outlet_id, GRACE, about, text=due.words, fix="operator", at=at)
    # While a long queue drains, the alarm falls: that is no news.
    if opened is not None and due.percent > max(map(_percent, standing), default=0):
        facts = {"percent": str(due.percent), "deadline": due.deadline, "text": due.words}
        facts["waiting"] = str(due.waiting.count)
        announce(session, due.outlet_id, "outlet.deadline", facts, at)


def _percent(about: str) -> int:
    return int(about.removesuffix(" %"))
