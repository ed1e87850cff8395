"""The public keys of our sealing parties, as strangers get them."""

from typing import Any

import msgspec

from app.fiscal.verification import PublicKey, read_keys
from app.store.engine import Session
from app.store.ledger.keys import signing_keys


def jwks(session: Session) -> dict[str, Any]:
    """The JWK set of `/.well-known/jwks.json`: each key with `nbf`, `exp` and `outlets`."""
    return {
        "keys": [
            {
                **msgspec.json.decode(row.jwk),
                "kid": row.kid,
                "alg": "ES256",
                "use": "sig",
                "authority": row.authority,
                "nbf": row.not_before,
                "exp": row.not_after,
                "outlets": "*" if row.outlets == "*" else row.outlets.split(),
            }
            for row in signing_keys(session)
        ]
    }


def public_keys(session: Session) -> dict[str, PublicKey]:
    """The same keys, ready to verify with."""
    return read_keys(jwks(session))
