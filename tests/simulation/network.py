"""The air between the workers and the authority: every call crosses it, not all arrive."""

import base64
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import msgspec

from app.control.simulator.faults import Endpoint, Rule
from app.control.simulator.wire import endpoint_of
from tests.simulation.clocks import TrueTime
from tests.simulation.crash_points import Fuse
from tests.simulation.dgi import Reply, Request, SocketlessDgi
from tests.simulation.troubles import Trouble, chosen

NOTHING = Trouble("")
PAST_ITS_LEASE = 400
"""Seconds that a sleeping machine may lose."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the authority was asked, in the order in which it arrived."""

    nim: str
    endpoint: Endpoint
    uid: str
    body: bytes


@dataclass(slots=True)
class Air:
    """How calls travel in one history."""

    authority: SocketlessDgi
    time: TrueTime
    chance: random.Random
    storm: float
    """How likely a call meets trouble."""
    while_asleep: Callable[[float], None]
    """Others go on for so many seconds."""
    met: Counter[str] = field(default_factory=Counter)
    heard: list[Heard] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    """Modules that reach nothing."""
    next_rules: list[Rule] = field(default_factory=list)
    """What the authority does from the next call on, whoever makes it."""
    on_their_way: list[tuple[float, Request]] = field(default_factory=list)
    """Requests that nobody waits for any more: when they arrive."""

    def carry(self, request: httpx.Request, fuse: Fuse) -> httpx.Response:
        """The answer that the caller gets.

        Raises:
            httpx.TransportError: none.
            Crash: the caller is no more.
        """
        fuse.passes("before the call")
        sent = _sent(request)
        endpoint = cast("Endpoint", _endpoint(sent))
        trouble = self._trouble(endpoint, _nim(sent))
        self.time.go_by(self.chance.uniform(0.02, 2.0))
        reply = self._crossed(sent, endpoint, trouble, request)
        fuse.passes("after the call")
        if reply.cut:
            raise httpx.ReadError("cut", request=request)
        return httpx.Response(reply.status, headers=reply.headers, stream=_Body(reply.body))

    def _trouble(self, endpoint: Endpoint, nim: str) -> Trouble:
        if nim in self.down:
            self.met["outage"] += 1
            return Trouble("outage", happening="unreachable")
        if self.chance.random() >= self.storm:
            return NOTHING
        trouble = chosen(self.chance, endpoint)
        self.met[trouble.name] += 1
        return trouble

    def _crossed(
        self, sent: Request, endpoint: Endpoint, trouble: Trouble, request: httpx.Request
    ) -> Reply:
        match trouble.happening:
            case "unreachable":
                raise httpx.ConnectError("unreachable", request=request)
            case "late":
                self._send_later(sent)
                raise self._too_late(request)
            case "stall":
                self.arrives(sent)
                raise self._too_late(request)
            case "echo":
                self._send_later(sent)
            case "sleep before":
                self.while_asleep(self.chance.uniform(60, PAST_ITS_LEASE))
        reply = self.arrives(sent, trouble.rules(endpoint))
        if trouble.happening == "sleep after":
            self.while_asleep(self.chance.uniform(60, PAST_ITS_LEASE))
        return reply

    def _too_late(self, request: httpx.Request) -> httpx.TimeoutException:
        self.time.go_by(request.extensions["timeout"]["read"])
        return httpx.ReadTimeout("stall", request=request)

    def _send_later(self, sent: Request) -> None:
        self.on_their_way.append((self.time.now + self.chance.uniform(1, 150), sent))

    def let_arrive(self) -> int:
        """What was due on its way has arrived; nobody heard its answers. Returns how many."""
        due = [sent for at, sent in self.on_their_way if at <= self.time.now]
        self.on_their_way = [pair for pair in self.on_their_way if pair[0] > self.time.now]
        self.chance.shuffle(due)
        for sent in due:
            self.arrives(sent)
        return len(due)

    def arrives(self, sent: Request, rules: list[Rule] | None = None) -> Reply:
        """The authority hears that request now, and answers."""
        uid = sent.path.split("/")[4].lower() if sent.path.count("/") > 3 else ""
        endpoint = cast("Endpoint", _endpoint(sent))
        self.heard.append(Heard(_nim(sent), endpoint, uid, sent.body))
        coming, self.next_rules = self.next_rules, []
        return self.authority.answers(sent, [*coming, *(rules or [])])


class Line(httpx.BaseTransport):
    """The line of one process, which ends with it."""

    def __init__(self, air: Air, fuse: Fuse) -> None:
        self._air, self._fuse = air, fuse

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to that request, if one comes."""
        return self._air.carry(request, self._fuse)


class _Body(httpx.SyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body


def _sent(request: httpx.Request) -> Request:
    headers = tuple((name.lower(), value) for name, value in request.headers.raw)
    return Request(request.method, request.url.path, headers, request.read())


def _endpoint(sent: Request) -> Endpoint | None:
    scope: Any = {"method": sent.method, "path": sent.path}
    return endpoint_of(scope)


def _nim(sent: Request) -> str:
    """Whose token it carries, whether still valid or not."""
    token = dict(sent.headers).get(b"authorization", b"").removeprefix(b"Bearer ")
    claims = base64.urlsafe_b64decode(token.split(b".")[1] + b"==")
    name: str = msgspec.json.decode(claims)["unique_name"]
    return name.partition("|")[2]
