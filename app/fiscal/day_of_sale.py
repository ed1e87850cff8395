"""When a sale was made, and the rate of the dollar on its day (SFE 1.1.30, 1.2.1 u)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.fiscal.draft import Draft
from app.fiscal.errors import InvalidInvoice
from app.fiscal.money import rate_text
from app.fiscal.zones import local_time

RATE_TOLERANCE_PERCENT: Final = 1
"""SFE 1.1.30: around the mean of the BCC on the day."""

RATE_AGE_DAYS: Final = 7
"""A mean of the BCC older than this is none (SFE 1.1.30)."""

TIME_AHEAD: Final = timedelta(minutes=5)
"""How far the clock of whoever sells may run before ours."""


@dataclass(frozen=True, slots=True)
class DollarRate:
    """The rate of the payments in USD, its day, and the path of the first of them."""

    rate: int
    day: str
    path: str


@dataclass(frozen=True, slots=True)
class MeanRate:
    """The mean of the BCC that an outlet knows for a day; ten-thousandths of CDF for one USD."""

    day: str
    rate: int


def dollar_rate(draft: Draft) -> DollarRate | None:
    """What the payments in USD say of their rate, or None when there are none."""
    for n, payment in enumerate(draft.payments or ()):
        if payment.currency == "USD" and payment.rate is not None and payment.rate_date:
            return DollarRate(payment.rate, payment.rate_date, f"/payments/{n}")
    return None


def check_timestamp(timestamp: str, sealed: datetime, hours: int | None) -> None:
    """The sale was made at most `hours` before it is sealed, and not later than that.

    `hours` is how long the outlet may sell offline, None for a till, whose sale was paid when it
    could not be sent: it may wait for its network as long as that takes.

    Raises:
        InvalidInvoice: `SFE-1.2.1` (u).
    """
    ahead = datetime.fromisoformat(timestamp) - sealed
    if ahead > TIME_AHEAD:
        raise InvalidInvoice(
            "SFE-1.2.1",
            "/timestamp",
            "L'heure de la vente est dans l'avenir : l'horloge de la caisse est à régler.",
        )
    if hours is not None and -ahead > timedelta(hours=hours):
        raise InvalidInvoice(
            "SFE-1.2.1",
            "/timestamp",
            f"La vente date de plus de {hours} heures, la limite hors ligne de ce point de vente.",
        )


def day_of_sale(timestamp: str, sealed: datetime, hours: int, zone: str) -> str:
    """The day whose rate a sale has (SFE 1.1.30).

    That of its own time when it lies within the offline hours before the seal, else that of the
    seal: who asks does not choose the day.
    """
    made = datetime.fromisoformat(timestamp)
    waited = timedelta(0) <= sealed - made <= timedelta(hours=hours)
    return local_time(made if waited else sealed, zone).date().isoformat()


def check_rate(quoted: DollarRate, means: Sequence[MeanRate], day: str) -> None:
    """The rate lies within 1 % of a mean of the BCC that may be used on that day.

    `means` are those: the outlet's latest first. Without any, USD is refused.

    Raises:
        InvalidInvoice: `SFE-1.1.30`.
    """
    fresh = [mean for mean in means if _days_between(mean.day, day) <= RATE_AGE_DAYS]
    if not fresh:
        raise InvalidInvoice(
            "SFE-1.1.30",
            f"{quoted.path}/rate_date",
            f"Aucun taux de la BCC connu pour le {day} : USD refusé.",
        )
    mean = next((mean for mean in fresh if mean.day == quoted.day), None)
    if mean is None:
        raise InvalidInvoice(
            "SFE-1.1.30",
            f"{quoted.path}/rate_date",
            f"Le taux à prendre est celui du {fresh[0].day} : {rate_text(fresh[0].rate)} CDF.",
        )
    if abs(quoted.rate - mean.rate) * 100 > mean.rate * RATE_TOLERANCE_PERCENT:
        raise InvalidInvoice(
            "SFE-1.1.30",
            f"{quoted.path}/rate",
            "Le taux s'écarte de plus de 1 % du taux moyen de la BCC.",
        )


def _days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
