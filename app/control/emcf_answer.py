"""What the e-MCF's raw answers say, and whether their amounts are ours.

HTTP 200 is no success: a refusal is HTTP 200 with an `errorCode`. Every parser answers a value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import httpx

from app.control.emcf_line import Heard
from app.control.emcf_text import (
    clean,
    decode_answer,
    error_in,
    loose_elements,
    problem_words,
)
from app.control.emcf_text import text_in as _text
from app.control.module import ModuleStatus

UID = re.compile(r"[0-9A-Za-z-]{1,64}")
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,40})?", re.ASCII)
_CENTIME: Final = Decimal("0.01")
_LARGEST: Final = Decimal(10) ** 15
"""No amount of ours comes near: what is larger is no amount."""
MALFORMED: Final = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY})
"""With a JSON body: the authority's word on this very request, whatever members it has."""
NOT_ABOUT_IT: Final = frozenset({401, 403, 407, 408, 425, 429})
"""Of who asks, or how often: they say nothing of the invoice."""
_SYMBOLS = re.compile(r"[A-Z0-9]{24}", re.ASCII)
UNKNOWN_UID = "20"
"""Unknown, already finalised, cancelled or expired: the authority does not say which."""


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """The authority answered that it refuses."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Illegible:
    """No answer, or one that says neither yes nor no; `why` is French."""

    why: str


@dataclass(frozen=True, slots=True)
class Posted:
    """The request waits for its confirm."""

    uid: str
    total: Decimal
    vat: Decimal
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The invoice is recorded; texts are as they came."""

    nim: str
    code_def_dgi: str
    counters: str
    date_time: str
    qr_code: str


def read_posted(heard: Heard) -> Posted | ErrorAnswer | Illegible:
    """Success is a 2xx with a uid, amounts, and no error code.

    A 4xx with an error code, or a 400 with a problem in JSON, is the authority's word on this very
    request: a refusal. Anything else may be anyone's on the way.
    """
    members = _object(heard)
    if isinstance(members, Illegible):
        return _refusal(heard) or members
    if error := _error(members):
        return error
    uid = _text(members, "uid")
    total, vat = number(members.get("total")), number(members.get("vtotal"))
    if not UID.fullmatch(uid) or total is None or vat is None:
        return Illegible("La DGI a répondu sans numéro de demande ou sans montants.")
    return Posted(uid, total, vat, members)


def read_confirmation(heard: Heard) -> Confirmation | ErrorAnswer | Illegible:
    """Success is a 2xx with a Code DEF/DGI and a QR, whatever else it says.

    A NIM or a time that is missing is taken from the QR, which says both. The elements are found
    in an answer that is otherwise no JSON: it is lost for ever else, and they prove themselves.
    """
    members = _object(heard)
    if isinstance(members, Illegible):
        loose = loose_elements(heard.body) if _succeeded(heard) else {}
        if not {"codeDEFDGI", "qrCode"} <= set(loose):
            return _refusal(heard) or members
        members = loose
    if _text(members, "codeDEFDGI") and _text(members, "qrCode"):
        qr = _qr_parts(_text(members, "qrCode"))
        return Confirmation(
            nim=_text(members, "nim") or qr.get("nim", ""),
            code_def_dgi=_grouped(_text(members, "codeDEFDGI")),
            counters=_text(members, "counters"),
            date_time=_text(members, "dateTime") or _moment(qr.get("time", "")),
            qr_code=_text(members, "qrCode"),
        )
    return _error(members) or Illegible("La DGI a répondu sans Code DEF/DGI ni erreur.")


def is_cancelled(heard: Heard) -> bool:
    """The authority says the request is dropped."""
    members = _object(heard)
    return not isinstance(members, Illegible) and _error(members) is None


def status(heard: Heard) -> ModuleStatus | Illegible:
    """What `GET /api/invoice` says; illegible too when it has no list of waiting requests."""
    members = _object(heard)
    if isinstance(members, Illegible):
        return members
    waiting = members.get("pendingRequestsList")
    if _error(members) or not isinstance(waiting, list):
        return Illegible("La DGI ne dit pas quelles demandes attendent.")
    return ModuleStatus(
        operational=members.get("status") is True,
        nim=_text(members, "nim"),
        nif=_text(members, "nif"),
        token_valid=_text(members, "tokenValid"),
        server_time=_text(members, "serverDateTime"),
        pending=tuple(
            _text(request, "uid").lower() for request in waiting if isinstance(request, dict)
        ),
    )


