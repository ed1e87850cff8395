"""`bono migrate`, `bono fsck` and `bono verify`: the schema, the ledger, and their proof."""

import argparse
from pathlib import Path

from app.commands.adding import Add
from app.commands.outcomes import INVALID, KEYS_UNKNOWN, UNREADABLE
from app.fiscal.errors import VerificationFailed
from app.settings import read_settings


def arguments(add: Add) -> None:
    """The command line of these commands."""
    add("migrate", migrate, "met le schéma de la base à jour")
    add("fsck", fsck, "vérifie tout le grand livre et ce qui vit à côté")
    command = add(
        "verify", verify, "vérifie un export d'audit ou un journal des pannes, sans base ni réseau"
    )
    command.add_argument("file", type=Path, metavar="FICHIER")
    command.add_argument(
        "--keys", type=Path, help="les clés publiées (jwks.json), au lieu du fichier"
    )
    command.add_argument(
        "--fingerprint",
        action="append",
        default=[],
        metavar="EMPREINTE",
        help="l'empreinte d'une clé (RFC 7638), apprise ailleurs que dans le fichier",
    )


def migrate(_asked: argparse.Namespace) -> int:
    """The schema is the newest."""
    from app.store.engine import migrate, open_engine

    settings = read_settings()
    settings.var.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    migrate(engine)
    engine.dispose()
    print("Le schéma est à jour.")
    return 0


def fsck(_asked: argparse.Namespace) -> int:
    """The whole ledger was verified; says VALIDE or what does not hold."""
    from app.services.proof.fsck import StoreBroken, check_store
    from app.store.engine import open_engine
    from app.store.ledger.anchors import AnchorFolder

    settings = read_settings()
    engine = open_engine(settings.database)
    try:
        check_store(engine, print, AnchorFolder(settings.var / "anchors").read())
    except (VerificationFailed, StoreBroken) as error:
        print(f"INVALIDE — {error}")
        return INVALID
    finally:
        engine.dispose()
    print("VALIDE")
    return 0


def verify(asked: argparse.Namespace) -> int:
    """The file was verified, with no database and no network."""
    from app.services.proof.known_keys import Unreadable
    from app.services.proof.probe_file import is_probe_log

    judged = _verified_log if is_probe_log(asked.file) else _verified_export
    compared = asked.keys is not None or asked.fingerprint
    try:
        print(f"VALIDE — {judged(asked)}{'' if compared else ', clés prises dans le fichier'}")
    except VerificationFailed as error:
        print(f"INVALIDE — {error}")
        return INVALID
    except Unreadable as error:
        print(f"ILLISIBLE — {error}")
        return UNREADABLE
    return 0 if compared else KEYS_UNKNOWN


def _verified_export(asked: argparse.Namespace) -> str:
    from app.services.proof.audit_file import verify_file

    verified = verify_file(asked.file, asked.keys, print, asked.fingerprint)
    return (
        f"{verified.entries} écritures, {verified.invoices} factures, "
        f"{verified.normalised} normalisées, {verified.refused} refusées, "
        f"{verified.not_verifiable} non vérifiables ici"
    )


def _verified_log(asked: argparse.Namespace) -> str:
    from app.services.proof.probe_file import verify_probe_log

    return verify_probe_log(asked.file, asked.keys, print, asked.fingerprint).words
