"""Leases: one process at a time works a control module, fenced by its epoch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.store.tables.dgi import ControlModuleRow

LEASE_SECONDS = 120
"""Longer than any single call; intents renew it."""


RENEW_SECONDS = 100
"""A lease with less left than that is renewed by the next intent: the longest call fits in it."""


class LeaseLost(Exception):
    """Another worker took this control module; what we know is stored, nothing more is done."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work a control module until it expires."""

    nim: str
    owner: str
    epoch: int


def claim(
    session: Session, nim: str, owner: str, seconds: int, lasting: int, dead: Callable[[str], bool]
) -> Lease | None:
    """The lease of that module for so many seconds, or None while another owner holds it.

    The epoch moves when the owner changes. `seconds` is now, since 1970; `dead` tells of an owner
    that is certainly gone.
    """
    row = session.exec(
        select(ControlModuleRow)
        .where(ControlModuleRow.nim == nim)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    if row.owner not in (None, owner) and row.expires_at > seconds and not dead(row.owner or ""):
        return None
    if row.owner != owner:
        row.owner, row.epoch = owner, row.epoch + 1
    row.expires_at = seconds + lasting
    session.add(row)
    return Lease(nim, owner, row.epoch)


def release(session: Session, lease: Lease, paced_until: int | None = None) -> None:
    """Another owner may claim the module at once, and keeps the pace of this one."""
    pace = {} if paced_until is None else {"paced_until": paced_until}
    session.execute(
        update(ControlModuleRow)
        .where(
            col(ControlModuleRow.nim) == lease.nim,
            col(ControlModuleRow.owner) == lease.owner,
            col(ControlModuleRow.epoch) == lease.epoch,
        )
        .values(owner=None, expires_at=0, **pace)
    )


def held_module(session: Session, lease: Lease) -> ControlModuleRow:
    """The module's row, locked, while the lease stands.

    Raises:
        LeaseLost: the epoch moved.
    """
    return held_modules(session, [lease])[lease.nim]


def held_modules(session: Session, leases: Sequence[Lease]) -> dict[str, ControlModuleRow]:
    """Those modules' rows, locked in one order for all, while every lease stands.

    Raises:
        LeaseLost: an epoch moved.
    """
    found = session.exec(
        select(ControlModuleRow)
        .where(col(ControlModuleRow.nim).in_(sorted({lease.nim for lease in leases})))
        .order_by(col(ControlModuleRow.nim))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    held = {row.nim: row for row in found}
    for lease in leases:
        if lease.nim not in held or held[lease.nim].epoch != lease.epoch:
            raise LeaseLost(f"{lease.nim} has another owner")
    return held
