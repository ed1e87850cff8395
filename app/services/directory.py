"""What every request asks first: whose key is it, and what is that outlet. Kept for seconds."""

import hashlib
import time
from collections.abc import Callable, Hashable
from typing import Any

import msgspec

from app.access import KnownDevice, Principal
from app.fiscal.verification import key_of
from app.store.engine import Engine, reading
from app.store.outlets import OutletFacts, api_key, outlet_facts
from app.store.people.people import external_people
from app.store.tills import devices

FRESH_SECONDS = 5
"""A revoked key works this long at most; so does an outlet's old address."""


class Directory:
    """Principals, tablets and outlets, read from the store and kept for a few seconds."""

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._monotonic = engine, monotonic
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def kept(self, key: Hashable) -> Any:
        """What is still fresh under that key, or None."""
        until, value = self._kept.get(key, (0, None))
        return value if self._monotonic() < until else None

    def _keep(self, key: Hashable, value: Any) -> None:
        if len(self._kept) > 10_000:  # noqa: PLR2004 - strangers' keys must not fill the memory
            self._kept.clear()
        self._kept[key] = (self._monotonic() + FRESH_SECONDS, value)

    def forget(self, key: Hashable) -> None:
        """What was kept under that key is read again."""
        self._kept.pop(key, None)

    def principal(self, bearer: str) -> Principal | None:
        """Whose bearer key that is; reads the store."""
        key_hash = hashlib.sha256(bearer.encode()).hexdigest()
        with reading(self._engine) as session:
            row = api_key(session, key_hash)
            own = external_people(session, row.outlet_id, row.key_id) if row else {}
        if row is None:
            return None
        principal = Principal(
            name=f"key:{row.key_id}",
            source="api",
            outlet_id=row.outlet_id,
            operations=frozenset(row.operations.split()),
            people=own,
        )
        self._keep(("key", bearer), principal)
        return principal

    def device(self, device_id: str) -> KnownDevice | None:
        """The tablet of that id; reads the store."""
        with reading(self._engine) as session:
            row = devices.device(session, device_id)
        if row is None:
            return None
        device = KnownDevice(
            device_id=row.device_id,
            outlet_id=row.outlet_id,
            terminal_id=row.terminal_id,
            key=key_of(msgspec.json.decode(row.jwk)),
            replaced=row.replaced_at is not None,
            revoked=row.revoked_at is not None,
        )
        self._keep(("device", device_id), device)
        return device

    def outlet(self, outlet_id: str) -> OutletFacts | None:
        """The outlet of that code; reads the store unless it did so just now."""
        known: OutletFacts | None = self.kept(("outlet", outlet_id))
        if known is not None:
            return known
        with reading(self._engine) as session:
            facts = outlet_facts(session, outlet_id)
        if facts is not None:
            self._keep(("outlet", outlet_id), facts)
        return facts
