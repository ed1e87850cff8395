"""The proxy by which this process reaches the world, where its network lets nothing else out."""

import base64
import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

import httpcore

MOST_HEAD: Final = 16 * 1024
"""Bytes of a proxy's answer to CONNECT."""
_OPENED: Final = re.compile(rb"HTTP/1\.[01] 2\d\d[ \r]")


class ProxyUnreadable(ValueError):
    """It is no `http://[user:password@]host:port`."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that opens tunnels (CONNECT)."""

    host: str
    port: int
    authorization: str = ""
    """The value of `Proxy-Authorization`, if it wants one."""

    def opening(self, address: str, port: int) -> bytes:
        """What asks for a tunnel to that address: one that was checked, never a name."""
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
        if self.authorization:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        return "\r\n".join([*lines, "", ""]).encode()


def read_proxy(url: str) -> Proxy:
    """The proxy at that address.

    Raises:
        ProxyUnreadable: it is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ProxyUnreadable(url) from error
    if parts.scheme != "http" or not host or not port or parts.path.strip("/"):
        raise ProxyUnreadable(url)
    if parts.username is None:
        return Proxy(host, port)
    named = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(host, port, f"Basic {base64.b64encode(named.encode()).decode()}")


def is_own_machine(host: str) -> bool:
    """What lies on this machine is no proxy's business."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def open_tunnel(stream: httpcore.NetworkStream, opening: bytes, timeout: float | None) -> None:
    """The stream, connected to a proxy, leads to the address from now on.

    Raises:
        httpcore.ConnectError: the proxy refuses.
    """
    stream.write(opening, timeout)
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = stream.read(MOST_HEAD, timeout)
        head += chunk
        if not chunk or len(head) > MOST_HEAD:
            raise httpcore.ConnectError("le serveur mandataire a coupé")
    if not _OPENED.match(head):
        said = head.partition(b"\r\n")[0].decode("latin-1")
        raise httpcore.ConnectError(f"le serveur mandataire refuse : {said}")
