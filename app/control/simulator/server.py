"""The simulator as a process of its own (`run`) or beside the caller (`serving`), on 127.0.0.1."""

import json
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from app.control.simulator import faults, routes, tokens
from app.control.simulator.behaviour import Behaviour
from app.control.simulator.faults import Script
from app.control.simulator.journal import Journal
from app.control.simulator.tax import Table, read_table
from app.control.simulator.tax_platform import TaxPlatform
from app.control.simulator.wire import CuttableHttp, FaultyWire

ReadClock = Callable[[], datetime]


class SimulatorWarning(UserWarning):
    """A simulated e-MCF answers; nothing it normalises is a legal invoice."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the simulator answers, and the token of its demo shop."""

    url: str
    token: str
    nim: str
    nif: str

    @property
    def own(self) -> str:
        """The base of the simulator's own endpoints (faults, invoices, requests)."""
        return self.url.removesuffix("/edef") + "/simulator"


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    behaviour: Behaviour | None = None,
    clock: ReadClock = _now,
    seed: int | None = None,
    state: Path | None = None,
    ahead: Sequence[Table] = (),
) -> FaultyWire:
    """The simulated authority as an ASGI application; it warns that it is one.

    `clock` gives aware times. With `state`, what was confirmed outlives the process;
    the tables `ahead` hold from the midnight of their days.
    """
    warnings.warn(
        "Simulateur de l'e-MCF : ses codes n'ont aucune valeur légale.",
        SimulatorWarning,
        stacklevel=2,
    )
    platform = TaxPlatform(behaviour or Behaviour(), clock, Journal(state), seed, ahead)
    return routes.make_wire(platform)


def run(
    port: int,
    seed: int | None,
    faults: Path | None,
    state: Path | None = None,
    law: Sequence[Path] = (),
) -> None:
    """Serves until interrupted, after one JSON line (url, token, nim, nif) on standard output.

    Port 0 takes a free one. Raises OSError when the port is taken, and
    msgspec.DecodeError when `faults` is no script.
    """
    ahead = [read_table(file.read_bytes()) for file in law]
    app = create_app(seed=seed, state=state, ahead=ahead)
    if faults is not None:
        app.script = _script(faults)
    listening = _listen(port)
    sys.stdout.write(json.dumps(asdict(_address(listening, _now()))) + "\n")
    sys.stdout.flush()
    _server(app).run(sockets=[listening])


@contextmanager
def serving(app: FaultyWire, port: int = 0) -> Iterator[Address]:
    """The application answers, in a thread of this process, until the block ends."""
    listening = _listen(port)
    server = _server(app)
    thread = threading.Thread(target=server.run, args=([listening],), name="emcf-simulator")
    thread.start()
    try:
        yield _address(listening, app.clock())
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listening.close()


def _script(path: Path) -> Script:
    return Script(faults.read_rules(path.read_bytes()))


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


def _server(app: FaultyWire) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=CuttableHttp,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _address(listening: socket.socket, now: datetime) -> Address:
    token = tokens.make_token(tokens.DEMO_NIF, tokens.DEMO_NIM, tokens.year_from(now))
    port = listening.getsockname()[1]
    return Address(f"http://127.0.0.1:{port}/edef", token, tokens.DEMO_NIM, tokens.DEMO_NIF)
