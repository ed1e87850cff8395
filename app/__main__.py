"""The command `bono`."""

import argparse
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from app.fiscal.errors import SealRefused, VerificationFailed
from app.settings import InvalidSetting, Settings, read_settings

if TYPE_CHECKING:
    from app.process import Parts

INVALID, UNREADABLE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    _configure_logs()
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.run(asked)
    except InvalidSetting as error:
        print(f"bono : {error}", file=sys.stderr)
        return UNREADABLE
    except SealRefused as error:
        print(f"bono : rien ne peut être scellé maintenant : {error}", file=sys.stderr)
        return UNREADABLE
    except _store_failures() as error:
        print(f"bono : la base ne répond pas comme prévu : {error.orig}", file=sys.stderr)
        return UNREADABLE
    except KeyboardInterrupt:
        return 130
    return code


def _store_failures() -> Any:
    """What a store raises; a command that never opened one has not imported it."""
    store = sys.modules.get("app.store.engine")
    return store.Unreachable if store else ()


def _configure_logs() -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bono", description="Factures normalisées pour la RDC, et leur preuve."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")

    def add(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    add("demo", _demo, "un magasin d'exemple, prêt à vendre, avec un e-MCF simulé")
    add("serve", _serve, "sert les pages et l'API de ce qui est en base")
    add("work", _work, "porte à la DGI les factures de ce qui est en base, sans rien servir")
    add("migrate", _migrate, "met le schéma de la base à jour")
    add("fsck", _fsck, "vérifie tout le grand livre et ce qui vit à côté")
    operator = add("operator-link", _operator_link, "un lien unique vers le service central")
    operator.add_argument("--name", required=True, help="qui l'ouvrira, par exemple Awa")
    verify = add(
        "verify", _verify, "vérifie un export d'audit ou un journal des pannes, sans base ni réseau"
    )
    verify.add_argument("file", type=Path, metavar="FICHIER")
    verify.add_argument(
        "--keys", type=Path, help="les clés publiées (jwks.json), au lieu du fichier"
    )
    export = add("export", _export, "écrit l'export d'audit d'un point de vente")
    export.add_argument("--outlet", required=True, help="par exemple KIN01")
    export.add_argument("--from", dest="first", type=_day, help="premier jour, AAAA-MM-JJ")
    export.add_argument("--to", dest="last", type=_day, help="dernier jour, AAAA-MM-JJ")
    export.add_argument("--output", type=Path, required=True, help="par exemple audit.zip")
    simulator = add("emcf-simulator", _simulator, "un e-MCF simulé ; ses codes ne valent rien")
    simulator.add_argument("--port", type=int, required=True, help="0 : un port libre")
    simulator.add_argument("--seed", type=int, help="graine des codes")
    simulator.add_argument("--faults", type=Path, help="script de pannes (JSON)")
    simulator.add_argument(
        "--state", type=Path, help="fichier où les factures confirmées survivent"
    )
    simulator.add_argument(
        "--with-parent", action="store_true", help="finit quand l'entrée standard se ferme"
    )
    return parser


def _day(text: str) -> str:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()


def _serve(_asked: argparse.Namespace) -> int:
    from app.wiring import assemble  # noqa: PLC0415 - `verify` needs no database

    settings = read_settings()
    with _listening(settings.port) as listening:
        return _run(listening, assemble(settings))


def _work(_asked: argparse.Namespace) -> int:
    from app.wiring import assemble  # noqa: PLC0415

    ended = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: ended.set())
    parts = assemble(read_settings())
    parts.start()
    print("Les factures en attente partent à la DGI.", flush=True)
    ended.wait()
    parts.stop()
    return 0


def _listening(port: int) -> socket.socket:
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


def _run(listening: socket.socket, parts: "Parts", ready: Callable[[], None] = lambda: None) -> int:
    """Serves until it is told to stop; `ready` is called once requests are answered."""
    import uvicorn  # noqa: PLC0415

    from app.server import create_app  # noqa: PLC0415

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


def _migrate(_asked: argparse.Namespace) -> int:
    from app.store.engine import migrate, open_engine  # noqa: PLC0415

    settings = read_settings()
    settings.var.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    migrate(engine)
    engine.dispose()
    print("Le schéma est à jour.")
    return 0


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
        cwd=Path(__file__).parent.parent,
    ) as simulator:
        try:
            line = simulator.stdout.readline() if simulator.stdout else b""
            address = json.loads(line)
            yield address["url"], address["token"]
        finally:
            simulator.terminate()


