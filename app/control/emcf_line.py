"""The HTTP line to the e-MCF: one request, one whole answer, or the reason there is none."""

import math
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Literal

import httpx
import structlog

from app.control.module import Cause

log = structlog.get_logger(__name__)

LARGEST_ANSWER = 1 << 20
LONGEST_REST = 86_400
"""Seconds: an authority that asks for more is asked again after a day."""
ASKS_FOR_PATIENCE = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
POOLED_SECONDS = 3
"""A pooled connection older than that may be half open: a call on it would be lost for nothing."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A confirm waits longest: an early end puts a sale in doubt."""

    connect: float = 5
    post: float = 30
    confirm: float = 60
    read: float = 15


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole answer; or `status` None and why there is none, in French."""

    status: int | None
    body: bytes
    retry_after: int | None = None
    """Seconds, of a 429 or 503 that names them."""
    charset: str = ""
    """What the answer says of itself; empty when it says nothing."""

    @property
    def cause(self) -> Cause:
        """Why it decides nothing, when it does not."""
        return "token" if self.status == httpx.codes.UNAUTHORIZED else "silence"

    @property
    def why(self) -> str:
        """What to tell of an answer that decides nothing, in French."""
        if self.status is None:
            return self.body.decode()
        if self.status == httpx.codes.UNAUTHORIZED:
            return "La DGI refuse le jeton de ce point de vente (401) : il faut le renouveler."
        return f"La DGI a répondu autre chose qu'une réponse lisible (HTTP {self.status})."


class TooLong(Exception):
    """The answer is larger, or takes longer, than any honest one."""


class Line:
    """One token's connection to the platform. It never repeats a request by itself."""

    def __init__(
        self,
        base_url: str,
        token: str,
        timeouts: Timeouts,
        monotonic: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
        proxy: str | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._timeouts = timeouts
        self._monotonic = monotonic
        self._base = base_url.rstrip("/")
        self._headers = httpx.Headers(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                # Never brotli: some of the platform's answers came unreadable
                "Accept-Encoding": "gzip, deflate",
                "Content-Type": "application/json",
            }
        )
        self._transport = transport or httpx.HTTPTransport(
            verify=context or _trusted(),
            proxy=proxy,
            limits=httpx.Limits(max_connections=4, keepalive_expiry=POOLED_SECONDS),
            trust_env=False,
        )

    def close(self) -> None:
        """No connection is left."""
        self._transport.close()

    def call(
        self, method: Literal["GET", "POST", "PUT"], path: str, body: bytes, seconds: float
    ) -> Heard:
        """The answer to that request, read to its end within about `seconds`."""
        started = self._monotonic()
        heard = self._heard(method, path, body, seconds)
        _note(method, path, heard, self._monotonic() - started)
        return heard

    def get(self, path: str) -> Heard:
        """The answer to a question that changes nothing."""
        return self.call("GET", path, b"", self._timeouts.read)

    def _heard(self, method: str, path: str, body: bytes, seconds: float) -> Heard:
        timeout = httpx.Timeout(seconds, connect=self._timeouts.connect)
        deadline = self._monotonic() + seconds
        try:
            # The transport alone: a client's cookies, redirects and hooks are none of ours.
            response = self._transport.handle_request(
                httpx.Request(
                    method,
                    self._base + path,
                    headers=self._headers,
                    content=body or None,
                    extensions={"timeout": timeout.as_dict()},
                )
            )
            with closing(response):
                whole = self._whole(response, deadline)
                charset = response.charset_encoding or ""
                return Heard(response.status_code, whole, retry_after(response), charset)
        except (TooLong, httpx.TimeoutException):
            return _nothing("La DGI n'a pas répondu à temps.")
        except httpx.ConnectError as error:
            return _nothing(why_unreached(error))
        except httpx.ProxyError as error:
            return _nothing(f"Le serveur mandataire n'ouvre pas le chemin vers la DGI ({error}).")
        except httpx.HTTPError as error:
            return _nothing(f"La connexion à la DGI a été coupée ({type(error).__name__}).")

    def _whole(self, response: httpx.Response, deadline: float) -> bytes:
        body = b""
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LARGEST_ANSWER or self._monotonic() > deadline:
                raise TooLong
        return body


UNREACHED: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "Le nom du serveur de la DGI n'est pas trouvé (DNS)."),
    (ssl.SSLCertVerificationError, "Le certificat du serveur de la DGI n'est pas reconnu."),
    (ssl.SSLError, "Le serveur de la DGI et nous n'avons pas de TLS en commun."),
    (ConnectionRefusedError, "Le serveur de la DGI refuse la connexion (port fermé)."),
)
"""Five causes, five sentences, the last below: each is mended by somebody else."""


def why_unreached(error: BaseException) -> str:
    """Why no connection opened, by what lies beneath the error, in French."""
    beneath: BaseException | None = error
    while beneath is not None:
        for kind, words in UNREACHED:
            if isinstance(beneath, kind):
                return words
        beneath = beneath.__cause__ or beneath.__context__
    return "La DGI est injoignable : aucun chemin n'y mène."


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to trust: made once for all tokens, for it takes longer than a call."""
    return httpx.create_ssl_context(trust_env=False)


def retry_after(response: httpx.Response) -> int | None:
    """The seconds that a 429 or 503 asks for, in either form of RFC 9110, 10.2.3.

    A date is measured from the answer's own `Date`: our clock may be another.
    """
    if response.status_code not in ASKS_FOR_PATIENCE:
        return None
    words = response.headers.get("Retry-After", "").strip()
    if words.isascii() and words.isdigit():
        return min(int(words), LONGEST_REST)
    try:
        until = parsedate_to_datetime(words)
        seconds = (until - parsedate_to_datetime(response.headers["Date"])).total_seconds()
    except (ValueError, KeyError, TypeError):
        return None
    return min(max(math.ceil(seconds), 0), LONGEST_REST)


def _nothing(why: str) -> Heard:
    return Heard(None, why.encode())


def _note(method: str, path: str, heard: Heard, seconds: float) -> None:
    note("emcf.call", method=method, path=path, status=heard.status, seconds=round(seconds, 3))


def note(event: str, **fields: object) -> None:
    """The event is in the log, or it is not: a log that fails never stops a sale."""
    with suppress(Exception):
        log.info(event, **fields)
