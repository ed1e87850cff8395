"""Times, durations and counts as people read them."""

from datetime import UTC, datetime
from typing import Final

from app.fiscal.ledger import utc_time
from app.fiscal.zones import local_time
from app.wording import HARD, to_the_second

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400


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
        self._zone, self._now = zone, local_time(now, zone)

    def _local(self, instant: str | int) -> datetime:
        utc = (
            utc_time(instant) if isinstance(instant, str) else datetime.fromtimestamp(instant, UTC)
        )
        return local_time(utc, self._zone)

    def at(self, instant: str | int | None) -> str:
        """`14:02` of today, `le 21/11 à 14:02` of another day, empty for none.

        `instant` is `YYYY-MM-DDTHH:MM:SSZ`, or seconds since 1970.
        """
        if not instant:
            return ""
        local = self._local(instant)
        if local.date() == self._now.date():
            return f"{local:%H:%M}"
        year = "" if local.year == self._now.year else "/%Y"
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
        return to_the_second(self._local(instant))

    @property
    def now(self) -> str:
        """The time of the page."""
        return f"{self._now:%H:%M}"


def count(number: int, one: str, many: str) -> str:
    """`1 facture`, `3 factures`; French says zero in the singular."""
    return f"{number}{HARD}{one if number < 2 else many}"  # noqa: PLR2004 - the plural begins at two
