"""Reading the instants and days of a request."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.fiscal.errors import InvalidInvoice
from app.fiscal.reading import text_value

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
"""RFC 3339; a second 60 is refused with the times that do not exist."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _exists(text: str) -> bool:
    """True when the calendar and the clock know this day or time."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Instant:
    """A time in RFC 3339, whatever its offset, kept as text: UTC, the second it lies in."""

    def read(self, value: object, path: str) -> str:
        """The same time as `YYYY-MM-DDTHH:MM:SSZ`; raises `format.type` or `format.time`."""
        text = text_value(value, path)
        if _INSTANT.fullmatch(text) is not None:
            try:
                instant = datetime.fromisoformat(text.upper()).astimezone(UTC)
            except (ValueError, OverflowError):  # no such time, or none in UTC
                pass
            else:
                return instant.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
        raise InvalidInvoice(
            "format.time", path, "Ici il faut AAAA-MM-JJTHH:MM:SS avec Z ou un décalage (+01:00)."
        )

    def schema(self) -> dict[str, Any]:
        """A date-time string."""
        return {"type": "string", "format": "date-time", "pattern": f"^{_INSTANT.pattern}$"}


@dataclass(frozen=True, slots=True)
class Day:
    """A day `YYYY-MM-DD`, kept as text."""

    def read(self, value: object, path: str) -> str:
        """The text itself; raises `format.type` or `format.time`."""
        text = text_value(value, path)
        if _DAY.fullmatch(text) is None or not _exists(text):
            raise InvalidInvoice("format.time", path, "Ici il faut un jour AAAA-MM-JJ.")
        return text

    def schema(self) -> dict[str, Any]:
        """A date string."""
        return {"type": "string", "format": "date"}
