"""Cases that follow a state: opened while it lasts, closed by itself when it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.services.cases.cases import SYSTEM
from app.store.cases.cases import close_case, open_case, open_cases
from app.store.engine import Session
from app.store.messages.announcements import announce
from app.store.tables.cases import Case, CaseKind, Fixer
from app.store.tables.messages import EventName


@dataclass(frozen=True, slots=True)
class Topic:
    """What is looked at again and again, and the event that tells of its changes."""

    outlet_id: str
    kind: CaseKind
    about: str
    event: EventName


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is not as it should be: words for people, and members for programs."""

    text: str
    fix: Fixer
    facts: Mapping[str, str]
    lasting: bool = False
    """Other words later are the same trouble."""


def follow(session: Session, topic: Topic, trouble: Trouble | None, over: str, at: str) -> None:
    """Exactly this case stands open about the topic, or none; each change is announced once.

    `over` says how the trouble ended. One that got other words closes its case and opens the next.
    """
    standing = _standing(session, topic)
    if standing is not None and trouble is not None:
        if trouble.lasting or standing.text == trouble.text:
            return
        _close(session, topic, "La situation a changé : voir le cas suivant.", at)
    if trouble is not None:
        where = (topic.outlet_id, topic.kind, topic.about)
        open_case(session, *where, text=trouble.text, fix=trouble.fix, at=at)
        _tell(session, topic, "open", trouble.text, trouble.facts, at)
    elif standing is not None:
        _close(session, topic, over, at)
        _tell(session, topic, "over", over, {}, at)


def _standing(session: Session, topic: Topic) -> Case | None:
    where = (topic.kind, topic.about)
    known = open_cases(session, topic.outlet_id)
    return next((case for case in known if (case.kind, case.about) == where), None)


def _close(session: Session, topic: Topic, outcome: str, at: str) -> None:
    where = (topic.outlet_id, topic.kind, topic.about)
    close_case(session, *where, by=SYSTEM, outcome=outcome, at=at)


def _tell(
    session: Session,
    topic: Topic,
    state: Literal["open", "over"],
    text: str,
    facts: Mapping[str, str],
    at: str,
) -> None:
    data = {"about": topic.about, "state": state, "text": text, **facts}
    announce(session, topic.outlet_id, topic.event, data, at)
