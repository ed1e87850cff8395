"""A proxy on this machine that opens tunnels, wherever they are said to lead, to one port."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class TunnelProxy:
    """Where it listens, and the head of each request that it met."""

    port: int
    heads: list[str] = field(default_factory=list)


@contextmanager
def proxy_to(port: int | None) -> Iterator[TunnelProxy]:
    """A proxy whose tunnels lead to that port; None: it refuses every request."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = TunnelProxy(listening.getsockname()[1])
        threading.Thread(target=_serve, args=(listening, proxy, port), daemon=True).start()
        yield proxy


def _serve(listening: socket.socket, proxy: TunnelProxy, port: int | None) -> None:
    with suppress(OSError):  # it is closed: the test is over
        while True:
            client, _ = listening.accept()
            head = b""
            while b"\r\n\r\n" not in head and (chunk := client.recv(65536)):
                head += chunk
            proxy.heads.append(head.partition(b"\r\n\r\n")[0].decode())
            if port is None:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=_relay, args=(client, server), daemon=True).start()


def _relay(client: socket.socket, server: socket.socket) -> None:
    with client, server:
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while chunk := one.recv(65536):
            other.sendall(chunk)
        other.shutdown(socket.SHUT_WR)
