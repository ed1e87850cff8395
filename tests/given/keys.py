"""Keys that are thrown away, derived from small numbers.

ES256 is signed deterministically (RFC 6979): the same call gives the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.fiscal.seal import b64, compact, signing_input
from app.fiscal.verification import PublicKey, read_keys
from tests.given.requests import Document


@dataclass(frozen=True, slots=True)
class ThrowAwayKey:
    """A P-256 key of a test's sealing party; nobody trusts it."""

    authority: str
    kid: str
    private: EllipticCurvePrivateKey

    def sign(self, to_sign: bytes) -> bytes:
        """The 64 bytes r and s of ES256."""
        signature = self.private.sign(to_sign, ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def seal(self, document: Mapping[str, Any]) -> str:
        """The compact JWS of that document under this key."""
        to_sign = signing_input(self.kid, document)
        return compact(to_sign, self.sign(to_sign))

    def jwk(self, **changes: Any) -> Document:
        """The public key as `/.well-known/jwks.json` publishes it."""
        numbers = self.private.public_key().public_numbers()
        document = {
            "kty": "EC",
            "crv": "P-256",
            "x": b64(numbers.x.to_bytes(32, "big")),
            "y": b64(numbers.y.to_bytes(32, "big")),
            "kid": self.kid,
            "alg": "ES256",
            "use": "sig",
            "authority": self.authority,
            "nbf": "2025-01-01T00:00:00Z",
            "exp": "2036-01-01T00:00:00Z",
            "outlets": "*",
        }
        return document | changes


def throw_away_key(authority: str = "kin-1", kid: str = "k1", secret: int = 7) -> ThrowAwayKey:
    """The key of that secret number; another number, another key."""
    return ThrowAwayKey(authority, kid, derive_private_key(secret, SECP256R1()))


KEY: Final = throw_away_key()


def jwks(*keys: ThrowAwayKey) -> Document:
    """The key set of those keys."""
    return {"keys": [key.jwk() for key in keys or (KEY,)]}


def public_keys(*keys: ThrowAwayKey) -> dict[str, PublicKey]:
    """The same, ready to verify with."""
    return read_keys(jwks(*keys))
