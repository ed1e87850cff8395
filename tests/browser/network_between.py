"""The one road between a tablet and its server, and what happens on it.

The till is opened through it: it has one address, whatever stands behind. By itself every request
passes; a test puts something else in its way.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.browser.modules_page import CUT, Answer, Asked, says

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    Onward = Callable[[Asked], Answer]
    """The request reaches the server; its answer, or `CUT` when no server is there."""
    Traffic = Callable[[Asked, Onward], Answer]
    """What happens to a request; it may let it pass, more than once or not at all."""

SALES = "/api/v1/invoices/"
_HOPS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_UNSAID = _HOPS | {"accept-encoding"}
"""Without it a test can read the answers."""
_PATIENCE = 60


def is_sale(asked: Asked) -> bool:
    """Whether a tablet sends a sale with this request."""
    return asked.method == "PUT" and asked.path.startswith(SALES) and "/prints/" not in asked.path


def open_road(asked: Asked, onward: Onward) -> Answer:
    """Everything passes."""
    return onward(asked)


def no_road(_asked: Asked, _onward: Onward) -> Answer:
    """Nothing passes."""
    return CUT


def no_way_back(asked: Asked, onward: Onward) -> Answer:
    """Every request arrives and its answer is lost."""
    onward(asked)
    return CUT


def twice(asked: Asked, onward: Onward) -> Answer:
    """Every request arrives twice; the second answer comes back."""
    onward(asked)
    return onward(asked)


def for_sales(traffic: Traffic) -> Traffic:
    """That happens to sales only."""
    return lambda asked, onward: (traffic if is_sale(asked) else open_road)(asked, onward)


def portal(answer: Answer) -> Traffic:
    """Somebody else answers everything."""
    return lambda _asked, _onward: answer


def flapping(chance: random.Random, longest: int = 24) -> Traffic:
    """The road is open for some requests and cut for some, before or behind the server."""
    lock, left = threading.Lock(), 0
    now: Traffic = open_road

    def traffic(asked: Asked, onward: Onward) -> Answer:
        nonlocal left, now
        with lock:
            if not left:
                was_open = now is open_road
                now = chance.choice((no_road, no_way_back)) if was_open else open_road
                left = chance.randint(1, 3 if was_open else longest)
            left -= 1
            chosen = now
        return chosen(asked, onward)

    return traffic


def later_clock(ahead: timedelta) -> Traffic:
    """The server's clock seems to be that far ahead of ours, behind it when negative."""

    def traffic(asked: Asked, onward: Onward) -> Answer:
        answer = onward(asked)
        if asked.path != "/healthz" or answer.cut:
            return answer
        return replace(answer, body=_shifted(answer, ahead).body)

    return traffic


def _shifted(answer: Answer, ahead: timedelta) -> Answer:
    known = json.loads(answer.body)
    time = datetime.fromisoformat(known["time"]) + ahead
    return says(known | {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ")})


@dataclass
class Held:
    """A place on the road where what is looked for stands still, and after which it is lost."""

    behind: bool
    """Whether it has been at the server by then."""
    looked_for: Callable[[Asked], bool] = is_sale
    arrived: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, asked: Asked, onward: Onward) -> Answer:
        if not self.looked_for(asked):
            return onward(asked)
        if self.behind:
            onward(asked)
        self.arrived.set()
        self.go.wait(_PATIENCE)
        return CUT


@dataclass(frozen=True)
class Trip:
    """A request, and what came of it where the server is."""

    asked: Asked
    answer: Answer


@dataclass
class Road:
    """A listener that leads to a server of this machine."""

    port: int
    """Of the server."""
    url: str = ""
    traffic: Traffic = open_road
    came: list[Asked] = field(default_factory=list)
    """What the tablet sent, in order."""
    trips: list[Trip] = field(default_factory=list)
    """What reached the server and was answered."""

    def sales(self) -> list[Asked]:
        """The sales that the tablet sent."""
        return [asked for asked in self.came if is_sale(asked)]

    def sale_trips(self) -> list[Trip]:
        """The sales that the server answered."""
        return [trip for trip in self.trips if is_sale(trip.asked)]

    def onward(self, asked: Asked) -> Answer:
        """The server's answer; `CUT` when it is not there, or dies over it."""
        there = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            there.request(asked.method, asked.path, asked.body or None, asked.headers)
            found = there.getresponse()
            headers = {k: v for k, v in found.getheaders() if k.lower() not in _HOPS}
            answer = Answer(found.status, found.read(), headers)
        except (OSError, HTTPException):
            return CUT
        finally:
            there.close()
        self.trips.append(Trip(asked, answer))
        return answer


@contextmanager
def road_to(port: int) -> Iterator[Road]:
    """A road to the server on that port, until the block ends."""
    road = Road(port)

    class _Listener(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {
                name.lower(): value
                for name, value in self.headers.items()
                if name.lower() not in _UNSAID
            }
            asked = Asked(self.command, self.path, headers, body)
            road.came.append(asked)
            self._give(road.traffic(asked, road.onward))

        do_GET = do_PUT = do_POST = _any  # noqa: N815

        def _give(self, answer: Answer) -> None:
            if answer.cut:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the tablet is gone
                self.close_connection = True

    class _Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = _Server(("127.0.0.1", 0), _Listener)
    road.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield road
    finally:
        road.traffic = no_road
        server.shutdown()
        server.server_close()
        thread.join()