def differences(answer: Posted, invoice: Mapping[str, Any], tolerance: Decimal) -> list[str]:
    """Where the authority's amounts are not ours, both figures named, in French.

    The bases are left out: nobody knows whether `ha*` contains the specific tax.
    """
    totals = invoice["totals"]
    pairs = [
        ("total", "total", totals["total"]),
        ("TVA", "vtotal", totals["vat"]),
        ("taxe spécifique", "ts", totals["specific_tax"]),
    ]
    for letter, amounts in invoice["tax_groups"].items():
        pairs.append((f"total du groupe {letter}", f"ta{letter.lower()}", amounts["total"]))
        pairs.append((f"TVA du groupe {letter}", f"va{letter.lower()}", amounts["vat"]))
    return [
        f"{words} : {_french(ours)} pour nous, {_french(answer.members.get(member))} pour la DGI"
        for words, member, ours in pairs
        if not _close(number(answer.members.get(member)), Decimal(ours), tolerance)
    ]


def disagreements(confirmation: Confirmation, nif: str, nim: str) -> list[str]:
    """What the security elements say that does not fit together, or is not ours."""
    found = _qr_parts(confirmation.qr_code)
    bare = confirmation.code_def_dgi.replace("-", "")
    expected = {
        "prefix": "RDCF01",
        "nim": nim,
        "code": bare,
        "nif": nif,
        "time": _stamp(confirmation.date_time),
    }
    wrong = [f"qr.{name}" for name, value in expected.items() if found.get(name) != value]
    if confirmation.nim != nim:
        wrong.append("nim")
    if not _SYMBOLS.fullmatch(bare):
        wrong.append("code")
    if not confirmation.counters:
        wrong.append("counters")
    return wrong


def proves_nothing(confirmation: Confirmation, nif: str) -> list[str]:
    """Why no proof could be made of these elements: the ledger's step 13 would never hold."""
    return [
        member
        for member in disagreements(confirmation, nif, confirmation.nim)
        if member not in {"qr.time", "counters"}
    ]


def _qr_parts(qr_code: str) -> dict[str, str]:
    names = ("prefix", "nim", "code", "nif", "time")
    return dict(zip(names, qr_code.split(";"), strict=False))


def _grouped(code: str) -> str:
    """A Code DEF/DGI in its six groups of four; anything else as it came."""
    bare = code.replace("-", "")
    if not _SYMBOLS.fullmatch(bare):
        return code
    return "-".join(bare[at : at + 4] for at in range(0, len(bare), 4))


def number(value: Any) -> Decimal | None:
    """The decimal in a decoded JSON number or text; None when there is none."""
    read = Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value
    return read if isinstance(read, Decimal) and abs(read) < _LARGEST else None


def document(heard: Heard) -> Any | Illegible:
    """The JSON of a 2xx answer."""
    if not _succeeded(heard):
        return Illegible(heard.why)
    try:
        return decode_answer(heard.body, heard.charset)
    except (ValueError, RecursionError):
        return Illegible("La DGI a répondu autre chose qu'un document lisible.")


def _succeeded(heard: Heard) -> bool:
    return heard.status is not None and 200 <= heard.status < 300  # noqa: PLR2004  # HTTP's success


def _object(heard: Heard) -> dict[str, Any] | Illegible:
    read = document(heard)
    if isinstance(read, dict | Illegible):
        return read
    return Illegible("La DGI a répondu autre chose qu'un document lisible.")


def _refusal(heard: Heard) -> ErrorAnswer | None:
    """What a 4xx says of this very request; None where it says nothing of it."""
    status = heard.status or 0
    if not 400 <= status < 500 or status in NOT_ABOUT_IT:  # noqa: PLR2004  # HTTP's refusals
        return None
    try:
        said = decode_answer(heard.body, heard.charset)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    if error := _error(said):
        return error
    if status not in MALFORMED:  # a 404 of a wrong address speaks JSON too
        return None
    words = problem_words(said)
    return ErrorAnswer(
        f"HTTP-{status}", words or f"La DGI juge la demande mal formée (HTTP {status})."
    )


def _error(members: Mapping[str, Any]) -> ErrorAnswer | None:
    """The refusal in an answer, if it is one."""
    found = error_in(members)
    return ErrorAnswer(*found) if found else None


def _close(theirs: Decimal | None, ours: Decimal, tolerance: Decimal) -> bool:
    """Whether both are the same centimes: a platform that counts in binary sends 500.0000000001."""
    if theirs is None:
        return False
    return abs(centimes(theirs) - ours) <= tolerance


def centimes(amount: Decimal) -> Decimal:
    """The amount with its two decimals; no zero has a sign."""
    return amount.quantize(_CENTIME, ROUND_HALF_UP) + 0


def _french(amount: Any) -> str:
    return "rien" if amount is None else clean(str(amount))[:40].replace(".", ",")


def _moment(stamp: str) -> str:
    """The time in a QR as `dateTime` writes it; empty when it is none."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", stamp)
    if found is None:
        return ""
    year, month, day, *clock = found.groups()
    return f"{day}/{month}/{year} {':'.join(clock)}"


def _stamp(date_time: str) -> str:
    """`dd/MM/yyyy HH:mm:ss` as a QR writes it; empty when it is none."""
    found = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)", date_time)
    if found is None:
        return ""
    day, month, year, *clock = found.groups()
    return year + month + day + "".join(clock)
