"""One delivery: the invoice in flight, and the write-ahead of each call about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.control.module import Attempt, Confirming, SealedInvoice, Step
from app.fiscal.canonical import parse_canonical
from app.fiscal.ledger import clock_text, parse_entry, sealed_statement
from app.services.dgi.commits import Commits
from app.store.dgi.deliveries import Exchange
from app.store.dgi.leases import Lease, LeaseLost
from app.store.dgi.queues import Queued
from app.store.dgi.write_ahead import Intent, Intention, NotNow, RawAnswer
from app.store.ledger.sales import RecordedSale
from app.store.tables.dgi import DeliveryState


@dataclass(frozen=True, slots=True)
class InFlight:
    """A delivery as read from the store."""

    sale: RecordedSale
    state: DeliveryState
    sealed: SealedInvoice

    @property
    def outlet_id(self) -> str:
        """Whose sale it is."""
        return self.sale.outlet_id

    @property
    def sale_id(self) -> str:
        """Which sale it is."""
        return self.sale.sale_id


def in_flight(queued: Queued) -> InFlight:
    """The delivery with the invoice that it carries."""
    sale = queued.sale
    statement = sealed_statement(parse_entry(sale.entry))
    sealed = SealedInvoice(
        fiscal_number=statement["fiscal_number"],
        reference=statement["reference"],
        entry_hash=sale.entry_hash,
        invoice=parse_canonical(sale.body),
    )
    return InFlight(sale, queued.delivery.state, sealed)


@dataclass(slots=True)
class WrittenAttempt(Attempt):
    """The write-ahead of one delivery in the store, fenced by the lease.

    The raw answer to a POST is stored with the intent that follows from it, in one commit: until
    then nothing was confirmed, and a crash is as if the answer had never come.
    """

    commits: Commits
    lease: Lease
    flight: InFlight
    clock: Callable[[], float]
    confirm_sent: bool = False
    """A confirm was intended in this attempt."""
    _last_call: int | None = None
    _last_step: Step | None = None
    _unstored: list[RawAnswer] = field(default_factory=list)

    def intend(self, step: Step, uid: str | None, request: bytes) -> int:
        """The intent is durable and the lease renewed.

        Raises:
            LeaseLost: another worker took the module, or another uid of the sale is confirmed.
            NotNow: nothing may be sent about this sale any more.
        """
        number = None if self._last_call is None else self._last_call + 1
        intent = Intent(step, uid, request, number, int(self.clock()))
        entry = self._entry(intent)
        try:
            self._last_call = self.commits.write_ahead(entry)
        except (LeaseLost, NotNow):
            self.stored()
            raise
        self.stored()
        self._last_step = step
        self.confirm_sent |= step == "confirm"
        return self._last_call

    def heard(self, call: int, status: int | None, body: bytes) -> None:
        """The raw answer is kept, whoever holds the lease by now; durable unless it is a POST's."""
        self._unstored.append(RawAnswer(call, status, body, clock_text(int(self.clock()))))
        if self._last_step != "post":
            self.store_alone()

    def unstored(self) -> Intention | None:
        """The answers that no commit holds yet, for a transaction of the caller's."""
        return self._entry(None) if self._unstored else None

    def stored(self) -> None:
        """A transaction with `unstored` is committed."""
        self._unstored.clear()

    def store_alone(self) -> None:
        """Whatever else happens, the answers are durable."""
        if self._unstored:
            self.commits.write_ahead(self._entry(None))
            self.stored()

    def _entry(self, intent: Intent | None) -> Intention:
        return Intention(
            lease=self.lease,
            outlet_id=self.flight.outlet_id,
            sale_id=self.flight.sale_id,
            at=clock_text(int(self.clock())),
            answers=tuple(self._unstored),
            confirm_heard=bool(self._unstored) and self._last_step == "confirm",
            intent=intent,
        )


def confirming_of(exchanges: Sequence[Exchange], uid: str) -> Confirming | None:
    """What was written before the first confirm of that uid; None when no confirm stands."""
    confirms = [e.call for e in exchanges if e.call.step == "confirm" and e.call.uid == uid]
    posts = [e for e in exchanges if e.call.step == "post" and e.answer is not None]
    if not confirms or not posts:
        return None
    post = max(
        (e for e in posts if e.call.number < confirms[0].number), key=lambda e: e.call.number
    )
    return Confirming(
        uid=uid,
        post_request=post.call.request,
        post_answer=post.answer.body if post.answer else b"",
        confirm_request=confirms[0].request,
        seconds_since_post=None,  # of another process: unknown
    )
