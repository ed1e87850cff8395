"""Webhooks as Standard Webhooks says (standardwebhooks.com): id, time and signature in headers."""

import base64
import hashlib
import hmac
import ssl
import time
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpcore

from app.channels.addresses import AddressRefused, refuse_private, resolve
from app.channels.outgoing import Outcome, Outgoing, brief
from app.channels.proxy import Proxy, is_own_machine, open_tunnel

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how secrets begin
WHOLE_SECONDS: Final = 20
"""For connecting, sending and the answer together: a slow drip ends then."""
STEP_SECONDS: Final = 10
MOST_ANSWER: Final = 16 * 1024
"""Bytes of an answer that are read at all."""
LONGEST_WAIT: Final = 24 * 3600
"""Of a `Retry-After` that is believed."""
_GONE: Final = 410

Resolve = Callable[[str, int], list[str]]


def signature(secret: str, message_id: str, at: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, time and body under that secret."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(out: Outgoing) -> list[tuple[bytes | str, bytes | str]]:
    """The headers of this try; every secret signs."""
    signatures = (signature(s, out.message_id, out.at, out.body) for s in out.secrets)
    return [
        ("Content-Type", "application/json"),
        ("User-Agent", "Bono-Pay"),
        ("webhook-id", out.message_id),
        ("webhook-timestamp", str(out.at)),
        ("webhook-signature", " ".join(signatures)),
    ]


class WebhookChannel:
    """Posts to the address of an endpoint: TLS verified, no redirect, no private address.

    `private` admits addresses of this machine and its network: for tests and demonstrations. A
    `proxy` is asked for a tunnel to the address that was checked: it resolves no name for us.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        context: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
        resolve: Resolve = resolve,
        monotonic: Callable[[], float] = time.monotonic,
        seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._private, self._context = private, context or ssl.create_default_context()
        self._proxy = proxy
        self._resolve, self._monotonic, self._seconds = resolve, monotonic, seconds

    def __call__(self, out: Outgoing) -> Outcome:
        """One POST, and what came of it."""
        line = _CheckedLine(self, self._proxy, self._monotonic() + self._seconds)
        try:
            with httpcore.ConnectionPool(self._context, network_backend=line) as pool:
                return self._post(pool, out)
        except AddressRefused as error:
            return Outcome("later", str(error), blocks="target")
        except httpcore.TimeoutException:
            return Outcome("later", "Pas de réponse à temps.", blocks="target")
        except httpcore.ConnectError as error:
            return Outcome("later", f"Injoignable : {brief(str(error))}", blocks="target")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as e:
            said = f"La connexion a été coupée ({type(e).__name__})."
            return Outcome("later", said, blocks="target")

    def _post(self, pool: httpcore.ConnectionPool, out: Outgoing) -> Outcome:
        steps = dict.fromkeys(("connect", "read", "write", "pool"), STEP_SECONDS)
        with pool.stream(
            "POST",
            out.target,
            headers=headers(out),
            content=out.body,
            extensions={"timeout": steps},
        ) as response:
            said = brief(_beginning(response.iter_stream()).decode(errors="replace"))
            return _outcome(response.status, said, _retry_after(response.headers, out.at))

    def addresses(self, host: str, port: int) -> list[str]:
        """Where that name may be reached: now, and only if it is allowed.

        Raises:
            AddressRefused: it leads to a private address.
            OSError: it leads nowhere.
        """
        found = self._resolve(host, port)
        return found if self._private else refuse_private(found)

    def left(self, end: float) -> float:
        """The seconds until that end.

        Raises:
            httpcore.ReadTimeout: none.
        """
        seconds = end - self._monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds


def _beginning(chunks: Iterable[bytes]) -> bytes:
    read = b""
    for chunk in chunks:
        read += chunk
        if len(read) >= MOST_ANSWER:
            break
    return read[:MOST_ANSWER]


def _outcome(status: int, said: str, after: int) -> Outcome:
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP
        return Outcome("sent", said, status)
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP
        return Outcome("later", "Une redirection n'est pas suivie.", status, blocks="target")
    if status == _GONE:  # this one has no other chance; the endpoint stays all the same
        return Outcome("failed", said or "L'adresse n'existe plus (410).", status)
    return Outcome("later", said or f"Réponse {status}.", status, after, blocks="target")


def _retry_after(answered: Iterable[tuple[bytes, bytes]], seconds: int) -> int:
    """Seconds that `Retry-After` says, as a number or as a date; 0 when it says nothing."""
    text = next((value.decode("latin-1") for name, value in answered if _is_wait(name)), "").strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_WAIT)
    try:
        wait = int(parsedate_to_datetime(text).timestamp()) - seconds
    except (ValueError, TypeError, OverflowError):
        return 0
    return min(max(wait, 0), LONGEST_WAIT)


def _is_wait(name: bytes) -> bool:
    return name.lower() == b"retry-after"


class _CheckedLine(httpcore.NetworkBackend):
    """Connects to an address that was just resolved and checked, until one end for everything."""

    def __init__(self, channel: WebhookChannel, proxy: Proxy | None, end: float) -> None:
        self._channel, self._proxy, self._end = channel, proxy, end
        self._under = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - there is one end for all addresses
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that answers; TLS then wants the name's own proof."""
        try:
            addresses = self._channel.addresses(host, port)
        except OSError as error:
            raise httpcore.ConnectError("ce nom ne mène nulle part") from error
        failed: Exception = httpcore.ConnectError("ce nom n'a pas d'adresse")
        for address in addresses:
            seconds = min(STEP_SECONDS, self._channel.left(self._end))
            try:
                return self._connected(address, port, seconds, (local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _connected(
        self, address: str, port: int, seconds: float, more: tuple[str | None, Any]
    ) -> httpcore.NetworkStream:
        """A connection to that address: its own, or a tunnel of the proxy."""
        proxy = None if is_own_machine(address) else self._proxy
        first = (address, port) if proxy is None else (proxy.host, proxy.port)
        under = self._under.connect_tcp(*first, seconds, *more)
        stream = _TimedStream(under, self._channel, self._end)
        if proxy is not None:
            try:
                open_tunnel(stream, proxy.opening(address, port), seconds)
            except BaseException:
                stream.close()
                raise
        return stream


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no step outlasts the end of the whole."""

    def __init__(self, under: httpcore.NetworkStream, channel: WebhookChannel, end: float) -> None:
        self._under, self._channel, self._end = under, channel, end

    def _seconds(self, timeout: float | None) -> float:
        left = self._channel.left(self._end)
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._under.read(max_bytes, self._seconds(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._under.write(buffer, self._seconds(timeout))

    def close(self) -> None:
        self._under.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._under.start_tls(ssl_context, server_hostname, self._seconds(timeout))
        return _TimedStream(stream, self._channel, self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._under.get_extra_info(info)
