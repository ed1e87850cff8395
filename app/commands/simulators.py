"""`bono emcf-simulator`: a control module whose codes are worth nothing."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from app.commands.adding import Add


def arguments(add: Add) -> None:
    """The command line of this command."""
    command = add("emcf-simulator", emcf_simulator, "un e-MCF simulé ; ses codes ne valent rien")
    command.add_argument("--port", type=int, required=True, help="0 : un port libre")
    command.add_argument("--seed", type=int, help="graine des codes")
    command.add_argument("--faults", type=Path, help="script de pannes (JSON)")
    command.add_argument("--state", type=Path, help="fichier où les factures confirmées survivent")
    command.add_argument(
        "--law",
        type=Path,
        action="append",
        default=[],
        metavar="FICHIER",
        help="une table fiscale qu'il suit dès minuit de son premier jour",
    )
    command.add_argument(
        "--with-parent", action="store_true", help="finit quand l'entrée standard se ferme"
    )


def emcf_simulator(asked: argparse.Namespace) -> int:
    """The simulator answers until it is told to stop."""
    from app.control.simulator import run

    if asked.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    run(asked.port, asked.seed, asked.faults, asked.state, asked.law)
    return 0


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
