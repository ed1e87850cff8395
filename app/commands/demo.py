"""`bono demo`: a sample shop, ready to sell, with a simulated e-MCF."""

import argparse
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.commands.adding import Add
from app.commands.serve import listen_on, run
from app.settings import InvalidSetting, Settings, read_settings


def arguments(add: Add) -> None:
    """The command line of this command."""
    add("demo", demo, "un magasin d'exemple, prêt à vendre, avec un e-MCF simulé")


@contextlib.contextmanager
def _emcf(settings: Settings) -> Iterator[tuple[str, str]]:
    """The address and token of the demo's e-MCF: the one that is set, or a simulator of our own."""
    if settings.emcf_url and settings.emcf_token:
        yield settings.emcf_url, settings.emcf_token
        return
    state = settings.var / "emcf-simulator.jsonl"
    command = [sys.executable, "-m", "app", "emcf-simulator", "--port", "0", "--with-parent"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--state", str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as simulator:
        try:
            line = simulator.stdout.readline() if simulator.stdout else b""
            address = json.loads(line)
            yield address["url"], address["token"]
        finally:
            simulator.terminate()


def demo(_asked: argparse.Namespace) -> int:
    """The sample shop stands and sells."""
    settings = read_settings()
    if settings.role != "demo":
        raise InvalidSetting("BONO_ROLE: `bono demo` ne vaut que pour une démonstration")
    settings.var.mkdir(parents=True, exist_ok=True)
    with listen_on(settings.port) as listening, _emcf(settings) as (url, token):
        return _demo_at(settings, listening, url, token)


def _demo_at(settings: Settings, listening: socket.socket, emcf_url: str, emcf_token: str) -> int:
    from app.services.people import operators
    from app.services.shop import sample
    from app.services.tills import links
    from app.wiring import assemble

    parts = assemble(settings)
    emcf = sample.EmcfAddress(emcf_url, emcf_token)
    sample.furnish(parts.engine, settings.isf, emcf, datetime.now(UTC))

    def ready() -> None:
        card = sample.write_card(parts.engine, settings.var / "demo.json", settings.url, emcf_url)
        key = links.free_terminal(parts.engine, sample.OUTLET, sample.TERMINAL)
        link = links.new_link(parts.engine, key, datetime.now(UTC))
        print(f"Bono Pay, magasin d'exemple : {settings.url}/caisse")
        people = ", ".join(f"{u['name']} {u['pin']}" for u in card["users"])
        print(f"Codes des caissiers : {people}")
        token = operators.new_link(parts.engine, "Démo", datetime.now(UTC))
        print(f"Service central, lien à usage unique : {settings.url}/exploitation/entrer/{token}")
        print(
            f"Une autre caisse, une seule fois : {settings.url}/caisse/enroler/{link}", flush=True
        )

    return run(listening, parts, ready)
