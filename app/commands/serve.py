"""`bono serve` and `bono work`: what is in the database is served, and brought to DGI."""

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.commands.adding import Add
from app.commands.outcomes import INVALID
from app.settings import InvalidSetting, read_settings

if TYPE_CHECKING:
    from app.process import Parts


def arguments(add: Add) -> None:
    """The command line of these commands."""
    add("serve", serve, "sert les pages et l'API de ce qui est en base")
    add("work", work, "porte à la DGI les factures de ce qui est en base, sans rien servir")


def serve(_asked: argparse.Namespace) -> int:
    """Pages and API answer until the process is told to stop."""
    from app.wiring import assemble

    settings = read_settings()
    with listen_on(settings.port) as listening:
        return run(listening, assemble(settings))


def work(_asked: argparse.Namespace) -> int:
    """What waits goes to DGI until the process is told to stop; nothing is served."""
    from app.wiring import assemble

    ended = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: ended.set())
    parts = assemble(read_settings())
    parts.start()
    print("Les factures en attente partent à la DGI.", flush=True)
    ended.wait()
    parts.stop()
    return 0


def listen_on(port: int) -> socket.socket:
    """A socket that holds the port before anything else is begun; SIGTERM unwinds from now on."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen()  # two processes may bind one port until one of them listens
    except OSError as error:
        listening.close()
        raise InvalidSetting(f"BONO_PORT: le port {port} est déjà pris") from error
    return listening


def run(listening: socket.socket, parts: "Parts", ready: Callable[[], None] = lambda: None) -> int:
    """Serves until it is told to stop; `ready` is called once requests are answered."""
    import uvicorn

    from app.server import create_app

    server = uvicorn.Server(
        uvicorn.Config(
            create_app(parts),
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=5,
        )
    )

    def announce() -> None:
        while not server.started and not server.should_exit:
            threading.Event().wait(0.02)
        if server.started:
            ready()

    threading.Thread(target=announce, daemon=True).start()
    server.run(sockets=[listening])
    return 0 if server.started else INVALID
