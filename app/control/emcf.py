"""The e-MCF: the authority's control module over HTTP, one token, one point of sale.

Normalising is POST (the platform computes and keeps the request for two minutes), comparing its
amounts with ours, and PUT confirm (the request becomes an invoice for ever). There is no key
against doubles and no way to read an invoice again, so the order is: write the intent, call,
write the raw answer, read it. Only a confirm can leave a doubt:

1. No confirm was sent: nothing is recorded, and delivering again can double nothing. A request
   that waits too long or in vain expires by itself.
2. A confirm was answered with a Code DEF/DGI and a QR: recorded.
3. It was refused (an error code other than 20 and 99, in a 200 or a 4xx), and the cancel was then
   accepted: the request was still waiting, so it was not recorded and never will be.
4. Anything else leaves the sale in doubt. The waiting list is asked at once. If the request is
   there, the same confirm is sent again: one uid gives at most one invoice.
5. Code 20 proves nothing, not even on a first confirm: it says "unknown" as well as "already
   finalised", and a gateway may repeat a PUT whose answer it lost. Within two minutes of the POST
   the request cannot have expired, so it was most likely recorded and its code is lost to us;
   later it may have expired. Either way a person decides, with the counters as evidence.
"""

import math
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Literal
from urllib.parse import quote

import httpx

from app.control import emcf_answer, emcf_request
from app.control.emcf_answer import Confirmation, ErrorAnswer, Illegible
from app.control.emcf_line import Heard, Line, Timeouts, note
from app.control.emcf_text import decode_answer
from app.control.module import (
    Attempt,
    Cause,
    Confirming,
    Listed,
    ModuleStatus,
    Normalised,
    NotIssued,
    Refused,
    SealedInvoice,
    Step,
    Unknown,
)

PENDING_SECONDS = 120
"""How long the platform keeps a request that nobody confirms."""

LATER: dict[str, Cause] = {"1": "busy", "10": "later", "99": "later"}
"""Codes of a POST that say "not now": too many waiting, original not verifiable yet, error."""

UNDECIDED = ("20", "99")
"""Codes of a confirm that do not tell whether it was recorded."""

LOST = (
    "La DGI n'a plus cette demande, qui ne pouvait pas encore expirer : la facture est presque "
    "sûrement enregistrée, mais son code est perdu. Relevez-le sur le portail de la DGI."
)
EXPIRED_OR_LOST = (
    "La DGI n'a plus cette demande : elle a pu expirer sans être enregistrée, ou être enregistrée "
    "sans que sa réponse nous parvienne. Les compteurs de la prochaine facture le diront."
)

CONTRADICTORY = (
    "La DGI a enregistré la facture, mais les éléments qu'elle donne se contredisent. Relevez-les "
    "sur son portail."
)


