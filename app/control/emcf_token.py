"""What a token of the e-MCF says of itself."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


class TokenUnreadable(ValueError):
    """The text is no token of an e-MCF; the message is French."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a token says of itself. Nothing of it is verified: only the authority can."""

    nif: str
    nim: str
    issuer: str
    expires: datetime


def read_token(token: str) -> TokenClaims:
    """What the token says of itself; raises TokenUnreadable.

    For the day it is pasted in: its NIF and NIM are compared with the shop's before first use.
    """
    try:
        claims = _claims(token.strip().removeprefix("Bearer "))
        nif, nim = claims["unique_name"].split("|")
        expires = datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise TokenUnreadable("Ce texte n'est pas un jeton d'e-MCF.") from error
    return TokenClaims(nif, nim, str(claims.get("iss", "")), expires)


def _claims(token: str) -> Mapping[str, Any]:
    _, payload, _ = token.split(".")
    claims: Mapping[str, Any] = json.loads(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return claims
