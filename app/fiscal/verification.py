"""Public keys, and what a signature under them proves (ES256, RFC 7518 3.4).

The only module of the core that uses `cryptography`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.fiscal.canonical import canonical, digest
from app.fiscal.errors import FiscalError
from app.fiscal.seal import SIGNATURE_BYTES, NotASeal, Seal, b64, parse_seal, unb64

_ES256 = ECDSA(SHA256())
COORDINATE_BYTES = 32
"""RFC 7518, 6.2.1.2."""


class SignatureFailed(FiscalError):
    """The signature is not that of these bytes under this key."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of a sealing party: when and for which outlets it may seal."""

    kid: str
    authority: str
    key: EllipticCurvePublicKey
    not_before: str
    not_after: str
    outlets: frozenset[str] | None
    """None: every outlet."""

    def may_seal(self, authority: str, outlet_id: str, when: str) -> bool:
        """True when it is a key of that party, valid then and for that outlet."""
        return (
            self.authority == authority
            and self.not_before <= when <= self.not_after
            and (self.outlets is None or outlet_id in self.outlets)
        )


def _coordinate(text: str) -> int:
    data = unb64(text)
    if len(data) != COORDINATE_BYTES:
        raise NotASeal("a coordinate of P-256 has 32 bytes")
    return int.from_bytes(data, "big")


def key_of(jwk: Mapping[str, Any]) -> EllipticCurvePublicKey:
    """The P-256 public key that a JWK says (RFC 7518, 6.2).

    Raises:
        NotASeal: for another kind of key, or a point that is not on the curve.
    """
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise NotASeal("not a P-256 key")
    try:
        numbers = EllipticCurvePublicNumbers(
            _coordinate(jwk["x"]), _coordinate(jwk["y"]), SECP256R1()
        )
        return numbers.public_key()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NotASeal("not a point of P-256") from error


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The fingerprint of a public key (RFC 7638), base64url."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return b64(bytes.fromhex(digest(canonical(members))))


def read_keys(jwks: Mapping[str, Any]) -> dict[str, PublicKey]:
    """The keys of a JWK set, by `kid`.

    Raises:
        NotASeal: when a member that we need is missing or ill-formed, or a `kid` stands twice.
    """
    try:
        keys = [_read_key(jwk) for jwk in jwks["keys"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise NotASeal(f"not a key set of ours: {error}") from error
    by_kid = {key.kid: key for key in keys}
    if len(by_kid) != len(keys):
        raise NotASeal("two keys have the same kid")
    return by_kid


def _read_key(jwk: Mapping[str, Any]) -> PublicKey:
    outlets = jwk["outlets"]
    if any(type(jwk[name]) is not str for name in ("kid", "authority", "nbf", "exp")):
        raise NotASeal("kid, authority, nbf and exp are texts")
    if outlets != "*" and type(outlets) is not list:
        raise NotASeal("outlets is * or a list")
    return PublicKey(
        kid=jwk["kid"],
        authority=jwk["authority"],
        key=key_of(jwk),
        not_before=jwk["nbf"],
        not_after=jwk["exp"],
        outlets=None if outlets == "*" else frozenset(outlets),
    )


def verify_signature(key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> None:
    """The 64 bytes r and s are the ES256 signature of these bytes under this key.

    Raises:
        SignatureFailed: they are not.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureFailed("an ES256 signature has 64 bytes")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), signed, _ES256)
    except InvalidSignature as error:
        raise SignatureFailed("the signature does not hold") from error


def verify_jws(text: str, keys: Mapping[str, PublicKey]) -> Seal:
    """The parts of a compact JWS whose signature holds under one of these keys.

    Raises:
        NotASeal: it does not parse, its key is unknown, or the signature does not hold.
    """
    seal = parse_seal(text)
    key = keys.get(seal.header["kid"])
    if key is None:
        raise NotASeal(f"unknown key {seal.header['kid']}")
    try:
        verify_signature(key.key, seal.signature, seal.signing_input)
    except SignatureFailed as error:
        raise NotASeal("the signature does not hold") from error
    return seal
