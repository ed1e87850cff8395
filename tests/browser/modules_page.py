"""The till's modules in a real browser, beside a network that answers what a test says."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64decode
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.fiscal.canonical import canonical, digest
from tests.given.requests import example_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

WEB = Path(__file__).parents[2] / "web"
TYPES = {".js": "text/javascript", ".html": "text/html"}
MODULES = [
    *("base/bytes", "shop/articles", "shop/clients", "shop/supply"),
    *("sale/carts", "sale/heartbeat", "sale/ladder", "sale/outbox", "sale/sealed", "sale/sending"),
    *("tablet/database", "tablet/device", "tablet/journal", "tablet/link", "tablet/news"),
    *("tablet/persistence", "tablet/unlock", "tablet/wire"),
]
RUN = f"""async ([body, arg]) => {{
  const paths = {json.dumps(MODULES)};
  const names = paths.map((path) => path.split("/").pop());
  const modules = await Promise.all(paths.map((path) => import(`/static/js/${{path}}.js`)));
  const work = new Function(...names, "arg", `return (async () => {{ ${{body}} }})()`);
  return work(...modules, arg);
}}"""
"""Runs a piece of JavaScript that knows each module of the core by its name."""
DEVICE = {
    "device_id": "D" * 22,
    "outlet_id": "KIN01",
    "terminal_id": "T1",
    "terminal_name": "Caisse 1",
}
SALE = "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c{:02x}"

Headers = dict[str, str]


@dataclass(frozen=True)
class Asked:
    """A request that reached the network."""

    method: str
    path: str
    headers: Headers
    body: bytes

    @property
    def document(self) -> Any:
        """Its JSON."""
        return json.loads(self.body)

    @property
    def parameters(self) -> str:
        """What its signature says of itself."""
        return self.headers["signature-input"].removeprefix("sig1=")

    @property
    def signature(self) -> bytes:
        """The 64 bytes under it."""
        return b64decode(self.headers["signature"].removeprefix("sig1=:").removesuffix(":"))

    @property
    def signed(self) -> bytes:
        """The bytes that RFC 9421 says were signed, from what arrived."""
        named = re.findall(r'"([^"]+)"', self.parameters.split(")")[0])
        derived = {
            "@method": self.method,
            "@authority": self.headers["host"],
            "@path": self.path.partition("?")[0],
        }
        lines = [f'"{name}": {derived.get(name) or self.headers[name]}' for name in named]
        return "\n".join([*lines, f'"@signature-params": {self.parameters}']).encode()


@dataclass(frozen=True)
class Answer:
    """What the network gives back; `cut` drops the connection instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: Headers = field(default_factory=dict)
    cut: bool = False


CUT = Answer(cut=True)


def says(document: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(document).encode()
    return Answer(status, body, {"Content-Type": "application/json", **named})


def problem(status: int, rule: str, **more: str) -> Answer:
    """A problem document of ours."""
    body = json.dumps({"title": "Non.", "status": status, "rule": rule, **more}).encode()
    return Answer(status, body, {"Content-Type": "application/problem+json"})


def page_of_html(status: int, **headers: str) -> Answer:
    """What a captive portal answers."""
    return Answer(status, b"<html>Payez</html>", {"Content-Type": "text/html", **headers})


def sealed(asked: Asked, code: int = 201, state: str = "normalised", **more: object) -> Answer:
    """The answer of the server to a sale it has sealed."""
    sale_id = asked.path.rsplit("/", 1)[1]
    hashed = digest(canonical(asked.document)) if asked.body else ""
    number = f"KIN01-1-{int(sale_id[-2:], 16):08d}"
    document = {
        "sale_id": sale_id,
        "status": state,
        "request_hash": hashed,
        "security": {"fiscal_number": number},
    }
    return says(document | more, code)


@dataclass
class Network:
    """A server that serves the modules and leaves every other answer to `answer`."""

    url: str = ""
    answer: Callable[[Asked], Answer] = lambda _asked: Answer(404)
    asked: list[Asked] = field(default_factory=list)

    def sent(self, method: str, path: str) -> list[Asked]:
        """The requests of that method whose path begins so."""
        return [one for one in self.asked if one.method == method and one.path.startswith(path)]


@contextmanager
def network() -> Iterator[Network]:
    """A network that is up until the block ends."""
    net = Network()

    class _Listener(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            if self.command == "GET" and self.path.startswith(("/static/", "/i18n/")):
                return self._give(_file(self.path))
            if self.command == "GET" and self.path in {"/", "/favicon.ico"}:
                return self._give(Answer(200, b"<!doctype html>", {"Content-Type": "text/html"}))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            net.asked.append(asked)
            return self._give(net.answer(asked))

        do_GET = do_PUT = do_POST = _any  # noqa: N815

        def _give(self, answer: Answer) -> None:
            if answer.cut:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listener)
    server.daemon_threads = True
    net.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield net
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _file(path: str) -> Answer:
    """The file of that address, as it lies on the disk."""
    found = (WEB / path.lstrip("/")).resolve()
    return Answer(200, found.read_bytes(), {"Content-Type": TYPES[found.suffix]})


@dataclass(frozen=True)
class Core:
    """One page of a tablet; pages of one browser context share its memory."""

    page: Page
    net: Network

    def run(self, body: str, arg: object = None) -> Any:
        """What this JavaScript returns; every module of the core is a name in it."""
        return self.page.evaluate(RUN, [body, arg])

    def another(self) -> Core:
        """A second page of the same tablet."""
        page = self.page.context.new_page()
        page.goto(self.net.url)
        return Core(page, self.net)

    def enrol(self) -> None:
        """The tablet is known to the shop."""
        before = self.net.answer
        self.net.answer = lambda _asked: says(DEVICE, 201)
        self.run("await device.enrol('secret')")
        self.net.answer = before

    def sell(self, number: int, **more: object) -> dict[str, Any]:
        """The example of the API is committed under the sale id of that number."""
        sale = {
            "ticket": ticket(number),
            "body": json.dumps(example_request()),
            "total": "28800000",
            "provisional": False,
        }
        row: dict[str, Any] = self.run(
            "const { body, ...row } = await outbox.commit(arg); return row", sale | more
        )
        return row

    def flush(self) -> dict[str, Any]:
        """Every sale that is due was tried once."""
        result: dict[str, Any] = self.run("return sending.flush()")
        return result

    def at_once(self) -> dict[str, Any]:
        """The same, without waiting for the time of any sale."""
        result: dict[str, Any] = self.run("await outbox.wakeRows(true); return sending.flush()")
        return result

    def rows(self) -> list[dict[str, Any]]:
        """What lies in the outbox, without the bytes."""
        rows: list[dict[str, Any]] = self.run(
            "return (await outbox.rows()).map(({ body, ...row }) => row)"
        )
        return rows

    def journal(self) -> list[str]:
        """The types of the entries, in order; the chain holds."""
        types: list[str] = self.run(
            "await journal.verifyJournal();"
            "return (await database.getAll('journal')).map(({ type }) => type)"
        )
        return types


def ticket(number: int, *lines: str) -> dict[str, Any]:
    """A ticket with lines of those names, one if none is named."""
    return {
        "sale_id": SALE.format(number),
        "lines": [{"name": name} for name in lines or ("Farine",)],
        "payments": [{"method": "ESPECES"}],
    }


def content_digest(body: bytes) -> bytes:
    """The bytes under a `Content-Digest`."""
    return sha256(body).digest()
