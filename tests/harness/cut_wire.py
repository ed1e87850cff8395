"""A wire to PostgreSQL that can be cut at a COMMIT: before it arrives, or before its answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import make_url

Moment = Literal["before", "after"]
_COMMIT = b"COMMIT\0"


@dataclass(slots=True)
class CutWire:
    """Passes bytes on; `cut_at` says what happens to the next COMMIT, once."""

    url: str
    cut_at: Moment | None = None
    cuts: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def take(self) -> Moment | None:
        """The cut that is due now; it is due no more."""
        due, self.cut_at = self.cut_at, None
        self.cuts += due is not None
        return due

    def pass_on(self, client: socket.socket, server: socket.socket) -> None:
        """The client's words reach the server, until a COMMIT is cut or someone hangs up."""
        self._open += [client, server]
        answers = threading.Thread(target=_pass, args=(server, client), daemon=True)
        answers.start()
        with suppress(OSError):
            while words := client.recv(65536):
                due = self.take() if _COMMIT in words else None
                if due is not None:
                    client.shutdown(socket.SHUT_RDWR)  # not one byte of the answer gets through
                if due == "before":
                    break
                server.sendall(words)
                if due == "after":
                    server.shutdown(socket.SHUT_WR)  # it answers a COMMIT before it hangs up
                    answers.join()
                    break
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """No connection is left."""
        for end in self._open:
            end.close()


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while words := source.recv(65536):
            with suppress(OSError):  # to the end, even when nobody listens any more
                sink.sendall(words)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_wire(database_url: str) -> Iterator[CutWire]:
    """A wire to that database; connect to its `url`."""
    target = make_url(database_url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = target.set(port=listening.getsockname()[1])
        wire = CutWire(url.render_as_string(hide_password=False))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    server = socket.create_connection((str(target.host), int(target.port or 0)))
                    for end in (client, server):
                        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(
                        target=wire.pass_on, args=(client, server), daemon=True
                    ).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield wire
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()
        wire.close()
