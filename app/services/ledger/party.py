"""Who seals here, and who else writes facts into the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from app.fiscal.canonical import digest
from app.fiscal.errors import LedgerBroken, Quarantined
from app.fiscal.ledger import Appended, Entry, Head, NextInvoice, SealedKind, append
from app.fiscal.seal import auth_code, compact, signing_input
from app.store.ledger import entries as rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from app.fiscal.ledger import Head
    from app.signing.signer import Signer
    from app.store.engine import Session

I = TypeVar("I")  # noqa: E741 - an item
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SealingParty:
    """Who seals here: a signer and the series it holds in every outlet."""

    signer: Signer
    series: str
    verify_host: str
    moved: dict[str, str] = field(default_factory=dict)
    """By outlet, the series that took the place of `series` there."""

    def key(self, outlet_id: str) -> rows.Key:
        """Where it writes in that outlet: (outlet, series)."""
        return outlet_id, self.moved.get(outlet_id, self.series)


def check_may_grow(held: rows.HeldSeries) -> None:
    """Something may be written behind the locked head.

    Raises:
        Quarantined: entries of the series are known elsewhere and missing here.
    """
    if held.standing != "open":
        name = f"{held.head.outlet_id}-{held.head.series}"
        raise Quarantined(f"the series {name} is no longer written: {held.standing}")


def check_last(session: Session, head: Head) -> None:
    """The locked head is the last entry of its series.

    Raises:
        LedgerBroken: something stands behind it, or another entry in its place.
    """
    if rows.last_entry_hash(session, head) != head.entry_hash:
        raise LedgerBroken(f"the head of {head.outlet_id}-{head.series} is not its last entry")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry under a party's seal, the head after it, and the code that papers show."""

    appended: Appended
    auth_code: str


def seal_entry(
    party: SealingParty,
    head: Head,
    kind: SealedKind,
    statement: Mapping[str, str],
    body: bytes,
    taken: NextInvoice | None = None,
) -> Sealed:
    """The entry stands after the head under the party's seal; nothing of it is stored yet.

    `statement` is what the seal says, `taken` the numbers that an invoice takes.

    Raises:
        SealRefused: the signer does not sign now.
        LedgerBroken: the entry does not follow the head.
    """
    to_sign = signing_input(party.signer.kid, statement)
    signature = party.signer.seal(to_sign)
    entry = Entry(
        outlet_id=head.outlet_id,
        series=head.series,
        position=head.position + 1,
        kind=kind,
        body=digest(body),
        previous=head.entry_hash,
        recorded_at=statement["timestamp"],
        seal=compact(to_sign, signature),
    )
    return Sealed(append(head, entry, taken), auth_code(signature))


class Calls(Protocol):
    """The sealing thread, which alone holds the signer and tells the trusted time."""

    def call(self, work: Callable[[SealingParty, Any], Any], /) -> Future[Any]:
        """The work's result, later: it runs alone with the signer and may ask for the time."""

    def write(self, work: Callable[[Session, SealingParty, str], T], key: str = "") -> Future[T]:
        """The work's rows are durable once the future holds its result.

        The work gets a transaction, the sealing party and the trusted time. It may share its
        transaction with others and may be run again after a rollback, so it acts on nothing but
        rows. `key` is the outlet whose rows it locks: works that share a transaction run in the
        order of their keys, which is the order in which sealing locks. When it raises, nothing of
        it is stored and the future holds what it raised.
        """


@dataclass(frozen=True, slots=True)
class Shared(Generic[I, T]):
    """A work on one item that is done better on many at once: with fewer statements."""

    item: I
    together: Callable[[Session, SealingParty, str, Sequence[I]], Sequence[T]]

    def __call__(self, session: Session, party: SealingParty, at: str) -> T:
        """It is done alone."""
        (result,) = self.together(session, party, at, [self.item])
        return result
