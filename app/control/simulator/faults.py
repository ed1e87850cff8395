"""The fault script: what goes wrong, at which call, decided before it happens.

A script is a JSON list of rules, tried in order at each request::

    [{"on": "confirm", "nth": 3, "fault": "drop_after_commit"},
     {"on": "post", "times": 2, "fault": "html_502"},
     {"on": "any", "after": 100, "fault": "stall", "seconds": 20}]

`on`: `post`, `confirm`, `cancel`, `status` (`GET /api/invoice`), `read` (`GET /api/invoice/{uid}`),
`info` (any `/api/info/...`) or `any`. `nim` (optional): only the requests of that e-MCF's token.
When (at most one of `nth` and `times`; counted per rule, from the moment the script is set):
`nth` the n-th request only; `times` the first n; `after` skips the first n, alone or before
`times`; none of them: always.

| `fault` | what happens |
|---|---|
| `drop_before_commit` | the connection is cut, nothing was done |
| `drop_after_commit` | the request takes effect, the connection is cut with no answer byte |
| `stall` | nothing for `seconds`, then the request takes effect, even if the client left |
| `drip` | the answer comes one byte at a time, `seconds` apart |
| `html_502` | a gateway's HTML page |
| `status_503` | the same of a platform that is down; `Retry-After` says `seconds`, if any |
| `status_429` | too many requests, nothing was done; `Retry-After` says `seconds`, if any |
| `status_401` | the token is refused, nothing was done |
| `revoke` | the token of this request is refused from now on, until there is another one |
| `repeat` | a gateway sends the request twice; the second answer is the one that comes back |
| `error_in_200` | HTTP 200 with the errorCode `code` and the errorDesc `text`, nothing was done |
| `error_in_4xx` | HTTP `status` with that errorCode and errorDesc, nothing was done |
| `problem` | HTTP `status`: a problem of ASP.NET, whose `errors` name the member `of` |
| `western` | the answer is in ISO-8859-1 with an accent, and says so unless `of` is "silent" |
| `missing_member` | the answer lacks its member `of` |
| `extra_member` | the answer has a member that nobody documented |
| `brotli` | the answer is brotli, asked for or not |
| `null_error_code` | `errorCode` and `errorDesc` are there and null |
| `upper_uid` | every uid of the answer is in upper case |
| `clock_skew` | the authority's displayed clock is off by `seconds` |
| `original_unverifiable` | code 10 for originals younger than `minutes` |
| `wrong_totals` | the amount `of` ("total") is off `by` ("0.01"), and so expected in the confirm |
| `new_rates` | from now on `rates` ({"C": "8"}) hold for their groups, old ones for the others |

`committed`: true makes `stall`, `html_502` and `status_503` happen after the request took effect.
`revoke` and `new_rates` outlast the script.
Several rules may hold for one request; of those that end it, the first does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from app.control.simulator.tax_platform import Twist

Endpoint = Literal["post", "confirm", "cancel", "status", "read", "info"]
Fault = Literal[
    "drop_before_commit",
    "drop_after_commit",
    "stall",
    "drip",
    "html_502",
    "status_503",
    "status_429",
    "status_401",
    "revoke",
    "repeat",
    "error_in_200",
    "error_in_4xx",
    "problem",
    "western",
    "missing_member",
    "extra_member",
    "brotli",
    "null_error_code",
    "upper_uid",
    "clock_skew",
    "original_unverifiable",
    "wrong_totals",
    "new_rates",
]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the script; see the table above."""

    on: Endpoint | Literal["any"]
    fault: Fault
    nim: str | None = None
    nth: int | None = None
    times: int | None = None
    after: int = 0
    seconds: float = 0
    minutes: int = 0
    status: int = 400
    code: str = "99"
    text: str = "Erreur de traitement."
    committed: bool = False
    by: Decimal = Decimal("0.01")
    of: str = "total"
    rates: dict[str, Decimal] = msgspec.field(default_factory=dict)

    def meets(self, endpoint: Endpoint, nim: str) -> bool:
        """The rule speaks of such requests."""
        return self.on in (endpoint, "any") and self.nim in (nim, None)

    def holds_at(self, count: int) -> bool:
        """The rule's fault happens at its `count`-th request (from 1)."""
        if self.nth is not None:
            return count == self.nth
        until = None if self.times is None else self.after + self.times
        return count > self.after and (until is None or count <= until)


@dataclass(slots=True)
class Script:
    """The rules in force, with how many requests each has met."""

    rules: Sequence[Rule] = ()
    _met: dict[int, int] = field(default_factory=dict)

    def due(self, endpoint: Endpoint, nim: str) -> list[Rule]:
        """The rules whose fault happens at this request; it is counted by all it concerns."""
        due = []
        for place, rule in enumerate(self.rules):
            if rule.meets(endpoint, nim):
                self._met[place] = self._met.get(place, 0) + 1
                if rule.holds_at(self._met[place]):
                    due.append(rule)
        return due


def read_rules(content: bytes) -> list[Rule]:
    """The rules of a script; raises msgspec.ValidationError where it is none."""
    return msgspec.json.decode(content, type=list[Rule])


def twist(due: Iterable[Rule]) -> Twist:
    """What those faults do to the authority itself."""
    skew = unverifiable = timedelta()
    wrong: dict[str, Decimal] = {}
    for rule in due:
        match rule.fault:
            case "clock_skew":
                skew = timedelta(seconds=rule.seconds)
            case "original_unverifiable":
                unverifiable = timedelta(minutes=rule.minutes)
            case "wrong_totals":
                wrong[rule.of] = rule.by
            case _:
                pass
    return Twist(skew, unverifiable, wrong)
