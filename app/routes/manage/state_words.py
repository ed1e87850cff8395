"""What an outlet's figures mean, in sentences: the state, what happens now, what is safe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.routes.manage.clock import Clock, count, duration
from app.routes.manage.place import OutletPage
from app.routes.manage.words import Lamp
from app.services.people.names import name_of
from app.services.watch.figures import Figures, Recent
from app.services.watch.overview import OutletLine, OutletView
from app.store.tables.watch import Colour

SAFE: Final = "Les ventes continuent : chacune est enregistrée et scellée, rien n’est perdu."
_LAMPS: Final[Mapping[Colour, Lamp]] = {"green": "green", "yellow": "amber", "red": "red"}


@dataclass(frozen=True, slots=True)
class State:
    """An outlet in words: what a person reads in ten seconds."""

    lamp: Lamp
    word: str
    sentence: str
    figure: str
    """The oldest unsent age: the first thing read."""
    label: str


def state_of(view: OutletView, clock: Clock) -> State:
    """The outlet as its page says it."""
    word, sentence = _sentences(view, clock)
    return _state(view.figures, word, sentence)


def state_in_line(line: OutletLine) -> State:
    """The outlet as a list of many says it."""
    silent = line.module is not None and line.module.failures > 0
    return _state(line.figures, word_of(line.figures, silent=silent), line.figures.reason)


def _state(figures: Figures, word: str, sentence: str) -> State:
    waits = figures.waiting > 0
    lamp = _LAMPS[figures.colour]
    if waits and lamp == "green":
        lamp = "blue"
    if figures.module is None and lamp == "green":
        lamp = "grey"
    figure = duration(figures.oldest_seconds or 0) if waits else "0"
    label = "d’attente pour la plus ancienne facture" if waits else "facture en attente"
    return State(lamp, word, sentence, figure, label)


def word_of(figures: Figures, *, silent: bool) -> str:
    """The state in a few words; the gravest reason speaks."""
    if figures.colour == "red":
        return "En retard" if figures.waiting else "Arrêt"
    if figures.paused:
        return "Envois en pause"
    if silent and figures.waiting:
        return "La DGI ne répond pas"
    if figures.colour == "yellow":
        return "Attention"
    if figures.module is None:
        return "Rien à transmettre"
    return "Envoi en cours" if figures.waiting else "Tout est transmis"


def _sentences(view: OutletView, clock: Clock) -> tuple[str, str]:
    figures, module = view.figures, view.module
    silent = module is not None and module.failures > 0
    word = word_of(figures, silent=silent)
    if not view.mode.may_sell:
        return view.mode.title, f"{figures.reason} {view.mode.words}"
    if module is not None and figures.paused:
        who, when = name_of(view.people, module.paused_by), clock.when(module.paused_at)
        return word, f"Mis en pause par {who} {when}. {SAFE}"
    if silent and figures.waiting:
        return word, f"{figures.reason} Nous réessayons tout seuls. {SAFE}"
    if figures.colour == "green":
        all_answered = module is not None and not figures.waiting
        return word, "La DGI a répondu pour chaque facture." if all_answered else figures.reason
    return word, f"{figures.reason} {SAFE}"


def facts_of(view: OutletView, clock: Clock) -> list[tuple[str, str]]:
    """The other figures, each with its name."""
    figures = view.figures
    if figures.module is None:
        return []
    some = [
        ("En attente", count(figures.waiting, "facture", "factures"), figures.waiting),
        ("Dont en doute", str(figures.in_doubt), figures.in_doubt),
        ("Dont en échec", str(figures.failed), figures.failed),
        ("Refusées, à reprendre", str(figures.refused_open), figures.refused_open),
        ("Prochain essai", next_try(figures, clock), True),
        ("À transmettre avant", _deadline(figures, clock), figures.deadline),
        ("Hors délai", count(figures.past_grace, "facture", "factures"), figures.past_grace),
        ("Dernière réponse de la DGI", clock.at(figures.last_heard) or "aucune encore", True),
        ("Transmises en 24 h", _recent(figures.recent), True),
    ]
    return [(name, value) for name, value, shown in some if shown]


def next_try(figures: Figures, clock: Clock) -> str:
    """When something is sent again."""
    if figures.paused:
        return "à la reprise"
    if figures.next_try is None:
        return "après décision" if figures.waiting else "dès la prochaine vente"
    left = figures.next_try - clock.seconds
    return f"dans {duration(left)}" if left > 0 else "maintenant"


def _deadline(figures: Figures, clock: Clock) -> str:
    """Until when the oldest must be with the authority (Arrêté 033, art. 7 g)."""
    if figures.deadline is None:
        return ""
    left = figures.deadline - clock.seconds
    when = clock.at(figures.deadline)
    return f"{when} (encore {duration(left)})" if left > 0 else f"{when} : le délai est passé"


def _recent(recent: Recent) -> str:
    if recent.mean_seconds is None:
        return str(recent.normalised)
    mean = duration(recent.mean_seconds) if recent.mean_seconds else "moins d’une seconde"
    return f"{recent.normalised}, en {mean} en moyenne"


def error_of(figures: Figures) -> str:
    """What went wrong last, while something waits for it."""
    return figures.last_error or "" if figures.waiting else ""


def state_context(view: OutletView, place: OutletPage) -> dict[str, Any]:
    """The state of the outlet, as the templates read it."""
    return {
        "state": state_of(view, place.clock),
        "facts": facts_of(view, place.clock),
        "error": error_of(view.figures),
    }
