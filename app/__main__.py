"""The command `bono`."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from app.commands import checks, demo, export, keys, law, operators, quarantine, serve, simulators
from app.commands.outcomes import UNREADABLE
from app.fiscal.errors import SealRefused
from app.settings import InvalidSetting


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
        print(f"bono : {error.sentence} ({error})", file=sys.stderr)
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

    for subject in (demo, serve, checks, operators, law, keys, quarantine, export, simulators):
        subject.arguments(add)
    return parser


if __name__ == "__main__":
    sys.exit(main())
