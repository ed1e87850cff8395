"""Which tablet asks: the signature that it puts on every request (RFC 9421).

The form is exactly one: these components, this label, these parameters. `created` is never
judged, since a replay is harmless: a sale is known by its id, and everything else says the same
twice.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from app.access import Forbidden, KnownDevice
from app.fiscal.verification import SignatureFailed, verify_signature
from app.routes.base.request import Asked, parts_of
from app.routes.base.transactions import beside

_INPUT: Final = re.compile(
    r"sig1=(?P<parameters>"
    r'\("@method" "@authority" "@path" "bono-device-seq"(?P<digest> "content-digest")?\)'
    r';created=-?(?:0|[1-9][0-9]{0,14});keyid="(?P<device_id>[A-Za-z0-9_-]{22})"'
    r';alg="ecdsa-p256-sha256")',
    re.ASCII,
)
_SIGNATURE: Final = re.compile(r"sig1=:([A-Za-z0-9+/]{86}==):", re.ASCII)
"""64 bytes: r and s (RFC 9421, 3.3.4)."""
_DIGEST: Final = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):", re.ASCII)
"""RFC 9530."""
_SEQUENCE: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_UNKNOWN: Final = "Cette tablette n'est pas inscrite ici, ou sa demande a été changée en route."
_REVOKED: Final = "Cette tablette est révoquée. Ses ventes sont gardées pour le gérant."
_REPLACED: Final = "Une autre tablette est cette caisse maintenant. Inscrivez celle-ci à nouveau."


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the headers say: which tablet signed what."""

    device_id: str
    signature: bytes
    signed: bytes
    digest: str | None
    """Of the body, base64."""


async def signed_device(request: Asked) -> KnownDevice:
    """The tablet that signed this very request, and may still speak for its outlet.

    Raises:
        Forbidden: `auth.device`, or `auth.revoked` when it is known and revoked.
    """
    device = await signing_device(request)
    refuse_revoked(device)
    return device


def refuse_revoked(device: KnownDevice) -> None:
    """The tablet is not revoked; raises `Forbidden` with `auth.revoked`."""
    if device.revoked:
        raise Forbidden("auth.revoked", "", _REVOKED)


async def standing_device(request: Asked) -> KnownDevice:
    """The tablet that signed this very request and is its terminal today.

    Raises:
        Forbidden: `auth.device`, `auth.revoked` or `auth.replaced`.
    """
    device = await signed_device(request)
    if device.replaced:
        raise Forbidden("auth.replaced", "", _REPLACED)
    return device


async def signing_device(request: Asked) -> KnownDevice:
    """The tablet that signed this very request, revoked or not.

    Raises:
        Forbidden: `auth.device`, whatever of it is not so.
    """
    claim = _claim(request)
    device = await _device(request, claim.device_id)
    try:
        verify_signature(device.key, claim.signature, claim.signed)
    except SignatureFailed as error:
        raise _unknown() from error
    _check_body(await request.body(), claim.digest)
    return device


def _unknown() -> Forbidden:
    return Forbidden("auth.device", "", _UNKNOWN)


async def _device(request: Asked, device_id: str) -> KnownDevice:
    known: KnownDevice | None = parts_of(request).directory.kept(("device", device_id))
    device = known or await beside(request, lambda parts: parts.directory.device(device_id))
    if device is None:
        raise _unknown()
    return device


def _claim(request: Asked) -> _Claim:
    inputs = _matched(_INPUT, request, "signature-input")
    encoded = _matched(_SIGNATURE, request, "signature")[1]
    sequence = _matched(_SEQUENCE, request, "bono-device-seq")[0]
    lines = [
        f'"@method": {request.method}',
        f'"@authority": {_one(request, "host").lower()}',
        f'"@path": {_path(request)}',
        f'"bono-device-seq": {sequence}',
    ]
    digest = None
    if inputs["digest"]:
        matched = _matched(_DIGEST, request, "content-digest")
        digest = matched[1]
        lines.append(f'"content-digest": {matched[0]}')
    lines.append(f'"@signature-params": {inputs["parameters"]}')
    signed = "\n".join(lines).encode("latin-1")  # the header bytes as they came
    return _Claim(inputs["device_id"], base64.b64decode(encoded), signed, digest)


def _matched(pattern: re.Pattern[str], request: Asked, name: str) -> re.Match[str]:
    match = pattern.fullmatch(_one(request, name))
    if match is None:
        raise _unknown()
    return match


def _one(request: Asked, name: str) -> str:
    """The header's only value: of two, proxies and we could read different ones."""
    values = request.headers.getall(name, [])
    if len(values) != 1:
        raise _unknown()
    return values[0].strip(" \t")


def _path(request: Asked) -> str:
    """The path as it was sent, without query (RFC 9421, 2.2.6)."""
    raw: bytes = request.scope["raw_path"]
    return raw.partition(b"?")[0].decode("latin-1") or "/"


def _check_body(body: bytes, digest: str | None) -> None:
    """The body is the one that was signed; what is not signed is empty."""
    if digest is None:
        if body:
            raise _unknown()
        return
    own = base64.b64encode(hashlib.sha256(body).digest()).decode()
    if not secrets.compare_digest(own, digest):
        raise _unknown()
