"""Tables of the law that come between two releases: added ahead, rehearsed, approved by two people.

A table begins at a midnight that nobody has seen yet, in any zone of the country: no sale that was
made is ever of another table than it says.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from app.fiscal.canonical import canonical
from app.fiscal.ledger import utc_text
from app.fiscal.tables import TABLES, TaxTable, read_table
from app.fiscal.zones import TIMEZONES, local_time
from app.folding import folded
from app.services.ledger.facts import append_event_in
from app.services.ledger.party import Calls, SealingParty
from app.store.engine import Engine, Session, reading, writing
from app.store.ledger.entries import outlets_without
from app.store.rules import law
from app.store.rules.law import Added, Verdict

EVENTS: Final = {
    "approve": ("law.approved", "Deux personnes ont approuvé une table fiscale à venir."),
    "withdraw": ("law.withdrawn", "Une table fiscale approuvée a été retirée avant son jour."),
}


class LawRefused(Exception):
    """Nothing was done about the table; the text says the rule and why."""


def add(engine: Engine, text: bytes, by: str, now: datetime) -> TaxTable:
    """The table in that file waits for two people.

    Raises:
        LawRefused: it is no JSON, its name or its day is taken, or its day is not to come.
        InvalidInvoice: it is no table, by the member at fault.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise LawRefused("format.type : ce fichier n'est pas du JSON.") from error
    table = read_table(document)
    _check_ahead(table, now)
    with writing(engine) as session:
        known = (*TABLES, *(one.table for one in law.added_tables(session).values()))
        if table.name in {one.name for one in known}:
            raise LawRefused(f"law.name : la table {table.name} existe déjà.")
        if table.in_force_from in {one.in_force_from for one in known}:
            raise LawRefused(f"law.day : une autre table commence le {table.in_force_from}.")
        file = canonical(document)
        law.add_act(session, table, "add", by=by, at=utc_text(now), file=file)
    return table


def approve(engine: Engine, name: str, by: str, now: datetime) -> Added:
    """That person approved the table; with a second one it comes into force on its day.

    Raises:
        LawRefused: it does not wait for this person, or its day is not to come any more.
    """
    with writing(engine) as session:
        one = _standing(session, name)
        _check_ahead(one.table, now)
        if folded(by) in map(folded, one.approved_by):
            raise LawRefused("law.person : il faut l'approbation d'une autre personne.")
        if one.approved:
            raise LawRefused(f"law.approved : la table {name} est déjà approuvée.")
        law.add_act(session, one.table, "approve", by=by, at=utc_text(now))
        one.approved_by.append(by)
    return one


def withdraw(engine: Engine, name: str, by: str, now: datetime) -> None:
    """The table does not come into force; another of the same name may be added.

    Raises:
        LawRefused: there is none, or its day has begun.
    """
    with writing(engine) as session:
        one = _standing(session, name)
        if one.approved:
            _check_ahead(one.table, now)
        law.add_act(session, one.table, "withdraw", by=by, at=utc_text(now))


def standing(engine: Engine) -> tuple[Sequence[TaxTable], Sequence[Added]]:
    """This program's tables, and those that operators added."""
    with reading(engine) as session:
        return TABLES, list(law.added_tables(session).values())


def added(engine: Engine, name: str) -> Added:
    """The table of that name, which an operator added; raises `LawRefused` when there is none."""
    with reading(engine) as session:
        return _standing(session, name)


def record(engine: Engine, sealing: Calls) -> None:
    """Every outlet's ledger says each table that was approved or withdrawn, by its hash.

    An outlet that is new says it too. Raises `SealRefused` when the sealing party does not answer.
    """
    with reading(engine) as session:
        if not any(outlets_without(session, _about(verdict)) for verdict in law.verdicts(session)):
            return

    def work(session: Session, party: SealingParty, at: str) -> None:
        for verdict in law.verdicts(session):
            name, text = EVENTS[verdict.act.act]
            about = _about(verdict)
            silent = outlets_without(session, about)
            append_event_in(session, map(party.key, silent), name, text, _data(verdict), at, about)

    sealing.write(work).result()


def _about(verdict: Verdict) -> str:
    return f"law-{verdict.act.number}"


def _data(verdict: Verdict) -> dict[str, Any]:
    act = verdict.act
    return {"table": act.name, "hash": act.hash, "by": ", ".join(verdict.people), "at": act.at}


def _standing(session: Session, name: str) -> Added:
    one = law.added_tables(session).get(name)
    if one is None:
        raise LawRefused(f"law.name : aucune table ajoutée ne s'appelle {name[:32]}.")
    return one


def _check_ahead(table: TaxTable, now: datetime) -> None:
    latest = max(local_time(now, zone).date().isoformat() for zone in TIMEZONES)
    if table.in_force_from <= latest:
        raise LawRefused(
            f"law.day : la table {table.name} commence le {table.in_force_from} ; il faut un jour "
            "à venir, car aucune vente déjà faite ne change de table."
        )
