"""A key in a file: for the demo only. It says so each time it is opened."""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.fiscal.errors import KeyMissing
from app.signing.signer import check_own, jwk_of


class InsecureSignerWarning(UserWarning):
    """The key lies in a file; whoever reads the disk can seal."""


class InsecureSoftwareSigner:
    """Seals with a P-256 key that lies in a PEM file."""

    def __init__(self, authority: str, kid: str, key: EllipticCurvePrivateKey) -> None:
        warnings.warn(
            f"the key {kid} lies in a file: demonstration only, never a real shop",
            InsecureSignerWarning,
            stacklevel=2,
        )
        self.authority, self.kid = authority, kid
        self._key = key
        self._public = key.public_key()

    def public_jwk(self) -> Mapping[str, str]:
        """The public key as a JWK."""
        return jwk_of(self._public)

    def seal(self, to_sign: bytes) -> bytes:
        """R and s of ES256, verified; raises `SignerBusy`."""
        r, s = decode_dss_signature(self._key.sign(to_sign, ECDSA(SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return check_own(self._public, signature, to_sign)

    def kept(self) -> Sequence[tuple[str, bytes]]:
        """Nothing: a file beside the key is no other place than the database's own."""
        return ()

    def keep(self, name: str, data: bytes) -> None:
        """Nothing is kept."""

    def issued_since(self, counter: int) -> Sequence[bytes]:  # noqa: ARG002 - the port's shape
        """Nothing: a key keeps no record."""
        return ()


def _write_new_key(path: Path) -> None:
    pem = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)  # the first of several processes wins
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()


def open_software_signer(
    authority: str, kid: str, path: Path, *, make: bool = False
) -> InsecureSoftwareSigner:
    """The signer of the key in that file; with `make` it is made there when there was none.

    Raises:
        KeyMissing: there is none, and none may be made.
    """
    if not path.exists():
        if not make:
            raise KeyMissing(f"no key in {path}")
        _write_new_key(path)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds another kind of key")
    return InsecureSoftwareSigner(authority, kid, key)
