"""Times, durations and counts as people read them."""

from datetime import UTC, datetime, timedelta
from typing import Final

from app.fiscal.codes import ZONES
from app.fiscal.ledger import utc_time

_MINUTE: Final = 60


_HOUR: Final = 3600


_DAY: Final = 86_400


HARD: Final = "\u00a0"


def duration(seconds: int) -> str:
    """How long, in the two largest units that say something: `2 h 14 min`."""
    if seconds < _MINUTE:
        return f"{seconds}{HARD}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}{HARD}min"
    if seconds < _DAY:
        return _two(seconds // _HOUR, "h", seconds % _HOUR // _MINUTE, "min")
    return _two(seconds // _DAY, "j", seconds % _DAY // _HOUR, "h")


def _two(large: int, unit: str, small: int, below: str) -> str:
    rest = f" {small}{HARD}{below}" if small else ""
    return f"{large}{HARD}{unit}{rest}"


class Clock:
    """Times in the zone of an outlet, as short as they are clear at this moment."""

    def __init__(self, zone: str, now: datetime) -> None:
        self._offset = timedelta(seconds=ZONES[zone])
        self._now = now.astimezone(UTC)

    def at(self, instant: str | int | None) -> str:
        """`14:02` of today, `le 21/11 à 14:02` of another day, empty for none.

        `instant` is `YYYY-MM-DDTHH:MM:SSZ`, or seconds since 1970.
        """
        if not instant:
            return ""
        utc = (
            utc_time(instant) if isinstance(instant, str) else datetime.fromtimestamp(instant, UTC)
        )
        local, today = utc + self._offset, self._now + self._offset
        if local.date() == today.date():
            return f"{local:%H:%M}"
        year = "" if local.year == today.year else "/%Y"
        return local.strftime(f"le %d/%m{year} à %H:%M")

    def when(self, instant: str | int | None) -> str:
        """The same inside a sentence: `à 14:02`."""
        text = self.at(instant)
        return f"à {text}" if text and not text.startswith("le") else text

    @property
    def seconds(self) -> int:
        """This moment, in seconds since 1970."""
        return int(self._now.timestamp())

    def exact(self, instant: str | int) -> str:
        """Day and time to the second, for evidence."""
        utc = (
            utc_time(instant) if isinstance(instant, str) else datetime.fromtimestamp(instant, UTC)
        )
        return f"{utc + self._offset:%d/%m/%Y %H:%M:%S}"

    @property
    def now(self) -> str:
        """The time of the page."""
        return f"{self._now + self._offset:%H:%M}"


def count(number: int, one: str, many: str) -> str:
    """`1 facture`, `3 factures`; French says zero in the singular."""
    return f"{number}{HARD}{one if number < 2 else many}"  # noqa: PLR2004 - the plural begins at two
