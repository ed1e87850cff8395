"""The events that people and programs may be told of, and the words for each.

A new event is a row of `CATALOGUE` and a word of `EventName`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.fiscal.ledger import EntryKind
from app.store.tables.messages import OF_DEVICES, RECEIPT, Carried, EventName


@dataclass(frozen=True, slots=True)
class Subject:
    """What a message is about, as people read of it."""

    title: str
    """In the delivery log."""
    mail: str = ""
    """The subject of an e-mail; empty: it goes to programs alone, and is no alert."""
    entries: tuple[EntryKind, ...] = ()
    """The kinds of entries of the ledger that tell it; none: it is announced."""
    status: Literal["", "in_doubt", "failed"] = ""
    """The invoice's status in the data of it, where no entry says it."""
    listed: bool = True
    """An endpoint may ask for it by this name."""


CATALOGUE: Final[Mapping[Carried, Subject]] = {
    "invoice.sealed": Subject("Facture scellée", entries=("invoice",)),
    "invoice.normalised": Subject("Facture normalisée", entries=("normalised",)),
    "invoice.refused": Subject(
        "Facture refusée", mail="la DGI a refusé une facture", entries=("refused",)
    ),
    "invoice.in_doubt": Subject(
        "Facture en doute", mail="une facture est en doute", status="in_doubt"
    ),
    "invoice.failed": Subject(
        "Facture en échec", mail="une facture n’est pas transmise", status="failed"
    ),
    "outlet.status": Subject("État du point de vente", mail="l’état du point de vente a changé"),
    "outlet.deadline": Subject("Délai de transmission", mail="le délai de transmission avance"),
    OF_DEVICES: Subject("Appareil", mail="un appareil demande un regard"),
    "report.sealed": Subject("Rapport scellé", entries=("report", "closing")),
    "device.table": Subject(
        "Taux de la DGI", mail="un taux de la DGI diffère du nôtre", listed=False
    ),
    "device.token": Subject(
        "Jeton de la DGI", mail="le jeton de la DGI arrive à sa fin", listed=False
    ),
    "device.clock": Subject(
        "Horloge de la DGI", mail="l’horloge de la DGI diffère de la nôtre", listed=False
    ),
    RECEIPT: Subject("Reçu d’une vente", listed=False),
}
"""By name; `device.*` is every event of a device, those that have no row of their own too."""

EVENTS: Final = tuple(name for name, subject in CATALOGUE.items() if subject.listed)
"""What an endpoint may ask for."""
ALERTS: Final = tuple(name for name, subject in CATALOGUE.items() if subject.mail)
"""What goes to the e-mail addresses of the rule `alert_emails`."""
OF_ENTRIES: Final[Mapping[EntryKind, EventName]] = {
    kind: name for name, subject in CATALOGUE.items() if name != RECEIPT for kind in subject.entries
}
"""By the kind of an entry of the ledger, the event that it tells."""


_BY_TEXT: Final[Mapping[str, Subject]] = dict(CATALOGUE.items())


def subject_of(name: str) -> Subject:
    """The words for what has that name; whatever has no row is an event of a device."""
    return _BY_TEXT.get(name, CATALOGUE[OF_DEVICES])
