"""The simulated authority without a socket: the whole application, driven request by request."""

import warnings
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import msgspec

from app.control.simulator import SimulatorWarning, create_app
from app.control.simulator.faults import Rule, Script


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it arrives."""

    method: str
    path: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(slots=True)
class Reply:
    """An HTTP answer as it leaves; `cut` when not a byte of it did."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    cut: bool = False

    async def take(self, message: Any) -> None:
        """The answer contains that ASGI message."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message["body"]

    def end(self) -> None:
        """The connection is gone."""
        self.cut = True


class SocketlessDgi:
    """One simulated authority for one history."""

    def __init__(self, clock: Callable[[], datetime], seed: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SimulatorWarning)
            self._app = create_app(clock=clock, seed=seed)

    def answers(self, request: Request, rules: Sequence[Rule] = ()) -> Reply:
        """What it says to that request while those faults are its script."""
        self._app.script = Script(rules)
        reply = Reply()
        messages = iter([{"type": "http.request", "body": request.body, "more_body": False}])

        async def receive() -> Any:
            return next(messages, {"type": "http.disconnect"})

        _driven(self._app(cast("Any", _scope(request, reply.end)), receive, reply.take))
        return reply

    def invoices(self) -> list[dict[str, Any]]:
        """What it recorded, in order, as its portal shows it."""
        own = Request("GET", "/simulator/invoices", (), b"")
        recorded: list[dict[str, Any]] = msgspec.json.decode(self.answers(own).body)
        return recorded


def _driven(application: Coroutine[Any, Any, None]) -> None:
    """The application has run to its end; nothing in it may wait for anything."""
    try:
        application.send(None)
    except StopIteration:
        return
    application.close()
    raise AssertionError("the simulator waited")


def _scope(request: Request, cut: Callable[[], None]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(request.headers),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
        "simulator.cut": cut,
    }
