"""The port of a control module of the tax authority, and the answers it may give.

A control module normalises a sealed invoice: it returns the elements that make it a
*facture normalisée* in law. Its answers are values, never exceptions: normalised, refused,
unknown. An answer that did not come is `Unknown`, which is not a failure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Step = Literal["post", "confirm", "cancel", "status", "read"]


@dataclass(frozen=True, slots=True)
class SealedInvoice:
    """What a control module is asked to normalise: an invoice that our ledger already holds."""

    fiscal_number: str
    reference: str
    """Clause 1.1.15: the unbroken serial reference, sent as `rn`."""
    entry_hash: str
    invoice: Mapping[str, Any]
    """The canonical invoice (`invoice/1`), decoded."""


class Attempt(Protocol):
    """The write-ahead of one delivery. Both calls return only when the row is durable."""

    def intend(self, step: Step, uid: str | None, request: bytes) -> int:
        """The intent to make this call is stored; returns the number of the call."""

    def heard(self, call: int, status: int | None, body: bytes) -> None:
        """The raw answer to that call is stored, before anyone reads it.

        `status` is the HTTP status, or None when no whole answer came (`body` then says why).
        """


@dataclass(frozen=True, slots=True)
class Normalised:
    """The control module recorded the invoice. Texts are as they came; bytes are raw."""

    nim: str
    uid: str
    request: bytes
    answer: bytes
    confirmation: bytes
    code_def_dgi: str
    counters: str
    date_time: str
    qr_code: str
    total: str
    """The module's total in CDF, with two decimals; equal to ours."""
    vat: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The control module (or our check of its totals) refused; nothing was recorded there."""

    by: Literal["emcf", "totals"]
    code: str
    text: str
    answer: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer that decides. Nothing may be concluded from it."""

    reason: str
    confirming: bool
    """True: a confirm may have been recorded, the sale is in doubt and is never posted again by
    itself. False: no confirm was sent, so delivering again can double nothing."""


@dataclass(frozen=True, slots=True)
class NotIssued:
    """Recovery proved that the control module never recorded the invoice."""

    reason: str


@dataclass(frozen=True, slots=True)
class Confirming:
    """What was written before a confirm whose answer is missing."""

    uid: str
    post_request: bytes
    post_answer: bytes
    confirm_request: bytes
    seconds_since_post: int | None
    """Monotonic, of the process that posted; None after a restart."""


@dataclass(frozen=True, slots=True)
class ModuleStatus:
    """What the authority says of itself and of our token (`GET /api/invoice`)."""

    operational: bool
    nim: str
    nif: str
    token_valid: str
    server_time: str
    pending: tuple[str, ...]
    """uids, lower case."""


class ControlModule(Protocol):
    """One control module: one token of the e-MCF, or one MCF on a port. One owner, ever."""

    @property
    def name(self) -> str:
        """`emcf` or `mcf`: the `module` of `normalised/1`."""

    def normalise(self, sealed: SealedInvoice, attempt: Attempt) -> Normalised | Refused | Unknown:
        """Delivers the invoice once, writing before each call."""

    def recover(
        self, sealed: SealedInvoice, confirming: Confirming, attempt: Attempt
    ) -> Normalised | NotIssued | Unknown:
        """Finds out what became of a confirm whose answer is missing (never posts again)."""

    def reread(
        self, sealed: SealedInvoice, confirming: Confirming, status: int | None, body: bytes
    ) -> Normalised | None:
        """What a stored raw answer to a confirm says, when it says that the invoice is recorded."""

    def status(self) -> ModuleStatus | Unknown:
        """What the module says of itself."""


Verdict = Literal["none recorded", "all recorded", "undecided"]


def weigh_counters(doubts: int, before: int | None, after: int) -> Verdict:
    """What the total counter of the next confirmed invoice says of the sales in doubt before it.

    `before` is the last total counter known before the doubts, `after` that of the invoice
    confirmed after them. Evidence for a person, never a reason to send again.
    """
    if before is None:
        return "undecided"
    jump = after - before - 1
    if jump == 0:
        return "none recorded"
    return "all recorded" if jump == doubts else "undecided"
