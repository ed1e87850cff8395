"""Tokens the simulator gives and accepts: JWT, HS256, `unique_name` = `NIF|NIM`."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

ISSUER = "developper.dgirdc.cd"
SIGNING_KEY = hashlib.sha256(b"bono e-MCF simulator: this key protects nothing").digest()
"""The same at every start, so a token outlives the process."""

DEMO_NIF = "A2512345Z"
DEMO_NIM = "CD01999901-1"
HEADER = {"alg": "HS256", "typ": "JWT"}


class TokenRefused(Exception):  # it is an answer (401), not a mistake
    """The token is missing, garbled, signed by another, or expired."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose token it is, and until when (seconds since 1970)."""

    nif: str
    nim: str
    expires: int


def make_token(nif: str, nim: str, expires: datetime) -> str:
    """A token of that e-MCF, valid until that moment (an aware time)."""
    end = int(expires.timestamp())
    claims = {
        "unique_name": f"{nif}|{nim}",
        "role": "Taxpayer",
        "nbf": end - 400 * 86400,
        "exp": end,
        "iat": end - 400 * 86400,
        "iss": ISSUER,
        "aud": ISSUER,
    }
    signed = f"{_encoded(HEADER)}.{_encoded(claims)}"
    return f"{signed}.{_base64(_signature(signed))}"


def year_from(now: datetime) -> datetime:
    """Midnight in Kinshasa (23:00:00Z), a year after `now`: how long a demo token lives."""
    return (now + timedelta(days=365)).replace(hour=23, minute=0, second=0, microsecond=0)


def read(authorization: str | None, now: datetime) -> Claims:
    """The claims of a token that is ours and still valid; raises TokenRefused otherwise.

    Some deployments take the bare token, without `Bearer `: so do we.
    """
    claims = _signed_claims((authorization or "").removeprefix("Bearer ").strip())
    if claims.expires <= now.timestamp():
        raise TokenRefused("expired")
    return claims


@lru_cache(maxsize=4096)  # what a token says never changes
def _signed_claims(token: str) -> Claims:
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_base64(_signature(signed)).encode(), signature.encode()):
        raise TokenRefused("signature")
    return _claims(signed)


def _claims(signed: str) -> Claims:
    try:
        header, payload = (_decoded(part) for part in signed.split("."))
        nif, nim = payload["unique_name"].split("|")
        expires = int(payload["exp"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TokenRefused("claims") from error
    if header.get("alg") != "HS256":
        raise TokenRefused("alg")
    return Claims(nif, nim, expires)


def _signature(signed: str) -> bytes:
    return hmac.digest(SIGNING_KEY, signed.encode(), "sha256")


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _encoded(document: dict[str, Any]) -> str:
    return _base64(json.dumps(document, separators=(",", ":")).encode())


def _decoded(part: str) -> dict[str, Any]:
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    document: dict[str, Any] = json.loads(raw)
    return document
