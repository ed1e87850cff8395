"""The lamps of the ribbon: only what is really known, in a word and a sentence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from app.store.accounts import OpenTill
from app.store.engine import Engine, reading
from app.store.lamps import OutletState, outlet_state

State = Literal["green", "amber", "red", "blue", "grey"]

AMBER_SECONDS: Final = 3600
RED_SECONDS: Final = 24 * 3600
AMBER_COUNT: Final = 50


@dataclass(frozen=True, slots=True)
class Lamp:
    """One lamp: its state, a word and a number beside it, a sentence behind it."""

    name: str
    state: State
    word: str
    more: str
    number: str = ""


def lamps_of(engine: Engine, till: OpenTill, now: datetime) -> list[Lamp]:
    """Fiscal, DGI and printer, in the order of the ribbon."""
    with reading(engine) as session:
        state = outlet_state(session, till.outlet_id)
    dgi = dgi_lamp(state, now) if till.control_module else _no_module()
    printer = Lamp("Imprimante", "grey", "Non configurée", "Le reçu s’ouvre à l’écran et en PDF.")
    return [_fiscal(state), dgi, printer]


def _fiscal(state: OutletState) -> Lamp:
    if not state.opened:
        return Lamp("Fiscal", "grey", "Inconnu", "Aucune facture n’a encore été scellée ici.")
    last = (
        f"Dernière facture : {state.last_number}."
        if state.last_number
        else "Aucune facture encore."
    )
    return Lamp("Fiscal", "green", "Prêt", last)


def _no_module() -> Lamp:
    return Lamp("DGI", "grey", "Sans module", "Ce point de vente n’a pas de module de contrôle.")


def dgi_lamp(state: OutletState, now: datetime) -> Lamp:
    """How many invoices wait for the DGI, how long, and whether somebody must look."""
    open_count = state.waiting + state.in_doubt + state.failed
    if not open_count or state.oldest is None:
        return Lamp("DGI", "green", "Prêt", "Toutes les factures sont normalisées.")
    seconds = max(0, int(now.timestamp()) - state.oldest // 1_000_000)
    oldest = f"la plus vieille depuis {_age(seconds)}"
    more = f"{_invoices(open_count)} en attente de la DGI, {oldest}. Rien n’est perdu."
    number = str(open_count)
    if seconds > RED_SECONDS:
        return Lamp("DGI", "red", f"Arrêt, {_age(seconds)}", f"{more} Appelez le gérant.", number)
    if state.in_doubt or state.failed:
        return Lamp("DGI", "amber", "À vérifier", f"{more} Le gérant doit en vérifier.", number)
    if seconds > AMBER_SECONDS or open_count > AMBER_COUNT:
        return Lamp("DGI", "amber", f"en attente, {_age(seconds)}", more, number)
    return Lamp("DGI", "blue", "Envoi", more, number)


def _invoices(count: int) -> str:
    return f"{count} facture{'s' if count > 1 else ''}"


def _age(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return "moins d’une minute"
    if seconds < AMBER_SECONDS:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
