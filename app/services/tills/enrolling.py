"""Enrolling: a tablet's own key becomes a terminal, and whoever was it before is replaced."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.fiscal.canonical import canonical
from app.fiscal.ledger import utc_text
from app.fiscal.verification import key_of, thumbprint
from app.services.ledger.facts import append_event
from app.services.ledger.party import Calls, SealingParty
from app.services.people.tokens import hash_secret
from app.services.tills.links import next_terminal
from app.store.engine import Engine, Session, writing
from app.store.outlets import hold_outlet, outlet_ids
from app.store.tables.tills import Device
from app.store.tills import devices, terminals
from app.store.tills.terminals import TerminalKey

ID_CHARACTERS: Final = 22
"""Of a thumbprint: 132 bits."""


class NotEnrolled(Exception):
    """The tablet is no terminal by this; `rule` says why, `detail` is a French sentence."""

    def __init__(self, rule: str, detail: str) -> None:
        self.rule, self.detail = rule, detail
        super().__init__(f"{rule}: {detail}")


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """The public key of a tablet, a point of P-256, and the id that follows from it."""

    device_id: str
    jwk: str

    @classmethod
    def read(cls, jwk: Mapping[str, str]) -> "DeviceKey":
        """The key of a JWK {kty, crv, x, y}; raises `NotASeal`."""
        key_of(jwk)
        return cls(thumbprint(jwk)[:ID_CHARACTERS], canonical(dict(jwk)).decode())


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The tablet is that terminal; `created` is false when it was before."""

    device_id: str
    outlet_id: str
    terminal_id: str
    terminal_name: str
    created: bool


Lose = Callable[[Session, Device], None]
"""What is done about a tablet that is replaced while it says that it holds sales."""


class _SalesAway(Exception):
    """The tablet before holds sales that only it has: that must stand in the ledger."""

    def __init__(self, outlet_id: str) -> None:
        self.outlet_id = outlet_id
        super().__init__(outlet_id)


def _stop(_session: Session, before: Device) -> None:
    raise _SalesAway(before.outlet_id)


def enrol(engine: Engine, sealing: Calls, token: str, key: DeviceKey, now: datetime) -> Enrolled:
    """The tablet is the link's terminal, and the link is spent; the same tablet may ask again.

    Raises:
        NotEnrolled: the link is unknown or spent, or this tablet cannot be that terminal.
    """
    return _bound(
        engine, sealing, key, lambda session, lose: _enrol(session, token, key, utc_text(now), lose)
    )


def enrol_next(engine: Engine, sealing: Calls, key: DeviceKey, now: datetime) -> Enrolled:
    """The tablet is the first outlet's next free terminal, or what it was already.

    For the demo, where every browser of this machine may be a till.
    """

    def act(session: Session, lose: Lose) -> Enrolled:
        known = devices.device(session, key.device_id)
        if known is not None and known.replaced_at is None and known.revoked_at is None:
            return _enrolled(session, known, created=False)
        outlet_id = outlet_ids(session)[0]
        hold_outlet(session, outlet_id)
        return _bind(session, next_terminal(session, outlet_id), key, utc_text(now), lose)

    return _bound(engine, sealing, key, act)


def _bound(
    engine: Engine,
    sealing: Calls,
    key: DeviceKey,
    act: Callable[[Session, Lose], Enrolled],
) -> Enrolled:
    """One transaction; with the sealing thread when the ledger must tell of a lost tablet."""

    def work(session: Session, party: SealingParty, at: str) -> Enrolled:
        where = party.key
        return act(session, lambda session, old: _tell(session, where(old.outlet_id), old, key, at))

    try:
        with writing(engine) as session:
            return act(session, _stop)
    except _SalesAway as away:
        return sealing.write(work, away.outlet_id).result()


def _tell(session: Session, where: tuple[str, str], before: Device, by: DeviceKey, at: str) -> None:
    more = {
        "terminal_id": before.terminal_id,
        "device_id": before.device_id,
        "replaced_by": by.device_id,
        "outbox": str(before.outbox),
        "last_seq": str(before.last_seq),
        **({"oldest": before.oldest} if before.oldest else {}),
        **({"heard_at": before.heard_at} if before.heard_at else {}),
    }
    append_event(
        session,
        where,
        "tablet.replaced",
        "La tablette remplacée gardait des ventes qu'elle seule connaît.",
        more,
        at,
    )


def _enrol(session: Session, token: str, key: DeviceKey, at: str, lose: Lose) -> Enrolled:
    terminal = terminals.use_link(session, hash_secret(token), key.device_id, at)
    if terminal is None:
        return _enrolled_before(session, token, key)
    hold_outlet(session, terminal[0])
    return _bind(session, terminal, key, at, lose)


def _enrolled_before(session: Session, token: str, key: DeviceKey) -> Enrolled:
    """The answer that was lost on its way to the same tablet."""
    link = terminals.link(session, hash_secret(token))
    row = devices.device(session, key.device_id)
    if (
        link is None
        or row is None
        or link.device_id != key.device_id
        or (row.replaced_at or row.revoked_at)
    ):
        raise NotEnrolled("enrol.link", "Ce lien ne sert plus. Demandez-en un nouveau.")
    return _enrolled(session, row, created=False)


def _enrolled(session: Session, row: Device, *, created: bool) -> Enrolled:
    terminal = terminals.terminal(session, (row.outlet_id, row.terminal_id))
    return Enrolled(row.device_id, row.outlet_id, row.terminal_id, terminal.name, created)


def _bind(session: Session, terminal: TerminalKey, key: DeviceKey, at: str, lose: Lose) -> Enrolled:
    """Only that tablet is the terminal; what was open on it is closed.

    The outlet is held: of two tablets at once, one comes after the other.
    """
    row = devices.device(session, key.device_id)
    if row is None:
        row = Device(
            outlet_id=terminal[0],
            device_id=key.device_id,
            terminal_id=terminal[1],
            jwk=key.jwk,
            enrolled_at=at,
        )
        devices.add(session, row)
    else:
        _move(session, row, terminal, at)
    for before in devices.standing_at(session, *terminal):
        if before.device_id != key.device_id:
            if before.outbox > 0:
                lose(session, before)
            before.replaced_at = at
    terminals.close_till(session, terminal, at)
    return _enrolled(session, row, created=True)


def _move(session: Session, row: Device, terminal: TerminalKey, at: str) -> None:
    """A tablet that has been a terminal before is this one from now on."""
    if row.revoked_at is not None:
        raise NotEnrolled("auth.revoked", "Cette tablette est révoquée.")
    if row.outlet_id != terminal[0]:
        raise NotEnrolled("enrol.outlet", "Cette tablette est celle d'un autre point de vente.")
    if row.terminal_id != terminal[1]:
        if row.outbox > 0:  # its sales name the terminal that it is now
            raise NotEnrolled(
                "enrol.outbox", "Cette tablette garde des ventes. Laissez-les partir d'abord."
            )
        if row.replaced_at is None:
            terminals.close_till(session, (row.outlet_id, row.terminal_id), at)
    row.terminal_id, row.replaced_at, row.enrolled_at = terminal[1], None, at
