"""`bono export`: the audit export of an outlet."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from app.commands.adding import Add
from app.commands.outcomes import INVALID
from app.settings import read_settings


def arguments(add: Add) -> None:
    """The command line of this command."""
    command = add("export", export, "écrit l'export d'audit d'un point de vente")
    command.add_argument("--outlet", required=True, help="par exemple KIN01")
    command.add_argument("--from", dest="first", type=_day, help="premier jour, AAAA-MM-JJ")
    command.add_argument("--to", dest="last", type=_day, help="dernier jour, AAAA-MM-JJ")
    command.add_argument("--output", type=Path, required=True, help="par exemple audit.zip")


def _day(text: str) -> str:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()


def export(asked: argparse.Namespace) -> int:
    """The audit export stands in the file."""
    from app.fiscal.ledger import utc_text
    from app.services.ledger.party import SealingParty
    from app.services.proof.exports import Days, NothingToExport, manifest_seal, write_export
    from app.store.engine import open_engine
    from app.wiring import signer_opener

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
