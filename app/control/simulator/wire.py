"""Between the socket and the simulated authority: where answers get lost, late or garbled."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import brotli
import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.control.simulator import faults, tokens
from app.control.simulator.answers import NOTHING_COMPUTED
from app.control.simulator.faults import Endpoint, Rule, Script

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from datetime import datetime

    from litestar.types import ASGIApp, Message, Receive, Scope, Send

ENCODED = msgspec.json.Encoder(decimal_format="number").encode
TWIST = "simulator.twist"
"""Where a request's scope keeps its `Twist`."""
JSON = b"application/json; charset=utf-8"
BAD_GATEWAY = (
    b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
)

ENDPOINTS: "dict[Endpoint, re.Pattern[str]]" = {
    "status": re.compile("GET /edef/api/invoice"),
    "post": re.compile("POST /edef/api/invoice"),
    "read": re.compile("GET /edef/api/invoice/[^/]+"),
    "confirm": re.compile("PUT /edef/api/invoice/[^/]+/confirm"),
    "cancel": re.compile("PUT /edef/api/invoice/[^/]+/cancel"),
    "info": re.compile("GET /edef/api/info/[^/]+"),
}
UID = re.compile(rb'("uid":")([^"]+)')

BEFORE = {"drop_before_commit", "status_401", "error_in_200"}
"""Faults that end a request before it takes effect (`html_502` too, unless `committed`)."""


class CuttableHttp(HttpToolsProtocol):
    """uvicorn's HTTP, whose connection the application can cut without a byte of answer."""

    def on_message_begin(self) -> None:
        """The scope of the request knows how to abort its connection."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["simulator.cut"] = self.transport.abort


@dataclass(slots=True)
class Answer:
    """A whole answer, held back before it goes out."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: "Message") -> None:
        """The answer contains that ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.lower(), value) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.body += message["body"]

    def rewrite(self, body: bytes, **headers: bytes) -> None:
        """The answer has that body, and those headers instead of its own."""
        names = {name.replace("_", "-").encode(): value for name, value in headers.items()}
        names[b"content-length"] = str(len(body)).encode()
        self.body = body
        self.headers = [pair for pair in self.headers if pair[0] not in names]
        self.headers += names.items()


class FaultyWire:
    """An ASGI application that passes requests on and does what the script says to them."""

    def __init__(self, app: "ASGIApp", clock: "Callable[[], datetime]") -> None:
        self._app = app
        self.clock = clock
        self.script = Script()
        self.counts: Counter[str] = Counter()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Each request of the authority's API meets the script; any other passes."""
        endpoint = endpoint_of(scope)
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        self.counts[endpoint] += 1
        due = self.script.due(endpoint, self._nim(scope))
        cast("MutableMapping[str, Any]", scope)[TWIST] = faults.twist(due)
        if not await _end(_first(due, before=True), endpoint, scope, receive, send):
            await self._pass_on(due, endpoint, scope, receive, send)

    async def _pass_on(
        self, due: list[Rule], endpoint: Endpoint, scope: "Scope", receive: "Receive", send: "Send"
    ) -> None:
        arrived = await _arrived(receive)
        await _stall(due, committed=False)
        answer = Answer()
        await self._app(scope, arrived, answer.collect)
        await _stall(due, committed=True)
        if await _end(_first(due, before=False), endpoint, scope, receive, send):
            return
        _bend(answer, due)
        drip = next((rule.seconds for rule in due if rule.fault == "drip"), None)
        await _answered(answer, send, drip)

    def _nim(self, scope: "Scope") -> str:
        headers = dict(scope["headers"])
        try:
            token = headers.get(b"authorization", b"").decode()
            return tokens.read(token, self.clock()).nim
        except (tokens.TokenRefused, UnicodeDecodeError):
            return ""


def endpoint_of(scope: "Scope") -> Endpoint | None:
    """Which endpoint of the authority a request is for, None if none."""
    method = cast("dict[str, Any]", scope).get("method")  # a web socket has none
    asked = f"{method} {scope['path'].lower().rstrip('/')}"
    return next((name for name, path in ENDPOINTS.items() if path.fullmatch(asked)), None)


async def _arrived(receive: "Receive") -> "Receive":
    """The whole body is here: the request takes effect even if its client leaves meanwhile."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    kept = iter(messages)

    async def replay() -> "Any":
        return next(kept, {"type": "http.disconnect"})

    return replay


def _first(due: list[Rule], *, before: bool) -> Rule | None:
    """The first fault that ends the request at that moment."""
    for rule in due:
        if rule.fault == "html_502" and rule.committed != before:
            return rule
        if rule.fault in (BEFORE if before else {"drop_after_commit"}):
            return rule
    return None


async def _end(
    rule: Rule | None, endpoint: Endpoint, scope: "Scope", receive: "Receive", send: "Send"
) -> bool:
    """The fault's own answer went out, or the connection is cut; False when no fault ends it."""
    match rule:
        case None:
            return False
        case Rule(fault="html_502"):
            await _answered(_answer(502, BAD_GATEWAY, b"text/html"), send)
        case Rule(fault="status_401"):
            await _answered(_answer(401, b"", b"text/plain"), send)
        case Rule(fault="error_in_200"):
            error = {"errorCode": rule.code, "errorDesc": rule.text}
            body = ENCODED(NOTHING_COMPUTED | error if endpoint == "post" else error)
            await _answered(_answer(200, body, JSON), send)
        case _:
            await _cut(scope, receive)
    return True


async def _cut(scope: "Scope", receive: "Receive") -> None:
    """The connection is gone; the client read not one byte."""
    cast("MutableMapping[str, Any]", scope)["simulator.cut"]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stall(due: list[Rule], *, committed: bool) -> None:
    for rule in due:
        if rule.fault == "stall" and rule.committed is committed:
            await asyncio.sleep(rule.seconds)


def _bend(answer: Answer, due: list[Rule]) -> None:
    """The answer looks as the faults want it; brotli comes last."""
    names = {rule.fault for rule in due}
    if "null_error_code" in names and b'"errorCode"' not in answer.body:
        answer.rewrite(re.sub(rb"^{", b'{"errorCode":null,"errorDesc":null,', answer.body))
    if "upper_uid" in names:
        answer.rewrite(UID.sub(lambda found: found[1] + found[2].upper(), answer.body))
    if "brotli" in names:
        answer.rewrite(brotli.compress(answer.body), content_encoding=b"br")


def _answer(status: int, body: bytes, kind: bytes) -> Answer:
    answer = Answer(status)
    answer.rewrite(body, content_type=kind)
    return answer


async def _answered(answer: Answer, send: "Send", drip: float | None = None) -> None:
    """The answer has gone out, at once or byte by byte."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if drip is not None:
        for byte in answer.body:
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(drip)
        answer.body = b""
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
