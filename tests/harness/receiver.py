"""A small real web server that keeps what it is sent and answers by a script."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


@dataclass(frozen=True)
class Received:
    """A request as it came; the names of its headers are in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What to answer; `drip` sends the body a byte at a time until nobody listens."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    drip: bool = False


class Receiver:
    """What came in, in order; the script is used up, then `usual` is the answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.received: list[Received] = []
        self.script: deque[Reply] = deque()
        self.usual = Reply()
        self.came = threading.Event()
        """Something came."""
        self.open = threading.Event()
        """Answers are given; until then they are held back."""
        self.open.set()
        self.ended = threading.Event()

    def url(self, path: str = "/bono") -> str:
        """Where it listens, without TLS."""
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self, request: Received) -> Reply:
        """Keep the request; returns what to answer."""
        self.received.append(request)
        self.came.set()
        self.open.wait(60)
        return self.script.popleft() if self.script else self.usual


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = receiver.take(Received(self.path, headers, self.rfile.read(length)))
            try:
                self._answer(reply)
            except OSError:  # whoever asked did not wait
                self.close_connection = True

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.drip:
                while not receiver.ended.wait(0.01):
                    self.wfile.write(b".")
                    self.wfile.flush()
            self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Take


class _Server(ThreadingHTTPServer):
    """Its TLS handshakes are made by the thread of each connection, and may fail there."""

    daemon_threads = True

    def __init__(self, receiver: Receiver, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _handler(receiver))
        if tls is not None:
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def handle_error(self, *_: Any) -> None:
        """A client that did not trust us, or did not wait, is none of our errors."""


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A server on a port of 127.0.0.1 until the block ends."""
    receiver = Receiver(0)
    server = _Server(receiver, tls)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        receiver.open.set()
        server.shutdown()
        thread.join()
        server.server_close()