class EMcf:
    """One e-MCF, reached with its token. Never posts twice inside one call."""

    def __init__(
        self,
        base_url: str,
        token: str,
        nif: str,
        nim: str,
        *,
        tolerance: Decimal = Decimal("0.00"),
        timeouts: Timeouts | None = None,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        proxy: str | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._nif = nif
        self._nim = nim
        self._tolerance = tolerance
        self._timeouts = timeouts or Timeouts()
        self._monotonic = monotonic
        self._line = Line(base_url, token, self._timeouts, monotonic, transport, proxy, context)

    @property
    def name(self) -> str:
        """The `module` of `normalised/1`."""
        return "emcf"

    def close(self) -> None:
        """No connection is left."""
        self._line.close()

    def normalise(self, sealed: SealedInvoice, attempt: Attempt) -> Normalised | Refused | Unknown:
        """Delivers the invoice once, writing before each call."""
        if sealed.invoice["merchant_nif"] != self._nif:
            return Unknown(
                "Ce jeton est celui d'un autre contribuable.", confirming=False, cause="token"
            )
        started = self._monotonic()
        request = emcf_request.post_body(sealed)
        heard = self._call(attempt, "post", None, request)
        answer = emcf_answer.read_posted(heard)
        if isinstance(answer, Illegible):
            return _unread(answer, heard, confirming=False)
        if isinstance(answer, ErrorAnswer):
            return _refused(answer, heard.body)
        wrong = emcf_answer.differences(answer, sealed.invoice, self._tolerance)
        if wrong:
            self._cancelled(answer.uid, attempt)
            note("emcf.totals", reference=sealed.reference, differences=wrong)
            return Refused("totals", "TOTALS", "; ".join(wrong), heard.body)
        confirm = emcf_request.confirm_body(answer.total, answer.vat)
        confirming = Confirming(answer.uid, request, heard.body, confirm, seconds_since_post=None)
        return self._first_confirm(sealed, confirming, attempt, started)

    def recover(
        self, sealed: SealedInvoice, confirming: Confirming, attempt: Attempt
    ) -> Normalised | NotIssued | Unknown:
        """Finds out what became of a confirm whose answer is missing (never posts again)."""
        started = self._monotonic()
        listed = self._waits(confirming.uid, attempt)
        if isinstance(listed, Unknown):
            return listed
        if not listed:
            self._call(attempt, "read", confirming.uid, b"")  # kept as evidence; decides nothing
        heard = self._call(attempt, "confirm", confirming.uid, confirming.confirm_request)
        answer = emcf_answer.read_confirmation(heard)
        if isinstance(answer, Confirmation):
            return self._normalised(sealed, confirming, heard, answer)
        if isinstance(answer, Illegible):
            return _unread(answer, heard, confirming=True)
        if answer.code == emcf_answer.UNKNOWN_UID:
            elapsed = _later(confirming.seconds_since_post, self._monotonic() - started)
            alive = elapsed is not None and elapsed < PENDING_SECONDS
            cause: Cause = "later" if listed else "gone"  # its list contradicts its answer
            return Unknown(LOST if alive else EXPIRED_OR_LOST, confirming=True, cause=cause)
        if answer.code not in UNDECIDED and self._cancelled(confirming.uid, attempt):
            return NotIssued(_sentence(answer))
        return Unknown(_sentence(answer), confirming=True, cause="later")

    def reread(
        self, sealed: SealedInvoice, confirming: Confirming, status: int | None, body: bytes
    ) -> Normalised | None:
        """What a stored raw answer to a confirm says, when it says that the invoice is recorded."""
        heard = Heard(status, body)
        answer = emcf_answer.read_confirmation(heard)
        if not isinstance(answer, Confirmation):
            return None
        outcome = self._normalised(sealed, confirming, heard, answer)
        return outcome if isinstance(outcome, Normalised) else None

    def status(self) -> ModuleStatus | Unknown:
        """What the platform says of itself and of our token."""
        heard = self._line.get("/api/invoice")
        answer = emcf_answer.status(heard)
        if isinstance(answer, Illegible):
            return _unread(answer, heard, confirming=False)
        return answer

    def info(self, name: str) -> Listed:
        """What `/api/info/{name}` answers, whatever it is."""
        heard = self._line.get(f"/api/info/{name}")
        read = emcf_answer.document(heard)
        return Listed(heard.status, heard.body, None if isinstance(read, Illegible) else read)

    def _first_confirm(
        self, sealed: SealedInvoice, confirming: Confirming, attempt: Attempt, started: float
    ) -> Normalised | Refused | Unknown:
        if self._monotonic() - started >= PENDING_SECONDS:
            return Unknown("La DGI a répondu trop tard : la demande expire.", confirming=False)
        heard = self._call(attempt, "confirm", confirming.uid, confirming.confirm_request)
        answer = emcf_answer.read_confirmation(heard)
        if isinstance(answer, Confirmation):
            return self._normalised(sealed, confirming, heard, answer)
        if isinstance(answer, ErrorAnswer) and answer.code not in UNDECIDED:
            if self._cancelled(confirming.uid, attempt):
                return _refused(answer, heard.body)
            return Unknown(_sentence(answer), confirming=True, cause="later")
        elapsed = math.ceil(self._monotonic() - started)
        doubt = replace(confirming, seconds_since_post=elapsed)
        outcome = self.recover(sealed, doubt, attempt)
        if isinstance(outcome, NotIssued):
            return Unknown(outcome.reason, confirming=False, cause="later")
        return outcome

    def _waits(self, uid: str, attempt: Attempt) -> bool | Unknown:
        """Whether the request is in the platform's waiting list, if its list can be trusted."""
        heard = self._call(attempt, "status", uid, b"")
        answer = emcf_answer.status(heard)
        if isinstance(answer, Illegible):
            return _unread(answer, heard, confirming=True)
        if not answer.operational:
            return Unknown("La DGI annonce une panne de sa plateforme.", confirming=True)
        if answer.nim != self._nim:
            why = f"Le jeton est celui d'un autre e-MCF ({answer.nim})."
            return Unknown(why, confirming=True, cause="token")
        return uid.lower() in answer.pending

    def _cancelled(self, uid: str, attempt: Attempt) -> bool:
        """The request was still waiting and is dropped; False when that is not certain."""
        return emcf_answer.is_cancelled(
            self._call(attempt, "cancel", uid, emcf_request.CANCEL_BODY)
        )

    def _call(self, attempt: Attempt, step: Step, uid: str | None, body: bytes) -> Heard:
        """The answer to that step; the intent is stored before it, the raw answer after it."""
        call = attempt.intend(step, uid, body)
        heard = self._line.call(*_request_line(step, uid), body, self._seconds(step))
        attempt.heard(call, heard.status, heard.body)
        return heard

    def _seconds(self, step: Step) -> float:
        seconds = {"post": self._timeouts.post, "confirm": self._timeouts.confirm}
        return seconds.get(step, self._timeouts.read)

    def _normalised(
        self,
        sealed: SealedInvoice,
        confirming: Confirming,
        heard: Heard,
        confirmation: Confirmation,
    ) -> Normalised | Unknown:
        """The invoice is recorded, even where its elements disagree: they are kept as they came.

        Where no proof could ever be made of them, people must look for others.
        """
        wrong = emcf_answer.disagreements(confirmation, self._nif, self._nim)
        if wrong:
            note("emcf.disagreement", reference=sealed.reference, members=wrong)
        if emcf_answer.proves_nothing(confirmation, self._nif):
            return Unknown(CONTRADICTORY, confirming=True, cause="gone")
        confirmed = decode_answer(confirming.confirm_request)
        return Normalised(
            nim=confirmation.nim,
            uid=confirming.uid,
            request=confirming.post_request,
            answer=confirming.post_answer,
            confirmation=heard.body,
            code_def_dgi=confirmation.code_def_dgi,
            counters=confirmation.counters,
            date_time=confirmation.date_time,
            qr_code=confirmation.qr_code,
            total=str(emcf_answer.centimes(confirmed["total"])),
            vat=str(emcf_answer.centimes(confirmed["vtotal"])),
            remark=_remark(wrong),
        )


def _remark(wrong: list[str]) -> str:
    if not wrong:
        return ""
    members = ", ".join(wrong)
    return f"La DGI a normalisé la facture, mais ces éléments manquent ou diffèrent : {members}."


def _request_line(step: Step, uid: str | None) -> tuple[Literal["GET", "POST", "PUT"], str]:
    if step == "post":
        return "POST", "/api/invoice"
    if step == "status" or uid is None:
        return "GET", "/api/invoice"
    path = f"/api/invoice/{quote(uid, safe='')}"
    return ("GET", path) if step == "read" else ("PUT", f"{path}/{step}")


def _unread(answer: Illegible, heard: Heard, *, confirming: bool) -> Unknown:
    return Unknown(answer.why, confirming, heard.cause, heard.retry_after)


def _refused(answer: ErrorAnswer, body: bytes) -> Refused | Unknown:
    """The authority's refusal; "not now" is none."""
    if answer.code in LATER:
        return Unknown(_sentence(answer), confirming=False, cause=LATER[answer.code])
    return Refused("emcf", answer.code, answer.text, body)


def _sentence(answer: ErrorAnswer) -> str:
    return f"La DGI répond : {answer.text} (code {answer.code})"


def _later(seconds: int | None, more: float) -> float | None:
    """Seconds since the POST, now; unknown stays unknown."""
    return None if seconds is None else seconds + more