def _demo(_asked: argparse.Namespace) -> int:
    settings = read_settings()
    if settings.role != "demo":
        raise InvalidSetting("BONO_ROLE: `bono demo` ne vaut que pour une démonstration")
    settings.var.mkdir(parents=True, exist_ok=True)
    with _listening(settings.port) as listening, _emcf(settings) as (url, token):
        return _demo_at(settings, listening, url, token)


def _demo_at(settings: Settings, listening: socket.socket, emcf_url: str, emcf_token: str) -> int:
    from app.services.people import operators  # noqa: PLC0415
    from app.services.shop import sample  # noqa: PLC0415
    from app.services.tills import links  # noqa: PLC0415
    from app.wiring import assemble  # noqa: PLC0415

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

    return _run(listening, parts, ready)


def _operator_link(asked: argparse.Namespace) -> int:
    from app.services.people import operators  # noqa: PLC0415
    from app.store.engine import open_engine  # noqa: PLC0415

    settings = read_settings()
    engine = open_engine(settings.database)
    try:
        token = operators.new_link(engine, asked.name, datetime.now(UTC))
    except operators.NotAName:
        print("bono : --name : de 1 à 40 lettres, chiffres, espaces ou . ' -", file=sys.stderr)
        return UNREADABLE
    finally:
        engine.dispose()
    print(f"{settings.url}/exploitation/entrer/{token}")
    return 0


def _fsck(_asked: argparse.Namespace) -> int:
    from app.services.proof.fsck import StoreBroken, check_store  # noqa: PLC0415
    from app.store.engine import open_engine  # noqa: PLC0415

    engine = open_engine(read_settings().database)
    try:
        check_store(engine, print)
    except (VerificationFailed, StoreBroken) as error:
        print(f"INVALIDE — {error}")
        return INVALID
    finally:
        engine.dispose()
    print("VALIDE")
    return 0


def _verify(asked: argparse.Namespace) -> int:
    from app.services.proof.audit_file import Unreadable  # noqa: PLC0415
    from app.services.proof.probe_file import is_probe_log  # noqa: PLC0415

    judged = _verified_log if is_probe_log(asked.file) else _verified_export
    try:
        print(f"VALIDE — {judged(asked)}")
    except VerificationFailed as error:
        print(f"INVALIDE — {error}")
        return INVALID
    except Unreadable as error:
        print(f"ILLISIBLE — {error}")
        return UNREADABLE
    return 0


def _verified_export(asked: argparse.Namespace) -> str:
    from app.services.proof.audit_file import verify_file  # noqa: PLC0415

    verified = verify_file(asked.file, asked.keys, print)
    return (
        f"{verified.entries} écritures, {verified.invoices} factures, "
        f"{verified.normalised} normalisées, {verified.refused} refusées, "
        f"{verified.not_verifiable} non vérifiables ici"
    )


def _verified_log(asked: argparse.Namespace) -> str:
    from app.services.proof.probe_file import verify_probe_log  # noqa: PLC0415

    return verify_probe_log(asked.file, asked.keys, print).words


def _export(asked: argparse.Namespace) -> int:
    from app.fiscal.ledger import utc_text  # noqa: PLC0415
    from app.services.ledger.party import SealingParty  # noqa: PLC0415
    from app.services.proof.exports import Days, NothingToExport, manifest_seal, write_export  # noqa: PLC0415
    from app.store.engine import open_engine  # noqa: PLC0415
    from app.wiring import signer_opener  # noqa: PLC0415

    settings = read_settings()
    engine = open_engine(settings.database)
    party = SealingParty(signer_opener(settings)(), "1", settings.verify_host)
    now = utc_text(datetime.now(UTC))
    try:
        chunks = write_export(
            engine,
            asked.outlet,
            Days(asked.first, asked.last),
            asked.output,
            lambda document: manifest_seal(party, document),
            now,
            _progress,
        )
    except NothingToExport as error:
        print(f"\nbono : {error}", file=sys.stderr)
        return INVALID
    finally:
        engine.dispose()
    print(f"\n{asked.output} : {chunks} morceaux")
    return 0


def _progress(done: int, of: int) -> None:
    print(f"\r{done} / {of} écritures", end="", file=sys.stderr, flush=True)


def _simulator(asked: argparse.Namespace) -> int:
    from app.control.simulator import run  # noqa: PLC0415

    if asked.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    run(asked.port, asked.seed, asked.faults, asked.state)
    return 0


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
