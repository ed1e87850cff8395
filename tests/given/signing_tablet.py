"""A tablet that signs its requests (RFC 9421), written apart from the server's reading of them."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.services.tills.enrolling import DeviceKey
from app.store.engine import Engine, writing
from app.store.tables.tills import Device

if TYPE_CHECKING:
    from collections.abc import Sequence

Fields = list[tuple[str, str]]

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def digest_of(body: bytes) -> str:
    """The Content-Digest of a body (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def field_of(r: int, s: int, label: str = "sig1") -> str:
    """The Signature header of these two numbers."""
    octets = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{label}=:{base64.b64encode(octets).decode()}:"


def numbers_of(header: str) -> tuple[int, int]:
    """The two numbers of a Signature header."""
    octets = base64.b64decode(header.removeprefix("sig1=:").removesuffix(":"))
    return int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big")


@dataclass(frozen=True)
class SigningTablet:
    """A browser with a key of its own, enrolled or not."""

    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    @property
    def jwk(self) -> dict[str, str]:
        """Its public key."""
        point = self.key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": _base64url(point.x), "y": _base64url(point.y)}

    @property
    def device_id(self) -> str:
        """The first 22 characters of the thumbprint (RFC 7638, 3.1)."""
        jwk = self.jwk
        text = f'{{"crv":"P-256","kty":"EC","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'
        thumb = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        return thumb.decode()[:22]

    def signature(
        self, fields: "Sequence[tuple[str, str]]", parameters: str | None = None
    ) -> dict[str, str]:
        """Signature-Input and Signature over these components, in this order."""
        if parameters is None:
            created = int(datetime.now(UTC).timestamp())
            parameters = f';created={created};keyid="{self.device_id}";alg="ecdsa-p256-sha256"'
        names = " ".join(f'"{name}"' for name, _ in fields)
        lines = [f'"{name}": {value}' for name, value in fields]
        base = "\n".join([*lines, f'"@signature-params": ({names}){parameters}'])
        r, s = decode_dss_signature(self.key.sign(base.encode(), ECDSA(SHA256())))
        return {"Signature-Input": f"sig1=({names}){parameters}", "Signature": field_of(r, s)}

    def headers(
        self, method: str, url: httpx.URL, body: bytes = b"", seq: int = 1
    ) -> dict[str, str]:
        """All headers of a signed request."""
        fields = components(method, url, body, seq)
        headers = {"Bono-Device-Seq": str(seq), **self.signature(fields)}
        if body:
            headers |= {"Content-Digest": digest_of(body), "Content-Type": "application/json"}
        return headers

    def ask(
        self, http: httpx.Client, method: str, path: str, document: Any = None, **headers: str
    ) -> httpx.Response:
        """A signed request; `document` is JSON, or the bytes themselves."""
        body = document if isinstance(document, bytes) else encoded(document)
        request = http.build_request(method, path, content=body or None)
        request.headers.update(self.headers(method, request.url, body) | headers)
        return http.send(request)

    def enrol(self, http: httpx.Client, path: str = "/caisse/enroler") -> httpx.Response:
        """Ask to become a till, by a link or as a browser of the demo's own machine."""
        return http.post(path, json={"key": self.jwk})

    def put_in(
        self, engine: Engine, outlet_id: str, terminal_id: str, **more: Any
    ) -> "SigningTablet":
        """This tablet is that terminal, by the hand of the test."""
        known = DeviceKey.read(self.jwk)
        with writing(engine) as session:
            session.add(
                Device(
                    outlet_id=outlet_id,
                    device_id=known.device_id,
                    terminal_id=terminal_id,
                    jwk=known.jwk,
                    enrolled_at="2026-11-22T10:00:00Z",
                    **more,
                )
            )
        return self


def components(method: str, url: httpx.URL, body: bytes, seq: int) -> Fields:
    """What a tablet signs of a request."""
    fields = [
        ("@method", method),
        ("@authority", url.netloc.decode().lower()),
        ("@path", url.raw_path.partition(b"?")[0].decode()),
        ("bono-device-seq", str(seq)),
    ]
    return [*fields, ("content-digest", digest_of(body))] if body else fields


def encoded(document: Any) -> bytes:
    """The JSON of a document; of nothing, nothing."""
    return b"" if document is None else json.dumps(document).encode()
