"""Attested outages: the probe log of each outlet, and what may be sold under what it says.

An entry is written when a part changes, and once a day, signed by the sealing party. While the
signer does not answer it is written unsigned; the next signed one covers it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from app.control.module import ControlModule, ModuleStatus, Unknown
from app.fiscal.canonical import canonical, digest
from app.fiscal.ledger import utc_text
from app.fiscal.probe import (
    Outage,
    State,
    Statement,
    following,
    outages,
    probe_line,
    read_statement,
)
from app.fiscal.seal import compact, signing_input
from app.services.ledger.keys import jwks
from app.services.ledger.party import Calls, SealingParty
from app.services.watch import reach
from app.services.watch.health import Known, known_outlets
from app.store.dgi import modules as module_rows
from app.store.dgi import queues
from app.store.engine import Engine, Session, Unreachable, reading, writing
from app.store.ledger import entries
from app.store.ledger.keys import signing_keys
from app.store.tables.dgi import ControlModuleRow
from app.store.tables.watch import Probe
from app.store.tenancy import EVERYWHERE
from app.store.watch import probes as rows

MOST_SILENCES: Final = 2
"""Of one address in one look; whoever else is there is taken to be as silent."""

_log = structlog.get_logger()

Modules = Callable[[str], ControlModule | None]
"""The control module of that NIM, or None while this process does not speak to it."""


@dataclass(frozen=True, slots=True)
class Looking:
    """What this process looks at, and with what."""

    sealing: Calls
    modules: Modules
    internet: tuple[str, int] | None = None
    place: reach.NetworkFolders = reach.NetworkFolders()  # noqa: RUF009 - it never changes


def probe_all(engine: Engine, looking: Looking, now: datetime) -> int:
    """Every opened outlet's log says what answers now; returns how many entries were written."""
    with reading(engine) as session:
        authorities = entries.authorities(session)
        every = [
            one
            for one in known_outlets(session, now, EVERYWHERE)
            if one.place.outlet_id in authorities
        ]
    if not every:
        return 0
    common: dict[str, State] = {
        "lan": reach.lan_state(looking.place),
        "internet": reach.internet_state(looking.internet),
        "signer": reach.signer_state(looking.sealing),
        "device": "none",
    }
    look = _Round(engine, looking, now)
    return sum(
        _record(engine, looking, known, {**common, "dgi": look.dgi(known)}, now) for known in every
    )


@dataclass(frozen=True, slots=True)
class _Round:
    """One look at every control module."""

    engine: Engine
    looking: Looking
    now: datetime
    _silences: Counter[str] = field(default_factory=Counter)
    """By address: in a national outage nobody waits for each of a thousand modules in turn."""

    def dgi(self, known: Known) -> State:
        """Whether the outlet's control module answers."""
        row = known.place.module
        if row is None:
            return "none"
        trying = known.waiting.count > 0 and not known.paused
        try:
            return reach.dgi_state(
                row, self.now, trying=trying, ask=lambda: self._asked(row, known.part("dgi"))
            )
        except Unreachable:
            raise
        except Exception:  # noqa: BLE001 - one outlet's trouble is not the next one's
            _log.exception("probes.dgi", outlet_id=known.place.outlet_id)
            return "unknown"

    def _asked(self, row: ControlModuleRow, before: State) -> State:
        if self._silences[row.url] >= MOST_SILENCES:
            return "down"
        with reading(self.engine) as session:
            busy = queues.in_flight(session, row.nim)
        module = None if busy else self.looking.modules(row.nim)
        if module is None:  # nothing new is known
            return before
        if not _answers(module.status()):
            self._silences[row.url] += 1
            return "down"
        with writing(self.engine) as session:
            module_rows.note_heard(session, row.nim, utc_text(self.now))
        return "up"


def _answers(status: ModuleStatus | Unknown) -> bool:
    """Whether the authority spoke; what it thinks of our token is another matter."""
    if isinstance(status, Unknown):
        return status.cause != "silence"
    return status.operational


def _record(
    engine: Engine, looking: Looking, known: Known, parts: Mapping[str, State], now: datetime
) -> bool:
    """The log says so; false when nothing is new."""
    outlet_id = known.place.outlet_id
    with reading(engine) as session:
        newest = rows.last_probes(session, outlet_id).get(outlet_id)
        authority = entries.authorities(session)[outlet_id]
        # Another machine's clock may have published the key a little later than ours says it is.
        at = max(utc_text(now), _key_begins(session, authority))
    if newest is not None and not _is_news(newest, parts, at):
        return False
    statement = following(
        newest.statement if newest else None,
        authority=authority,
        outlet_id=outlet_id,
        at=at,
        parts=parts,
    )
    data = canonical(statement.document())
    row = Probe(
        outlet_id=outlet_id,
        number=statement.number,
        statement=data,
        digest=digest(data),
        signature=_signature(looking.sealing, statement) if parts["signer"] == "up" else None,
    )
    with writing(engine) as session:
        return rows.add_probe(session, row)


def _key_begins(session: Session, authority: str) -> str:
    begins = [key.not_before for key in signing_keys(session) if key.authority == authority]
    return max(begins, default="")


def _is_news(newest: Probe, parts: Mapping[str, State], at: str) -> bool:
    last = read_statement(newest.statement)
    uncovered = newest.signature is None and parts["signer"] == "up"
    return uncovered or last.parts != parts or last.at[:10] < at[:10]


def _signature(sealing: Calls, statement: Statement) -> str | None:
    """The compact JWS over the statement; None when the signer does not give one soon."""

    def sign(party: SealingParty, _now: object) -> str | None:
        if party.signer.authority != statement.authority:  # its key would not be believed
            return None
        to_sign = signing_input(party.signer.kid, statement.document())
        return compact(to_sign, party.signer.seal(to_sign))

    try:
        signature: str | None = sealing.call(sign).result(timeout=reach.PATIENCE)
    except Exception as error:  # noqa: BLE001 - a later entry covers this one
        _log.warning("probes.unsigned", outlet_id=statement.outlet_id, error=repr(error))
        return None
    return signature


def log_lines(session: Session, outlet_id: str) -> Iterator[bytes]:
    """The outlet's log as `bono verify` reads it: the public keys, then each entry."""
    yield canonical(jwks(session)) + b"\n"
    for row in rows.probes(session, outlet_id):
        yield probe_line(row.statement, row.signature)


def told_outages(session: Session, outlet_id: str) -> list[Outage]:
    """Every outage that the outlet's log tells, in the order in which they began."""
    return outages(read_statement(row.statement) for row in rows.probes(session, outlet_id))
