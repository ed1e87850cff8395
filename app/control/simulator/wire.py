"""Between the socket and the simulated authority: where answers get lost, late or garbled."""

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.control.simulator import faults, tokens
from app.control.simulator.faults import Endpoint, Rule, Script
from app.control.simulator.whole_answer import (
    Answer,
    bend,
    instead,
    recode,
    unauthorised,
)

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from datetime import datetime

    from litestar.types import ASGIApp, Receive, Scope, Send

    from app.control.simulator.tax_platform import TaxPlatform

TWIST = "simulator.twist"
"""Where a request's scope keeps its `Twist`."""

ENDPOINTS: "dict[Endpoint, re.Pattern[str]]" = {
    "status": re.compile("GET /edef/api/invoice"),
    "post": re.compile("POST /edef/api/invoice"),
    "read": re.compile("GET /edef/api/invoice/[^/]+"),
    "confirm": re.compile("PUT /edef/api/invoice/[^/]+/confirm"),
    "cancel": re.compile("PUT /edef/api/invoice/[^/]+/cancel"),
    "info": re.compile("GET /edef/api/info/[^/]+"),
}

BEFORE = {
    "drop_before_commit",
    "status_401",
    "error_in_200",
    "error_in_4xx",
    "problem",
    "status_429",
}
"""Faults that end a request before it takes effect."""

EITHER = {"html_502", "status_503"}
"""Those that end it before, or when `committed` after."""


class CuttableHttp(HttpToolsProtocol):
    """uvicorn's HTTP, whose connection the application can cut without a byte of answer."""

    def on_message_begin(self) -> None:
        """The scope of the request knows how to abort its connection."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["simulator.cut"] = self.transport.abort


class FaultyWire:
    """An ASGI application that passes requests on and does what the script says to them."""

    def __init__(self, app: "ASGIApp", platform: "TaxPlatform") -> None:
        self._app = app
        self._platform = platform
        self._revoked: set[bytes] = set()
        self.script = Script()
        self.counts: Counter[str] = Counter()

    def clock(self) -> "datetime":
        """The authority's own time."""
        return self._platform.clock()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Each request of the authority's API meets the script; any other passes."""
        endpoint = endpoint_of(scope)
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        self.counts[endpoint] += 1
        token = dict(scope["headers"]).get(b"authorization", b"")
        due = self.script.due(endpoint, self._nim(token))
        cast("MutableMapping[str, Any]", scope)[TWIST] = faults.twist(due)
        self._change(due, token)
        if token in self._revoked:
            await _answered(unauthorised(), send)
        elif not await _end(due, _first(due, before=True), endpoint, scope, receive, send):
            await self._pass_on(due, endpoint, scope, receive, send)

    def _change(self, due: list[Rule], token: bytes) -> None:
        """What is otherwise from this request on: tokens, and rates of the law."""
        for rule in due:
            if rule.fault == "revoke":
                self._revoked.add(token)
            elif rule.fault == "new_rates":
                rates = {letter.lower(): rate for letter, rate in rule.rates.items()}
                self._platform.change(new_rates=rates)

    async def _pass_on(
        self, due: list[Rule], endpoint: Endpoint, scope: "Scope", receive: "Receive", send: "Send"
    ) -> None:
        body = await _arrived(receive)
        await _stall(due, committed=False)
        if any(rule.fault == "repeat" for rule in due):
            await self._app(_again(scope), _replayed(body), Answer().collect)
        answer = Answer()
        await self._app(scope, _replayed(body), answer.collect)
        await _stall(due, committed=True)
        if await _end(due, _first(due, before=False), endpoint, scope, receive, send):
            return
        bend(answer, due)
        drip = next((rule.seconds for rule in due if rule.fault == "drip"), None)
        await _answered(answer, send, drip)

    def _nim(self, token: bytes) -> str:
        try:
            return tokens.read(token.decode(), self.clock()).nim
        except (tokens.TokenRefused, UnicodeDecodeError):
            return ""


def endpoint_of(scope: "Scope") -> Endpoint | None:
    """Which endpoint of the authority a request is for, None if none."""
    method = cast("dict[str, Any]", scope).get("method")  # a web socket has none
    asked = f"{method} {scope['path'].lower().rstrip('/')}"
    return next((name for name, path in ENDPOINTS.items() if path.fullmatch(asked)), None)


def _again(scope: "Scope") -> "Scope":
    """The same request, as if nothing had read it yet."""
    copy = cast("dict[str, Any]", dict(scope))
    return cast("Scope", copy | {"state": dict(copy.get("state", {}))})


async def _arrived(receive: "Receive") -> "list[Any]":
    """The whole body is here: the request takes effect even if its client leaves meanwhile."""
    messages: list[Any] = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _replayed(messages: "list[Any]") -> "Receive":
    """Those messages again, then the end of the connection."""
    kept = iter(messages)

    async def replay() -> "Any":
        return next(kept, {"type": "http.disconnect"})

    return replay


def _first(due: list[Rule], *, before: bool) -> Rule | None:
    """The first fault that ends the request at that moment."""
    for rule in due:
        if rule.fault in EITHER and rule.committed != before:
            return rule
        if rule.fault in (BEFORE if before else {"drop_after_commit"}):
            return rule
    return None


async def _end(
    due: list[Rule],
    rule: Rule | None,
    endpoint: Endpoint,
    scope: "Scope",
    receive: "Receive",
    send: "Send",
) -> bool:
    """The fault's own answer went out, or the connection is cut; False when no fault ends it."""
    if rule is None:
        return False
    if rule.fault in {"drop_before_commit", "drop_after_commit"}:
        await _cut(scope, receive)
    else:
        answer = instead(rule, endpoint)
        recode(answer, due)
        await _answered(answer, send)
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


async def _answered(answer: Answer, send: "Send", drip: float | None = None) -> None:
    """The answer has gone out, at once or byte by byte."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if drip is not None:
        for byte in answer.body:
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(drip)
        answer.body = b""
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
