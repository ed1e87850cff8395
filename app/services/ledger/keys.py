"""The public keys of our sealing parties, as strangers get them, and the one that seals here."""

from typing import Any

import msgspec

from app.fiscal.canonical import parse_canonical
from app.fiscal.errors import OtherKey
from app.fiscal.verification import PublicKey, key_of, read_keys, thumbprint
from app.services.ledger.party import SealingParty
from app.store.engine import Engine, Session, reading
from app.store.ledger import standing
from app.store.ledger.entries import Key, series_of
from app.store.ledger.keys import signing_keys
from app.store.tenancy import EVERYWHERE


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


def first_key(session: Session, key: Key) -> tuple[str, str]:
    """The kid and the fingerprint of the key that the series' first entry names; empty: none."""
    body = standing.first_body(session, key)
    if body is None:
        return "", ""
    named = parse_canonical(body)["key"]
    return named["kid"], thumbprint(named)


def own_fingerprint(party: SealingParty) -> str:
    """The fingerprint (RFC 7638) of the key that seals here now."""
    return thumbprint(party.signer.public_jwk())


def keys_here(session: Session, party: SealingParty) -> dict[str, PublicKey]:
    """The published keys; under the party's own kid stands the key that it really holds."""
    signer = party.signer
    own = key_of(signer.public_jwk())
    mine = PublicKey(signer.kid, signer.authority, own, "", "", None)
    return {**public_keys(session), signer.kid: mine}


def check_own_key(session: Session, party: SealingParty) -> None:
    """The party's key is one that its series know.

    It is published, or there is no series yet. A lost key file or an emptied token would
    otherwise go on under another key, and no verifier would believe what it sealed.

    Raises:
        OtherKey: another key has its name, or nobody approved it.
    """
    mine, kid = own_fingerprint(party), party.signer.kid
    published = {row.kid: thumbprint(parse_jwk(row.jwk)) for row in signing_keys(session)}
    if published.get(kid, mine) != mine:
        raise OtherKey(f"the key {kid} is not the one that was published")
    series = standing.series_of_party(session, party.signer.authority, EVERYWHERE)
    for row in series:
        named, fingerprint = first_key(session, (row.outlet_id, row.series))
        if named == kid and fingerprint != mine:
            raise OtherKey(f"{row.outlet_id}-{row.series} was opened by another key {kid}")
    if kid not in published and any(row.position for row in series):
        raise OtherKey(f"nobody approved the key {kid}")


def nothing_sealed(engine: Engine) -> bool:
    """No series was ever opened: a first key may be made."""
    with reading(engine) as session:
        return not series_of(session, EVERYWHERE)


def published_kids(engine: Engine) -> set[str]:
    """The names of the keys that were published."""
    with reading(engine) as session:
        return {row.kid for row in signing_keys(session)}


def parse_jwk(text: str) -> dict[str, str]:
    """The members of a stored JWK."""
    return msgspec.json.decode(text, type=dict[str, str])
