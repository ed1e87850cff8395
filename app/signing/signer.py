"""The port of a signer: whatever can seal a statement for a sealing party."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from app.fiscal.errors import SignerBusy
from app.fiscal.seal import b64
from app.fiscal.verification import SignatureFailed, verify_signature


class Signer(Protocol):
    """A key of a sealing party, used by one thread only."""

    @property
    def authority(self) -> str:
        """The name of the sealing party, `[a-z0-9-]{1,8}`."""

    @property
    def kid(self) -> str:
        """The name of the key, `[a-z0-9-]{1,8}`."""

    def public_jwk(self) -> Mapping[str, str]:
        """The public key: `kty`, `crv`, `x`, `y` (RFC 7518, 6.2)."""

    def seal(self, to_sign: bytes) -> bytes:
        """The 64 bytes r and s of ES256 over a JWS signing input, verified before they leave.

        Raises:
            SignerBusy: no signature, or one that does not verify; nothing was sealed.
        """

    def kept(self) -> Sequence[tuple[str, bytes]]:
        """By name, what `keep` put beside the key; one name may stand twice for a moment.

        Raises:
            SignerBusy: the token does not answer.
        """

    def keep(self, name: str, data: bytes) -> None:
        """That stands beside the key, where a copy of the database does not reach it.

        A signer that has no such place does nothing.

        Raises:
            SignerBusy: the token does not answer.
        """

    def issued_since(self, counter: int) -> Sequence[bytes]:
        """What the signer itself recorded after that counter; a key records nothing."""


def jwk_of(key: EllipticCurvePublicKey) -> dict[str, str]:
    """The JWK of a P-256 public key."""
    numbers = key.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(numbers.x.to_bytes(32, "big")),
        "y": b64(numbers.y.to_bytes(32, "big")),
    }


def check_own(key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bytes:
    """The signature itself, once it holds under our own public key.

    Raises:
        SignerBusy: it does not; the signer is not to be trusted with this statement.
    """
    try:
        verify_signature(key, signature, signed)
    except SignatureFailed as error:
        raise SignerBusy("the signer gave a signature that does not verify") from error
    return signature
