"""`bono operator-link`: a one-time link to the operators' pages."""

import argparse
import sys
from datetime import UTC, datetime

from app.commands.adding import Add
from app.commands.outcomes import UNREADABLE
from app.settings import read_settings


def arguments(add: Add) -> None:
    """The command line of this command."""
    command = add("operator-link", operator_link, "un lien unique vers le service central")
    command.add_argument("--name", required=True, help="qui l'ouvrira, par exemple Awa")


def operator_link(asked: argparse.Namespace) -> int:
    """The link is printed; it works once."""
    from app.services.people import operators
    from app.store.engine import open_engine

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
