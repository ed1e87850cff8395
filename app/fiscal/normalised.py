"""What the ledger keeps of a control module's answer: `normalised/1` and `refused/1`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.fiscal.canonical import decode
from app.fiscal.errors import NotCanonical, VerificationFailed
from app.fiscal.seal import b64, unb64

NORMALISED: Final = "normalised/1"
REFUSED: Final = "refused/1"
AGREES: Final = 13
"""The step of `proof.STEPS` that this module serves."""

_CODE: Final = re.compile(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){5}", re.ASCII)
_QR_PREFIXES: Final = frozenset({"RDCF01", "RDCDEF01"})
"""The e-MCF's and the hardware MCF's."""


def _present(members: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}


@dataclass(frozen=True, slots=True)
class Elements:
    """What a control module says of an invoice that it recorded; bytes are raw."""

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


def normalised_body(
    elements: Elements, *, fiscal_number: str, entry_hash: str, module: str
) -> dict[str, str]:
    """The body of a `normalised` entry: the module's elements as they came, and the raw bytes."""
    return _present(
        {
            "v": NORMALISED,
            "fiscal_number": fiscal_number,
            "entry_hash": entry_hash,
            "module": module,
            "nim": elements.nim,
            "uid": elements.uid,
            "request": b64(elements.request),
            "answer": b64(elements.answer),
            "confirmation": b64(elements.confirmation),
            "code_def_dgi": elements.code_def_dgi,
            "counters": elements.counters,
            "date_time": elements.date_time,
            "qr_code": elements.qr_code,
            "total": elements.total,
            "vat": elements.vat,
        }
    )


def refused_body(
    *,
    sale_id: str,
    fiscal_number: str,
    entry_hash: str,
    by: str,
    code: str,
    text: str,
    answer: bytes,
) -> dict[str, str]:
    """The body of a `refused` entry: who refused, and why, in their words."""
    return _present(
        {
            "v": REFUSED,
            "sale_id": sale_id,
            "fiscal_number": fiscal_number,
            "entry_hash": entry_hash,
            "by": by,
            "code": code,
            "text": text,
            "answer": b64(answer),
        }
    )


def check_normalised(
    body: Mapping[str, Any], invoice: Mapping[str, Any], reference: str, where: str
) -> None:
    """The answer agrees with its invoice: totals, code format, QR parts, reference and NIF.

    Raises:
        VerificationFailed: step 13.
    """
    totals = invoice["totals"]
    if (body.get("total"), body.get("vat")) != (totals["total"], totals.get("vat", "")):
        raise VerificationFailed(AGREES, where, "les totaux du module diffèrent de la facture")
    code, nim = str(body.get("code_def_dgi")), str(body.get("nim"))
    if _CODE.fullmatch(code) is None:
        raise VerificationFailed(AGREES, where, f"le code DEF/DGI « {code} » n'a pas son format")
    prefix, *parts = str(body.get("qr_code")).split(";")
    if prefix not in _QR_PREFIXES or parts[:3] != [
        nim,
        code.replace("-", ""),
        invoice["merchant_nif"],
    ]:
        raise VerificationFailed(AGREES, where, "le QR ne dit pas le module, le code et le NIF")
    if body.get("module") == "emcf":
        _check_request(body, invoice, reference, where)


def _check_request(
    body: Mapping[str, Any], invoice: Mapping[str, Any], reference: str, where: str
) -> None:
    try:
        request = decode(unb64(str(body.get("request"))))
    except NotCanonical as error:
        raise VerificationFailed(AGREES, where, "la demande envoyée est illisible") from error
    sent = request if type(request) is dict else {}
    for name, value in (("rn", reference), ("nif", invoice["merchant_nif"])):
        if sent.get(name) != value:
            raise VerificationFailed(AGREES, where, f"la demande envoyée porte un autre {name}")
