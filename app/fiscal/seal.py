"""The seal: a compact JWS (RFC 7515) over a statement (`seal/1`), and its authentication code."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from app.fiscal.canonical import canonical, parse_canonical
from app.fiscal.errors import NotCanonical

STATEMENT: Final = "seal/1"
_TO_CROCKFORD: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)
"""From the symbols of RFC 4648 base32 to Crockford's."""
SIGNATURE_BYTES: Final = 64
"""ES256: r and s of 32 bytes each (RFC 7518, 3.4)."""


class NotASeal(NotCanonical):
    """The text is not a compact JWS of ours."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The parts of a compact JWS, decoded but not yet believed."""

    text: str
    header: Mapping[str, Any]
    statement: dict[str, Any]
    signature: bytes

    @property
    def signing_input(self) -> bytes:
        """What the signature is over (RFC 7515, 5.1)."""
        return self.text.rpartition(".")[0].encode()


def b64(data: bytes) -> str:
    """base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes of a base64url text without padding, in its one canonical spelling.

    Raises:
        NotASeal: for any other text.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotASeal("not base64url") from error
    if b64(data) != text:
        raise NotASeal("not the canonical spelling in base64url")
    return data


@lru_cache(maxsize=64)
def protected_header(kid: str) -> str:
    """The encoded protected header: `alg` and `kid`, nothing else."""
    return b64(canonical({"alg": "ES256", "kid": kid}))


def signing_input(kid: str, document: Mapping[str, Any]) -> bytes:
    """What a signer signs for this document under this key."""
    return f"{protected_header(kid)}.{b64(canonical(document))}".encode()


def compact(to_sign: bytes, signature: bytes) -> str:
    """The compact JWS of a signing input and its signature."""
    return f"{to_sign.decode()}.{b64(signature)}"


def parse_seal(text: str) -> Seal:
    """The parts of a compact JWS whose header and payload are canonical.

    Raises:
        NotASeal: three parts, canonical JSON, ES256, one `kid` and 64 bytes it must be.
    """
    parts = text.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7515, 7.1
        raise NotASeal("a compact JWS has three parts")
    try:
        header, statement = (parse_canonical(unb64(part)) for part in parts[:2])
    except NotCanonical as error:
        raise NotASeal(str(error)) from error
    if set(header) != {"alg", "kid"} or header["alg"] != "ES256" or type(header["kid"]) is not str:
        raise NotASeal("the protected header is not {alg: ES256, kid}")
    signature = unb64(parts[2])
    if len(signature) != SIGNATURE_BYTES:
        raise NotASeal("an ES256 signature has 64 bytes")
    return Seal(text, header, statement, signature)


def auth_code(signature: bytes) -> str:
    """The first 80 bits of SHA-256 of the signature in Crockford base32, for people to compare."""
    first = hashlib.sha256(signature).digest()[:10]
    symbols = base64.b32encode(first).translate(_TO_CROCKFORD).decode()
    return "-".join(symbols[n : n + 4] for n in range(0, 16, 4))


def qr_payload(verify_host: str, seal: str) -> str:
    """The platform's QR: the seal stands in the fragment, so no server learns who looks."""
    return f"https://{verify_host}/v#{seal}"


def invoice_statement(
    invoice: Mapping[str, Any],
    *,
    authority: str,
    fiscal_number: str,
    reference: str,
    timestamp: str,
    payload: str,
    previous: str,
) -> dict[str, str]:
    """The statement that is signed for an invoice; `payload` is the hash of its canonical bytes."""
    return {
        "v": STATEMENT,
        "authority": authority,
        "merchant_nif": invoice["merchant_nif"],
        "outlet_id": invoice["outlet_id"],
        "fiscal_number": fiscal_number,
        "reference": reference,
        "invoice_type": invoice["invoice_type"],
        "total": invoice["totals"]["total"],
        "currency": invoice["totals"]["currency"],
        "timestamp": timestamp,
        "payload": payload,
        "previous": previous,
    }


def other_statement(
    *,
    kind: str,
    authority: str,
    merchant_nif: str,
    outlet_id: str,
    series: str,
    position: int,
    timestamp: str,
    payload: str,
    previous: str,
) -> dict[str, str]:
    """The statement of a sealed kind that uses no counter: `opened`, `closing`, `credential`."""
    return {
        "v": STATEMENT,
        "kind": kind,
        "authority": authority,
        "merchant_nif": merchant_nif,
        "outlet_id": outlet_id,
        "series": series,
        "position": str(position),
        "timestamp": timestamp,
        "payload": payload,
        "previous": previous,
    }
