"""The clocks of an outlet: those of its zone, which knows no summer time."""

from datetime import datetime, timedelta, timezone
from typing import Final

from app.fiscal.codes import ZONES

TIMEZONES: Final = {name: timezone(timedelta(seconds=east)) for name, east in ZONES.items()}


def local_time(instant: datetime, zone: str) -> datetime:
    """The same instant on the clocks of that zone."""
    return instant.astimezone(TIMEZONES[zone])
