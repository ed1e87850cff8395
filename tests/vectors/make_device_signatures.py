"""Prints device-signatures.json again: `python -m tests.vectors.make_device_signatures`.

The signatures are made by http-message-signatures, an implementation of RFC 9421 that knows nothing
of ours, with the example key of the RFC (appendix B.1.3). ECDSA is random: new ones differ.
"""

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ECDSA_P256_SHA256
from http_message_signatures.resolvers import MappingKeyResolver

from app.fiscal.seal import unb64
from app.fiscal.verification import thumbprint

JWK: Final = {
    "kty": "EC",
    "crv": "P-256",
    "x": "qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA",
    "y": "Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0",
}
PRIVATE: Final = "UpuF81l-kOxbjf7T4mNSv0r5tN67Gim7rnf6EFpcYDs"
SALE: Final = "/api/v1/invoices/0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d"
CASES: Final = {
    "a sale": ("PUT", f"https://Caisse.Example:8443{SALE}", '{"outlet_id":"KIN01"}', "12"),
    "a question with a query": ("GET", f"https://caisse.example{SALE}?poll=1", "", "0"),
    "a path with an escape": ("GET", "http://10.0.0.7:8000/api/v1/invoices/a%20b", "", "7"),
}


@dataclass
class Message:
    """A request as the library reads it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


def signed(method: str, url: str, body: str, seq: str) -> dict[str, Any]:
    """The request with the headers that the library made."""
    key = derive_private_key(int.from_bytes(unb64(PRIVATE), "big"), SECP256R1())
    device_id = thumbprint(JWK)[:22]
    signer = HTTPMessageSigner(
        signature_algorithm=ECDSA_P256_SHA256,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={device_id: key}),
    )
    message = Message(method, url, {"Bono-Device-Seq": seq})
    signer.sign(
        message,
        key_id=device_id,
        created=datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC),
        label="sig1",
        covered_component_ids=("@method", "@authority", "@path", "bono-device-seq"),
        body=body.encode() or None,
    )
    return {"method": method, "url": url, "body": body, "headers": message.headers}


def main() -> None:
    document = {
        "about": "Requests of a tablet, signed by another implementation of RFC 9421.",
        "made_by": "tests/vectors/make_device_signatures.py, "
        f"http-message-signatures {version('http-message-signatures')}",
        "key": JWK,
        "device_id": thumbprint(JWK)[:22],
        "requests": {name: signed(*case) for name, case in CASES.items()},
    }
    sys.stdout.write(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
