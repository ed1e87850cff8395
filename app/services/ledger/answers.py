"""The answer of a sale, as `PUT`, `POST` and `GET /api/v1/invoices` give it."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from app.fiscal.canonical import digest
from app.fiscal.seal import qr_payload, unb64
from app.store.ledger.sales import RecordedSale, SaleState
from app.store.tables.dgi import DeliveryState
from app.store.tables.ledger import SaleStatus

Upload = Literal["pending", "submitted", "failed"]
"""How far the upload of a sale is, in the words of the API."""

_encode = msgspec.json.Encoder(order="sorted").encode
_LARGE = ("invoice", "tax_groups", "totals")
_NORMALISED = ("module", "code_def_dgi", "nim", "counters", "date_time", "qr_code")


def security(sale: RecordedSale, verify_host: str) -> dict[str, str]:
    """The five elements of our seal, and where its entry stands; read from the stored bytes."""
    seal: str = msgspec.json.decode(sale.entry)["seal"]
    statement = msgspec.json.decode(unb64(seal.split(".")[1]))
    return {
        "fiscal_number": sale.fiscal_number,
        "reference": statement["reference"],
        "authority_id": statement["authority"],
        "auth_code": sale.auth_code,
        "timestamp": statement["timestamp"],
        "qr_payload": qr_payload(verify_host, seal),
        "seal": seal,
        "entry_hash": sale.entry_hash,
        "position": str(sale.position),
    }


def links(sale: RecordedSale) -> dict[str, str]:
    """Where people find the receipt and check the invoice."""
    receipt = f"/recus/{sale.receipt_token}"
    return {
        "receipt": receipt,
        "pdf": f"{receipt}.pdf",
        "verify": f"/v/{sale.fiscal_number}?c={sale.auth_code}",
    }


def totals_of(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """`tax_groups` as a list in the order of the letters, and `totals`."""
    groups = invoice["tax_groups"]
    return {
        "tax_groups": [{"group": letter, **groups[letter]} for letter in sorted(groups)],
        "totals": invoice["totals"],
    }


def answer_body(
    sale: RecordedSale, status: SaleStatus, verify_host: str, **more: Mapping[str, str]
) -> bytes:
    """The answer of a sale in that status; `more` names the members that follow from it.

    They are `normalisation`, `refusal`, `doubt` and `delivery`. The canonical invoice inside it
    is the stored bytes.
    """
    document = {
        "sale_id": sale.sale_id,
        "status": status,
        "request_hash": sale.request_hash,
        "payload_hash": digest(sale.body),
        "invoice": msgspec.Raw(sale.body),
        **totals_of(msgspec.json.decode(sale.body)),
        "security": security(sale, verify_host),
        "links": links(sale),
        **more,
    }
    return _encode(document)


def normalisation(body: Mapping[str, str]) -> dict[str, str]:
    """What an answer shows of a `normalised/1` body."""
    return {name: body[name] for name in _NORMALISED if name in body}


def refusal(body: Mapping[str, str]) -> dict[str, str]:
    """What an answer shows of a `refused/1` body."""
    return {name: body[name] for name in ("by", "code", "text") if name in body}


def current_answer(state: SaleState, verify_host: str) -> bytes:
    """The frozen answer, or the state of the sale as it stands now."""
    if state.frozen is not None:
        return state.frozen
    delivery = state.delivery
    if delivery is None:  # a crash cannot leave this: the answer is frozen by the sealing commit
        return answer_body(state.sale, "sealed", verify_host)
    upload = {"state": delivery_state(delivery.state)}
    if delivery.state == "in_doubt":
        doubt = {"since": delivery.doubt_since or "", "reason": delivery.doubt_reason or ""}
        return answer_body(state.sale, "in_doubt", verify_host, delivery=upload, doubt=doubt)
    return answer_body(state.sale, "sealed", verify_host, delivery=upload)


def delivery_state(state: DeliveryState) -> Upload:
    """The state of the upload in the words of the API."""
    return state if state in ("pending", "failed") else "submitted"


def minimal(answer: bytes) -> bytes:
    """The answer without its large members (`Prefer: return=minimal`, RFC 7240)."""
    document = msgspec.json.decode(answer)
    for name in _LARGE:
        document.pop(name, None)
    document["security"].pop("qr_payload", None)
    return _encode(document)
