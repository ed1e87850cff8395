"""A key in an HSM, through PKCS#11. The private key never leaves the token.

python-pkcs11 is not thread-safe: one thread per process opens this signer and uses it.
"""

import fcntl
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from app.fiscal.errors import KeyMissing, SignerBusy
from app.signing.signer import check_own, jwk_of

POINT_BYTES = 65
"""An uncompressed point of P-256: 04, x, y."""

APPLICATION = "bono"
"""Of the data objects that are ours."""


@contextmanager
def _one_process_at_a_time(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class HsmSigner:
    """Seals with a non-extractable P-256 key of a PKCS#11 token.

    Opens its session at the first use, in the thread that uses it, and opens it again when the
    token forgot it. Processes log in one after another, under a file lock. With `make` the key is
    made at the first use when the token has none of that name; else `KeyMissing` is raised.
    """

    def __init__(
        self,
        module: Path,
        token: str,
        pin: str,
        authority: str,
        kid: str,
        lock: Path,
        *,
        make: bool = False,
    ) -> None:
        self.authority, self.kid, self._make = authority, kid, make
        self._module, self._token, self._pin, self._lock = module, token, pin, lock
        self._session: Any = None
        self._key: Any = None
        self._public: EllipticCurvePublicKey | None = None

    def public_jwk(self) -> Mapping[str, str]:
        """The public key as a JWK; raises `SignerBusy` when the token does not answer."""
        return jwk_of(self._retried(self._public_key))

    def seal(self, to_sign: bytes) -> bytes:
        """R and s of ES256, verified; raises `SignerBusy`."""
        signature = self._retried(lambda: self._sign(hashlib.sha256(to_sign).digest()))
        return check_own(self._retried(self._public_key), signature, to_sign)

    def kept(self) -> Sequence[tuple[str, bytes]]:
        """The data objects of ours on the token, by label."""
        found: list[tuple[str, bytes]] = self._retried(lambda: [*map(_record, self._records())])
        return found

    def keep(self, name: str, data: bytes) -> None:
        """A data object of that label stands on the token; older ones are gone."""
        self._retried(lambda: self._replace(name, data))

    def issued_since(self, counter: int) -> Sequence[bytes]:  # noqa: ARG002 - the port's shape
        """Nothing: a key keeps no record."""
        return ()

    def close(self) -> None:
        """The session is closed; the next use opens another."""
        session, self._session, self._key = self._session, None, None
        if session is not None:
            try:
                session.close()
            except pkcs11.PKCS11Error:
                return  # the token had forgotten it already

    def _retried(self, act: Any) -> Any:
        try:
            return act()
        except pkcs11.PKCS11Error:
            self.close()
        try:
            return act()
        except pkcs11.PKCS11Error as error:
            self._forget()
            raise SignerBusy(f"the token {self._token} does not sign: {error!r}") from error

    def _forget(self) -> None:
        """The library starts anew at the next use: many list their tokens only then."""
        self.close()
        with suppress(pkcs11.PKCS11Error):
            pkcs11.lib(str(self._module)).finalize()

    def _sign(self, digest: bytes) -> bytes:
        # CKM_ECDSA signs the digest that it is given, 64 bytes r and s.
        signature: bytes = self._private_key().sign(digest, mechanism=Mechanism.ECDSA)
        return signature

    def _private_key(self) -> Any:
        if self._key is None:
            session = self._open()
            keys = self._find(session, ObjectClass.PRIVATE_KEY)
            self._key = keys[0] if keys else self._generate(session)
            self._make = False  # a token that is emptied later gets no new key in silence
        return self._key

    def _records(self) -> list[Any]:
        self._private_key()
        return list(
            self._session.get_objects(
                {Attribute.CLASS: ObjectClass.DATA, Attribute.APPLICATION: APPLICATION}
            )
        )

    def _replace(self, name: str, data: bytes) -> None:
        # Many tokens never change an object's value: the new one stands before the old one goes.
        old = [record for record in self._records() if record[Attribute.LABEL] == name]
        self._session.create_object(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: True,
                Attribute.APPLICATION: APPLICATION,
                Attribute.LABEL: name,
                Attribute.VALUE: data,
            }
        )
        for record in old:
            record.destroy()

    def _public_key(self) -> EllipticCurvePublicKey:
        if self._public is None:
            self._private_key()
            (key,) = self._find(self._session, ObjectClass.PUBLIC_KEY)
            self._public = _decoded(key)
        return self._public

    def _find(self, session: Any, kind: ObjectClass) -> list[Any]:
        return list(
            session.get_objects(
                {
                    Attribute.CLASS: kind,
                    Attribute.KEY_TYPE: KeyType.EC,
                    Attribute.LABEL: self.kid,
                }
            )
        )

    def _open(self) -> Any:
        with _one_process_at_a_time(self._lock):
            token = pkcs11.lib(str(self._module)).get_token(token_label=self._token)
            try:
                self._session = token.open(rw=True, user_pin=self._pin)
            except pkcs11.UserAlreadyLoggedIn:  # by an earlier session of this process
                self._session = token.open(rw=True)
        return self._session

    def _generate(self, session: Any) -> Any:
        with _one_process_at_a_time(self._lock):
            keys = self._find(session, ObjectClass.PRIVATE_KEY)
            if keys:
                return keys[0]
            if not self._make:
                raise KeyMissing(f"no key {self.kid} on the token {self._token}")
            parameters = session.create_domain_parameters(
                KeyType.EC,
                {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
                local=True,
            )
            _, private = parameters.generate_keypair(
                store=True,
                label=self.kid,
                id=self.kid.encode(),
                mechanism=Mechanism.EC_KEY_PAIR_GEN,
                private_template={
                    Attribute.SENSITIVE: True,
                    Attribute.EXTRACTABLE: False,
                    Attribute.SIGN: True,
                },
            )
            return private


def _record(record: Any) -> tuple[str, bytes]:
    return str(record[Attribute.LABEL]), bytes(record[Attribute.VALUE])


def _decoded(key: Any) -> EllipticCurvePublicKey:
    point = key[Attribute.EC_POINT]
    # EC_POINT is a DER OCTET STRING around the uncompressed point (PKCS#11 v2.40, 2.3.3).
    raw = bytes(point)
    if len(raw) == 2 + POINT_BYTES:
        raw = raw[2:]
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)
