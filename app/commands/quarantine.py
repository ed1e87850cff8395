"""`bono quarantine` and `bono time confirm`: the ways out of a state that no time heals."""

import argparse
import sys
import time
from typing import TYPE_CHECKING

from app.commands.adding import Add
from app.commands.outcomes import INVALID
from app.settings import Settings, read_settings

if TYPE_CHECKING:
    from app.services.cases.quarantine import WaysOut
    from app.store.engine import Engine


def arguments(add: Add) -> None:
    """The command lines of these commands."""
    command = add("quarantine", quarantine, "montre les quarantaines et les chemins pour en sortir")
    command.add_argument("--outlet", help="par exemple KIN01")
    command.add_argument("--from", dest="copy", metavar="BASE", help="une copie plus récente")
    command.add_argument(
        "--new-series", action="store_true", help="ouvre une autre série : aucune copie n'existe"
    )
    _two_people(command)
    clock = add("time", confirm, "dit que l'horloge de cette machine est juste maintenant")
    clock.add_argument("act", choices=["confirm"], metavar="confirm")
    _two_people(clock)


def _two_people(command: argparse.ArgumentParser) -> None:
    command.add_argument("--by", default="", help="qui décide, par exemple Awa")
    command.add_argument("--witness", default="", help="qui l'a vérifié avec cette personne")


def quarantine(asked: argparse.Namespace) -> int:
    """What is in quarantine is told, or one outlet is led out."""
    from app.store.engine import open_engine

    settings = read_settings()
    engine = open_engine(settings.database)
    try:
        if not asked.copy and not asked.new_series:
            return _shown(engine)
        if not asked.outlet or not _are_two(asked):
            return INVALID
        return _led_out(settings, engine, asked)
    finally:
        engine.dispose()


def _shown(engine: "Engine") -> int:
    from app.services.cases.quarantine import in_quarantine

    found = in_quarantine(engine)
    for outlet_id, words in found:
        print(f"{outlet_id} : {words}")
        print(
            f"  1. Une base plus récente existe (disque remplacé, autre machine) :\n"
            f"     bono quarantine --outlet {outlet_id} --from sqlite:///COPIE --by A --witness B\n"
            f"  2. Aucune n'existe : une autre série s'ouvre, sa première écriture dit le trou :\n"
            f"     bono quarantine --outlet {outlet_id} --new-series --by A --witness B"
        )
    if not found:
        print("Aucun point de vente n'est en quarantaine.")
    return 0


def _are_two(asked: argparse.Namespace) -> bool:
    if asked.by and asked.witness and asked.by != asked.witness:
        return True
    print(
        "bono : --outlet, --by et --witness : deux personnes répondent de cet acte", file=sys.stderr
    )
    return False


def _led_out(settings: Settings, engine: "Engine", asked: argparse.Namespace) -> int:
    from app.fiscal.errors import VerificationFailed
    from app.services.cases.quarantine import NoWayOut
    from app.store.engine import open_engine

    ways = _ways(settings, engine, asked)
    try:
        if asked.copy:
            newer = open_engine(asked.copy)
            count = ways.take_from(newer, asked.outlet)
            print(f"{asked.outlet} : {count} écritures reprises, la quarantaine est levée.")
            return 0
        name = ways.open_another(asked.outlet)
    except (NoWayOut, VerificationFailed) as error:
        print(f"bono : {error}", file=sys.stderr)
        return INVALID
    print(f"{asked.outlet} : la série {name} est ouverte, la quarantaine est levée.")
    return 0


def _ways(settings: Settings, engine: "Engine", asked: argparse.Namespace) -> "WaysOut":
    from app.fiscal.ledger import clock_text
    from app.services.cases.quarantine import WaysOut
    from app.services.ledger.party import SealingParty
    from app.store.ledger.anchors import AnchorFolder
    from app.wiring import signer_opener

    party: SealingParty = SealingParty(signer_opener(settings)(), "1", settings.verify_host)
    folder = AnchorFolder(settings.var / "anchors")
    at = clock_text(int(time.time()))
    return WaysOut(engine, party, folder, asked.by, asked.witness, at)


def confirm(asked: argparse.Namespace) -> int:
    """The clock is believed: the ledger says so, and series of a wrong future are left."""
    from app.store.engine import open_engine

    if not _are_two(asked):
        return INVALID
    settings = read_settings()
    engine = open_engine(settings.database)
    try:
        for line in _ways(settings, engine, asked).confirm_time():
            print(line)
    finally:
        engine.dispose()
    return 0
