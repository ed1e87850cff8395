"""What is asked of the authority once a day: its lists at 06:00 of the outlet, and our token."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.control.module import Lists
from app.fiscal.zones import local_time
from app.services.dgi.lists import has_today, snapshot
from app.services.dgi.token_and_clock import watch_token
from app.store import outlets
from app.store.engine import Engine, Unreachable, reading
from app.store.outlets import OutletWithModule
from app.store.tenancy import EVERYWHERE

LISTS_AT_HOUR: Final = 6
"""Before the first sale of most outlets, after the authority's night."""
ASK_AGAIN: Final = timedelta(minutes=15)
"""After an authority that did not say its rates."""

_log = structlog.get_logger()


@dataclass(slots=True)
class Daily:
    """What this process asked of the authority, and when."""

    _looked: set[str] = field(default_factory=set)
    _watched: dict[str, str] = field(default_factory=dict)
    """By outlet, the day on which its token was looked at."""
    _answered: dict[str, str] = field(default_factory=dict)
    """By outlet, the day of which the store has the lists."""
    _asked: dict[str, datetime] = field(default_factory=dict)

    def run(self, engine: Engine, modules: Callable[[str], Lists], now: datetime) -> int:
        """Every outlet with a control module has what is due now; returns how many were asked.

        The lists of a day are due from its `LISTS_AT_HOUR` on, and when this process looks first.
        """
        with reading(engine) as session:
            places = outlets.outlets_with_modules(session, EVERYWHERE)
        asked = 0
        for place in places:
            if place.module is not None:
                asked += self._one(engine, modules, place, place.module.nim, now)
        return asked

    def _one(
        self,
        engine: Engine,
        modules: Callable[[str], Lists],
        place: OutletWithModule,
        nim: str,
        now: datetime,
    ) -> bool:
        outlet_id, local = place.outlet_id, local_time(now, place.zone)
        try:
            self._watch(engine, outlet_id, local, now)
            if not self._is_due(engine, outlet_id, local, now):
                return False
            self._asked[outlet_id] = now
            snapshot(engine, modules(nim), outlet_id, now)
        except Unreachable:
            raise
        except Exception:  # noqa: BLE001 - one outlet's trouble is not the next one's
            _log.exception("daily.failed", outlet_id=outlet_id)
        return True

    def _watch(self, engine: Engine, outlet_id: str, local: datetime, now: datetime) -> None:
        day = local.date().isoformat()
        if self._watched.get(outlet_id) != day:
            watch_token(engine, outlet_id, now)
            self._watched[outlet_id] = day

    def _is_due(self, engine: Engine, outlet_id: str, local: datetime, now: datetime) -> bool:
        day = local.date().isoformat()
        first = outlet_id not in self._looked
        self._looked.add(outlet_id)
        if self._answered.get(outlet_id) == day:
            return False
        before = self._asked.get(outlet_id)
        waits = before is not None and now - before < ASK_AGAIN
        if not first and (local.hour < LISTS_AT_HOUR or waits):
            return False
        with reading(engine) as session:
            answered = has_today(session, outlet_id, now)
        if answered:
            self._answered[outlet_id] = day
        return not answered
