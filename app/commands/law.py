"""`bono law …`: the tables of the law between two releases, added ahead and approved by two."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.commands.adding import Add
from app.commands.outcomes import INVALID, UNREADABLE
from app.fiscal.errors import InvalidInvoice
from app.settings import read_settings

if TYPE_CHECKING:
    from app.services.rules.rehearsing import Change
    from app.store.engine import Engine
    from app.store.rules.law import Added

_AT_DGI: Final = {
    "announced": "annoncée à la DGI",
    "configured": "réglée à la DGI",
    "in-force": "en vigueur à la DGI",
}


def arguments(add: Add) -> None:
    """The command line of these commands."""
    command = add("law", law, "les tables de la loi : en ajouter une avant son jour, l'approuver")
    acts = command.add_subparsers(dest="act", required=True, metavar="ACTE")
    one = acts.add_parser("add", help="ajoute la table d'un fichier (tax-table/1)")
    one.add_argument("file", type=Path, metavar="FICHIER")
    _person(one)
    acts.add_parser("list", help="les tables, leur source et leur état")
    for act, text in (
        ("rehearse", "ce que la table changerait aux 1 000 dernières ventes"),
        ("approve", "approuve la table ; il faut deux personnes"),
        ("withdraw", "retire la table avant son jour"),
    ):
        one = acts.add_parser(act, help=text)
        one.add_argument("name", metavar="NOM")
        if act != "rehearse":
            _person(one)


def _person(command: argparse.ArgumentParser) -> None:
    command.add_argument("--person", required=True, help="qui le fait, par exemple Awa")


def law(asked: argparse.Namespace) -> int:
    """The act was done, or a sentence says why nothing was."""
    from app.services.people.operators import is_name
    from app.services.rules.law import LawRefused
    from app.store.engine import open_engine

    if not is_name(getattr(asked, "person", "Awa")):
        print("bono : --person : de 1 à 40 lettres, chiffres, espaces ou . ' -", file=sys.stderr)
        return UNREADABLE
    engine = open_engine(read_settings().database)
    try:
        _ACTS[asked.act](engine, asked, datetime.now(UTC))
    except OSError as error:
        print(f"bono : {asked.file} : {error.strerror}", file=sys.stderr)
        return UNREADABLE
    except InvalidInvoice as refusal:
        for one in refusal.each():
            print(f"bono : {one.rule} {one.path} : {one.detail}", file=sys.stderr)
        return INVALID
    except LawRefused as refused:
        print(f"bono : {refused}", file=sys.stderr)
        return INVALID
    finally:
        engine.dispose()
    return 0


def _add(engine: "Engine", asked: argparse.Namespace, now: datetime) -> None:
    from app.services.rules.law import add

    table = add(engine, asked.file.read_bytes(), f"operator:{asked.person}", now)
    print(f"La table {table.name} attend deux personnes. Son empreinte : {table.hash}")


def _list(engine: "Engine", _asked: argparse.Namespace, _now: datetime) -> None:
    from app.services.rules.law import standing

    shipped, added = standing(engine)
    for table in shipped:
        print(f"{table.name}  dès le {table.in_force_from}  livrée  {_AT_DGI[table.state]}")
        print(f"    {table.source.law}, {table.source.article}, {table.source.date}")
    for one in added:
        table = one.table
        print(f"{table.name}  dès le {table.in_force_from}  {_approval(one)}", end="  ")
        print(f"{_AT_DGI[table.state]}\n    empreinte {table.hash}")
        print(f"    {table.source.law}, {table.source.article}, {table.source.date}")


def _approval(one: "Added") -> str:
    names = " et ".join(by.partition(":")[2] for by in one.approved_by)
    if one.approved:
        return f"approuvée par {names}"
    return f"approuvée par {names} seul, il en faut deux" if names else "attend deux personnes"


def _rehearse(engine: "Engine", asked: argparse.Namespace, _now: datetime) -> None:
    from app.services.rules.law import added
    from app.services.rules.rehearsing import rehearse

    rehearsal = rehearse(engine, added(engine, asked.name).table)
    for change in rehearsal.changes:
        print(_sentence(change))
    changed = len(rehearsal.changes)
    print(f"{rehearsal.sales} ventes calculées à nouveau avec {asked.name} : {changed} changent.")


def _sentence(change: "Change") -> str:
    if change.refused:
        return f"{change.fiscal_number} : impossible. {change.refused}"
    total, vat = " → ".join(change.total), " → ".join(change.vat)
    return f"{change.fiscal_number} : total {total}, TVA {vat}"


def _approve(engine: "Engine", asked: argparse.Namespace, now: datetime) -> None:
    from app.services.rules.law import approve

    added = approve(engine, asked.name, f"operator:{asked.person}", now)
    print(f"{added.table.name} : {_approval(added)}.")
    if added.approved:
        print(
            f"Elle est en vigueur dès le {added.table.in_force_from} à minuit, caisses comprises."
        )


def _withdraw(engine: "Engine", asked: argparse.Namespace, now: datetime) -> None:
    from app.services.rules.law import withdraw

    withdraw(engine, asked.name, f"operator:{asked.person}", now)
    print(f"La table {asked.name} est retirée.")


_ACTS: Final[dict[str, Callable[["Engine", argparse.Namespace, datetime], None]]] = {
    "add": _add,
    "list": _list,
    "rehearse": _rehearse,
    "approve": _approve,
    "withdraw": _withdraw,
}
