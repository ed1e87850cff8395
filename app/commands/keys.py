"""`bono key new`: the key that seals is made, by a person and never by itself."""

import argparse
import sys
import time
from typing import TYPE_CHECKING

from app.commands.adding import Add
from app.commands.outcomes import INVALID
from app.settings import Settings, read_settings

if TYPE_CHECKING:
    from app.services.ledger.party import SealingParty
    from app.store.engine import Engine


def arguments(add: Add) -> None:
    """The command line of this command."""
    command = add("key", new_key, "fait la clé qui scelle, ou en approuve une autre")
    command.add_argument("act", choices=["new"], metavar="new")
    command.add_argument("--by", default="", help="qui approuve, quand une autre clé scellait ici")


def new_key(asked: argparse.Namespace) -> int:
    """The key of `BONO_KEY` is there, and series that another one opened know it."""
    from app.fiscal.errors import OtherKey
    from app.store.engine import migrate, open_engine

    settings = read_settings()
    settings.var.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    migrate(engine)
    try:
        return _made(settings, engine, asked.by)
    except OtherKey as error:
        print(f"bono : donnez un autre nom à la clé (BONO_KEY) : {error}", file=sys.stderr)
        return INVALID
    finally:
        engine.dispose()


def _made(settings: Settings, engine: "Engine", by: str) -> int:
    from app.fiscal.errors import KeyMissing, OtherKey
    from app.services.ledger.keys import nothing_sealed, own_fingerprint, published_kids
    from app.services.ledger.party import SealingParty
    from app.wiring import signer_opener

    first = nothing_sealed(engine)
    if not first and not by:
        print("bono : --by : dites qui approuve cette clé", file=sys.stderr)
        return INVALID
    made = False
    try:
        signer = signer_opener(settings)()
        signer.public_jwk()
    except KeyMissing:
        if settings.kid in published_kids(engine):  # lost, and its name with it
            raise OtherKey(f"{settings.kid} a déjà scellé ici") from None
        signer, made = signer_opener(settings, lambda: True)(), True
    party = SealingParty(signer, "1", settings.verify_host)
    made = (not first and _approved(engine, party, by)) or made
    said = "La clé est faite" if made else "La clé était déjà là"
    print(f"{said} : {signer.kid}, empreinte {own_fingerprint(party)}")
    return 0


def _approved(engine: "Engine", party: "SealingParty", by: str) -> bool:
    from app.fiscal.ledger import clock_text
    from app.services.ledger.opening import approve_key
    from app.store.engine import writing

    with writing(engine) as session:
        return approve_key(session, party, by, clock_text(int(time.time())))
