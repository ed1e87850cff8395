"""The probe log (`probe/1`): which part of an outlet's way to the DGI answered, and since when.

A log is a chain of statements per outlet, from number 1. A line is canonical JSON: `statement`, the
canonical text, and `signature`, a compact JWS over it by the sealing party.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from app.fiscal.canonical import canonical, digest, parse_canonical
from app.fiscal.errors import NotCanonical
from app.fiscal.ledger import GENESIS, utc_time

PROBE: Final = "probe/1"
PARTS: Final = ("lan", "internet", "dgi", "signer", "device")
State = Literal["up", "down", "none", "unknown"]
"""`none`: the outlet has no such part, or nobody asked to look at it."""
STATES: Final[frozenset[State]] = frozenset(get_args(State))
_TEXTS: Final = frozenset({"v", "authority", "outlet_id", "number", "at", "previous"})
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Statement:
    """What was measured. `since` says, part by part, how long its state has lasted."""

    authority: str
    outlet_id: str
    number: int
    at: str
    previous: str
    parts: Mapping[str, State]
    since: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """The members of `probe/1`."""
        return {
            "v": PROBE,
            "authority": self.authority,
            "outlet_id": self.outlet_id,
            "number": str(self.number),
            "at": self.at,
            "previous": self.previous,
            "parts": dict(self.parts),
            "since": dict(self.since),
        }


def following(
    before: bytes | None, *, authority: str, outlet_id: str, at: str, parts: Mapping[str, State]
) -> Statement:
    """The statement that follows those canonical bytes, or the first one; time never goes back."""
    if before is None:
        return Statement(authority, outlet_id, 1, at, GENESIS, parts, dict.fromkeys(PARTS, at))
    last = read_statement(before)
    at = max(at, last.at)
    return Statement(
        authority=authority,
        outlet_id=outlet_id,
        number=last.number + 1,
        at=at,
        previous=digest(before),
        parts=parts,
        since=lasting(last, parts, at),
    )


def lasting(last: Statement, parts: Mapping[str, str], at: str) -> dict[str, str]:
    """Since when each part is in its state: a state that did not change lasts on."""
    return {name: last.since[name] if parts[name] == last.parts[name] else at for name in PARTS}


def read_statement(data: bytes) -> Statement:
    """The statement that these canonical bytes say.

    Raises:
        NotCanonical: they are no `probe/1`.
    """
    document = parse_canonical(data)
    if set(document) != {*_TEXTS, "parts", "since"} or document["v"] != PROBE:
        raise NotCanonical("not the members of probe/1")
    if any(type(document[name]) is not str for name in _TEXTS):
        raise NotCanonical("a member of probe/1 is no text")
    if _NUMBER.fullmatch(document["number"]) is None:
        raise NotCanonical("the number is no counting number")
    parts, since = _of_parts(document["parts"]), _of_parts(document["since"])
    if not STATES.issuperset(parts.values()):
        raise NotCanonical("a part is in no known state")
    for time in (document["at"], *since.values()):
        _check_time(time)
    return Statement(
        authority=document["authority"],
        outlet_id=document["outlet_id"],
        number=int(document["number"]),
        at=document["at"],
        previous=document["previous"],
        parts=cast("dict[str, State]", parts),
        since=since,
    )


def _of_parts(members: object) -> dict[str, str]:
    if type(members) is not dict or set(members) != set(PARTS):
        raise NotCanonical("the parts are lan, internet, dgi, signer and device")
    if any(type(value) is not str for value in members.values()):
        raise NotCanonical("the state of a part is no text")
    return members


def _check_time(text: str) -> None:
    try:
        utc_time(text)
    except ValueError as error:
        raise NotCanonical(str(error)) from error


def probe_line(statement: bytes, signature: str | None) -> bytes:
    """One line of a log: the statement's canonical text, its signature if it has one, then LF."""
    line = {"statement": statement.decode()}
    if signature is not None:
        line["signature"] = signature
    return canonical(line) + b"\n"


def read_line(line: bytes) -> tuple[bytes, str | None]:
    """The canonical bytes of the statement of one line, and its signature if it has one.

    Raises:
        NotCanonical: it is no line of a probe log.
    """
    document = parse_canonical(line.removesuffix(b"\n"))
    if not {"statement"} <= set(document) <= {"statement", "signature"}:
        raise NotCanonical("a line has the members statement and signature")
    if any(type(value) is not str for value in document.values()):
        raise NotCanonical("a member of a line is no text")
    return document["statement"].encode(), document.get("signature")


@dataclass(frozen=True, slots=True)
class Outage:
    """A part did not answer between two measures; `until` is None while it still does not."""

    part: str
    since: str
    until: str | None


def outages(statements: Iterable[Statement]) -> list[Outage]:
    """Every outage that these statements tell, in the order in which they began."""
    found: list[Outage] = []
    begun: dict[str, str] = {}
    for statement in statements:
        for part in PARTS:
            if statement.parts[part] == "down":
                begun.setdefault(part, statement.since[part])
            elif part in begun:
                found.append(Outage(part, begun.pop(part), statement.since[part]))
    found += [Outage(part, since, None) for part, since in begun.items()]
    return sorted(found, key=lambda outage: (outage.since, PARTS.index(outage.part)))
