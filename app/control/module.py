"""The port of a control module of the tax authority, and the answers it may give.

A control module normalises a sealed invoice: it returns the elements that make it a
*facture normalisée* in law. Its answers are values, never exceptions: normalised, refused,
unknown. An answer that did not come is `Unknown`, which is not a failure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from app.fiscal.normalised import Elements

Step = Literal["post", "confirm", "cancel", "status", "read"]

Cause = Literal["silence", "token", "busy", "later", "gone"]
"""Why an answer decided nothing.

`silence`: nothing came that can be read; it says nothing of the invoice. `token`: our token is
refused, or is another's. `busy`: the module takes no invoice now. `later`: not this invoice, not
now. `gone`: the authority holds the request no longer, and asking again can tell no more.
"""


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
    """The write-ahead of one delivery."""

    def intend(self, step: Step, uid: str | None, request: bytes) -> int:
        """The intent to make this call is durable; returns the number of the call."""

    def heard(self, call: int, status: int | None, body: bytes) -> None:
        """The raw answer to that call is stored: of a confirm, before anyone reads it.

        That of a POST is stored at the latest with the next intent, or with what was made of it.
        `status` is the HTTP status, or None when no whole answer came (`body` then says why).
        """


@dataclass(frozen=True, slots=True)
class Normalised(Elements):
    """The control module recorded the invoice. Texts are as they came; bytes are raw."""

    remark: str = ""
    """What of its elements is missing or not ours, in French; empty when all fit."""


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
    cause: Cause = "silence"
    retry_after: int | None = None
    """Seconds for which the authority asked to be left alone (`Retry-After`)."""


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

    def close(self) -> None:
        """No connection is left."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a reference list of the authority was answered with, as it came."""

    status: int | None
    """HTTP's, or None when no whole answer came (`body` then says why, in French)."""
    body: bytes
    document: Any
    """The decoded JSON of a 2xx answer, numbers as Decimal; None when it is none."""


class Lists(Protocol):
    """Whoever answers the authority's reference lists for one control module."""

    def info(self, name: str) -> Listed:
        """What `/api/info/{name}` answers now."""


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
