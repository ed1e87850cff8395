"""What may happen to a call, and how likely: the faults F6 to F9 and F19, and their kin."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from app.control.simulator.faults import Endpoint, Rule

Happening = Literal["", "unreachable", "stall", "late", "echo", "sleep before", "sleep after"]
"""What the line or the machine does, which no authority knows of:

`unreachable` it never leaves; `stall` it takes effect, the answer comes too late; `late` it takes
effect later, when nobody listens; `echo` a copy of it arrives again later; `sleep before`, `sleep
after` the machine stands still, past its lease, before the call takes effect or before it reads.
"""

ALL: tuple[Endpoint, ...] = ("post", "confirm", "cancel", "status", "read")
WRITES: tuple[Endpoint, ...] = ("post", "confirm")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong with one call."""

    name: str
    rule: Mapping[str, Any] = field(default_factory=dict)
    """Of the simulator's fault script."""
    happening: Happening = ""

    def rules(self, endpoint: Endpoint) -> list[Rule]:
        """The fault script for that call alone."""
        return [Rule(on=endpoint, **self.rule)] if self.rule else []


Choice = Callable[[random.Random, Endpoint], Trouble]


def _fault(name: str, fault: str, **members: Any) -> Choice:
    return lambda _chance, _endpoint: Trouble(name, {"fault": fault, **members})


def _line(name: str, happening: Happening) -> Choice:
    return lambda _chance, _endpoint: Trouble(name, happening=happening)


CODES = ("77", "99", "1", "10", "20", "50", "31", "9", "ZZ-é", "11")
"""Error codes, known and unknown."""


def _error(chance: random.Random, _endpoint: Endpoint) -> Trouble:
    code = chance.choice(CODES)
    name = "unknown error code" if code in {"77", "ZZ-é"} else "error in HTTP 200"
    return Trouble(name, {"fault": "error_in_200", "code": code, "text": f"Erreur {code}."})


MEMBERS: Mapping[Endpoint, tuple[str, ...]] = {
    "post": ("uid", "total", "vtotal", "vab", "tab", "ts"),
    "confirm": ("codeDEFDGI", "qrCode", "counters", "nim", "dateTime"),
    "cancel": ("dateTime",),
    "status": ("pendingRequestsList", "nim", "status"),
    "read": ("rn",),
}


def _missing(chance: random.Random, endpoint: Endpoint) -> Trouble:
    lost = chance.choice(MEMBERS[endpoint])
    return Trouble("missing member", {"fault": "missing_member", "of": lost})


def _wrong(chance: random.Random, _endpoint: Endpoint) -> Trouble:
    member = chance.choice(("total", "vtotal", "vab", "tab"))
    by = chance.choice((Decimal("0.01"), Decimal("-0.01")))
    return Trouble("totals off by 0.01", {"fault": "wrong_totals", "of": member, "by": by})


def _busy(chance: random.Random, _endpoint: Endpoint) -> Trouble:
    fault = chance.choice(("status_503", "status_429"))
    seconds = chance.choice((0, 5, 90))
    return Trouble(f"HTTP {fault[-3:]}", {"fault": fault, "seconds": seconds})


def _gateway(chance: random.Random, _endpoint: Endpoint) -> Trouble:
    committed = chance.random() < 0.5
    when = "after" if committed else "before"
    fault = chance.choice(("html_502", "status_503"))
    return Trouble(f"HTML page {when} commit", {"fault": fault, "committed": committed})


def _skewed(chance: random.Random, _endpoint: Endpoint) -> Trouble:
    hour = chance.choice((-3600, 3600))
    return Trouble("authority shows another hour", {"fault": "clock_skew", "seconds": hour})


TROUBLES: tuple[tuple[int, tuple[Endpoint, ...], Choice], ...] = (
    (6, ALL, _fault("lost before commit", "drop_before_commit")),
    (8, ALL, _fault("lost after commit", "drop_after_commit")),
    (6, ALL, _gateway),
    (4, ALL, _busy),
    (3, ALL, _fault("HTTP 401", "status_401")),
    (1, ALL, _fault("token revoked", "revoke")),
    (6, ALL, _error),
    (5, ALL, _missing),
    (3, ALL, _fault("unknown member", "extra_member")),
    (2, ALL, _fault("brotli", "brotli")),
    (2, ALL, _fault("null error code", "null_error_code")),
    (2, ALL, _fault("uid in upper case", "upper_uid")),
    (2, ALL, _skewed),
    (4, ("post",), _wrong),
    (3, WRITES, _fault("repeated by a gateway", "repeat")),
    (3, ALL, _line("unreachable", "unreachable")),
    (5, ALL, _line("stalled past its time-out", "stall")),
    (6, WRITES, _line("arrives late", "late")),
    (4, WRITES, _line("arrives twice", "echo")),
    (4, ALL, _line("worker asleep past its lease, before", "sleep before")),
    (4, ALL, _line("worker asleep past its lease, after", "sleep after")),
)
"""Weight, calls it can happen to, and how to choose it."""


def chosen(chance: random.Random, endpoint: Endpoint) -> Trouble:
    """One of the troubles that can happen to such a call."""
    possible = [(weight, choice) for weight, on, choice in TROUBLES if endpoint in on]
    (choice,) = chance.choices([c for _, c in possible], [w for w, _ in possible])
    return choice(chance, endpoint)
