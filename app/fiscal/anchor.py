"""The anchor (`anchor/1`): where a series stood, signed, and kept outside the database.

A database that was put back from a copy agrees with itself; only what stands elsewhere tells that
numbers behind its head were given to customers. A database *ahead* of its anchor is the normal
state: anchors are moved behind the commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.fiscal.errors import NotCanonical
from app.fiscal.ledger import Head
from app.fiscal.seal import NotASeal
from app.fiscal.verification import PublicKey, verify_jws

ANCHOR: Final = "anchor/1"
_MEMBERS: Final = frozenset(
    {
        "v", "authority", "outlet_id", "series", "position", "entry_hash", "counter",
        "first_key", "key", "timestamp",
    }
)  # fmt: skip

Contradiction = Literal["behind", "fork", "first-key"]
"""What a store may be against an anchor: shorter, another entry in that place, another key."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """After which entry and counter a series stood, and under which keys.

    `first_key` and `key` are fingerprints (RFC 7638): of the key that its `opened` entry names,
    and of the one that seals now.
    """

    authority: str
    outlet_id: str
    series: str
    position: int
    entry_hash: str
    counter: int
    first_key: str
    key: str
    timestamp: str

    def document(self) -> dict[str, str]:
        """What is signed."""
        return {
            "v": ANCHOR,
            "authority": self.authority,
            "outlet_id": self.outlet_id,
            "series": self.series,
            "position": str(self.position),
            "entry_hash": self.entry_hash,
            "counter": str(self.counter),
            "first_key": self.first_key,
            "key": self.key,
            "timestamp": self.timestamp,
        }


def read_anchor(text: str, keys: Mapping[str, PublicKey]) -> Anchor:
    """The anchor that this compact JWS says, under one of these keys.

    Raises:
        NotASeal: it is none of ours, or its signature does not hold.
    """
    said = verify_jws(text, keys).statement
    if said.get("v") != ANCHOR or set(said) != _MEMBERS:
        raise NotASeal("not an anchor/1")
    try:
        return Anchor(
            authority=said["authority"],
            outlet_id=said["outlet_id"],
            series=said["series"],
            position=int(said["position"]),
            entry_hash=said["entry_hash"],
            counter=int(said["counter"]),
            first_key=said["first_key"],
            key=said["key"],
            timestamp=said["timestamp"],
        )
    except (TypeError, ValueError) as error:
        raise NotCanonical("the position and the counter of an anchor are numbers") from error


def contradiction(
    anchor: Anchor, head: Head, hash_there: str | None, first_key: str
) -> Contradiction | None:
    """How the store contradicts the anchor, or None: it holds all that the anchor knows.

    `head` is where the store stands, `hash_there` the hash of its entry at the anchor's position,
    `first_key` the fingerprint of the key that its first entry names.
    """
    if head.position < anchor.position or head.counter < anchor.counter:
        return "behind"
    if hash_there != anchor.entry_hash:
        return "fork"
    return "first-key" if first_key != anchor.first_key else None
