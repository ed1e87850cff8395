"""The ledgers of a history, verified entry by entry as they grow (I4)."""

from dataclasses import dataclass, field

from app.fiscal.proof import Start, Verifier
from app.services.ledger.keys import public_keys
from app.store.engine import Engine, Session, reading
from app.store.ledger import entries as rows

HEADS = "SELECT outlet_id, series, position FROM series"


@dataclass(slots=True)
class Ledgers:
    """How far each series was verified."""

    engine: Engine
    entries: int = 0
    _verifiers: dict[tuple[str, str], Verifier] = field(default_factory=dict)
    _read: dict[tuple[str, str], int] = field(default_factory=dict)

    def verify(self) -> None:
        """Every entry that was written since the last time holds and follows the one before it.

        Raises:
            VerificationFailed: with the step.
        """
        with reading(self.engine) as session:
            grown = session.connection().exec_driver_sql(HEADS)
            for outlet_id, series, position in grown.all():
                if self._read.get((outlet_id, series), 0) < position:
                    self._read_on(session, (outlet_id, series))

    def _read_on(self, session: Session, key: rows.Key) -> None:
        if key not in self._verifiers:
            self._verifiers[key] = Verifier(public_keys(session))
            self._verifiers[key].begin(*key, Start())
        first = self._read.get(key, 0) + 1
        for stored in rows.walk_entries(session, *key, first=first):
            self._verifiers[key].add(stored)
            self._read[key] = self._read.get(key, 0) + 1
            self.entries += 1
