"""The HTTP line to the e-MCF: one request, one whole answer, or the reason there is none."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import httpx
import structlog

log = structlog.get_logger(__name__)

LARGEST_ANSWER = 1 << 20
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
    ) -> None:
        self._timeouts = timeouts
        self._monotonic = monotonic
        self._client = httpx.Client(
            base_url=base_url.rstrip("/"),
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                # Never brotli: some of the platform's answers came unreadable
                "Accept-Encoding": "gzip, deflate",
                "Content-Type": "application/json",
            },
            limits=httpx.Limits(max_connections=4, keepalive_expiry=POOLED_SECONDS),
            trust_env=False,
        )

    def close(self) -> None:
        """No connection is left."""
        self._client.close()

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
            with self._client.stream(
                method, path, content=body or None, timeout=timeout
            ) as response:
                return Heard(response.status_code, self._whole(response, deadline))
        except (TooLong, httpx.TimeoutException):
            return _nothing("La DGI n'a pas répondu à temps.")
        except httpx.ConnectError:
            return _nothing("La DGI est injoignable.")
        except httpx.HTTPError as error:
            return _nothing(f"La connexion à la DGI a été coupée ({type(error).__name__}).")

    def _whole(self, response: httpx.Response, deadline: float) -> bytes:
        body = b""
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LARGEST_ANSWER or self._monotonic() > deadline:
                raise TooLong
        return body


def _nothing(why: str) -> Heard:
    return Heard(None, why.encode())


def _note(method: str, path: str, heard: Heard, seconds: float) -> None:
    note("emcf.call", method=method, path=path, status=heard.status, seconds=round(seconds, 3))


def note(event: str, **fields: object) -> None:
    """The event is in the log, or it is not: a log that fails never stops a sale."""
    with suppress(Exception):
        log.info(event, **fields)
