"""The rules of the sync: settings with a default, each shown on screen in plain words.

Nobody outside the authority knows its grace period, its limits or its undocumented codes, so each
assumption is a rule here, with its default and why. Whole numbers only; a yes or no is 1 or 0.
"""

from dataclasses import dataclass
from typing import Any, Final, get_type_hints

from app.channels.mail import is_address
from app.fiscal.errors import InvalidInvoice
from app.store.engine import Session
from app.store.rules.settings import changed_settings, put_setting
from app.store.tables.rules import Setting


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force for one outlet."""

    retry_base_seconds: int = 2
    retry_max_seconds: int = 600
    max_attempts: int = 12
    slow_retry_seconds: int = 3600
    rate_per_minute: int = 600
    breaker_failures: int = 5
    breaker_seconds: int = 30
    grace_hours: int = 48
    refused_holds: int = 0
    table_difference_stops: int = 1
    amber_minutes: int = 60
    red_hours: int = 24
    amber_count: int = 50
    token_warn_days: int = 30
    probe_seconds: int = 30
    message_max_attempts: int = 12
    alert_emails: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a person reads of a rule, and between what it may stand."""

    name: str
    words: str
    why: str
    unit: str
    low: int = 0
    high: int = 0


RULES: Final = (
    Rule(
        "grace_hours",
        "Délai pour transmettre une facture à la DGI",
        "Arrêté 033, art. 7 g : 48 heures. Alarmes à 50, 80 et 100 %.",
        "heures", 1, 720,
    ),
    Rule(
        "retry_base_seconds",
        "Premier nouvel essai au plus tard après",
        "Le délai double à chaque essai, tiré au hasard entre zéro et sa borne : après une panne, "
        "les points de vente ne reviennent pas tous ensemble.",
        "secondes", 1, 600,
    ),
    Rule(
        "retry_max_seconds",
        "Délai le plus long entre deux essais",
        "Au-delà, attendre plus n’aide plus personne.",
        "secondes", 1, 86_400,
    ),
    Rule(
        "max_attempts",
        "Essais avant d’appeler quelqu’un",
        "Ensuite la facture est « en échec » : une personne est prévenue, et les essais continuent "
        "lentement, car le devoir de transmettre demeure.",
        "essais", 1, 1000,
    ),
    Rule(
        "slow_retry_seconds",
        "Délai entre deux essais d’une facture en échec",
        "Lent, mais jamais arrêté.",
        "secondes", 10, 86_400,
    ),
    Rule(
        "rate_per_minute",
        "Factures envoyées par minute, au plus, par module de contrôle",
        "La DGI ne publie aucune limite. 0 : pas de limite.",
        "par minute", 0, 100_000,
    ),
    Rule(
        "breaker_failures",
        "Silences de suite avant une pause",
        "Une plateforme muette n’est pas martelée.",
        "appels", 1, 1000,
    ),
    Rule(
        "breaker_seconds",
        "Première pause après ces silences",
        "La pause double tant que le silence dure, jusqu’à dix minutes.",
        "secondes", 1, 600,
    ),
    Rule(
        "refused_holds",
        "Une facture refusée retient les suivantes de son point de vente",
        "Non : les autres factures n’y sont pour rien. Oui : l’ordre avant tout.",
        "oui ou non", 0, 1,
    ),
    Rule(
        "table_difference_stops",
        "Un taux de la DGI différent du nôtre arrête les ventes du groupe",
        "Oui : une facture au mauvais taux serait refusée ou fausse.",
        "oui ou non", 0, 1,
    ),
    Rule("amber_minutes", "Jaune quand la plus ancienne attend plus de", "", "minutes", 1, 10_000),
    Rule("red_hours", "Rouge quand la plus ancienne attend plus de", "", "heures", 1, 720),
    Rule("amber_count", "Jaune quand plus de tant de factures attendent", "", "factures", 1, 10**6),
    Rule(
        "token_warn_days",
        "Première alerte avant la fin du jeton de la DGI",
        "Puis à 7 jours et à 1 jour. Son renouvellement se fait à la main.",
        "jours", 8, 365,
    ),
    Rule("probe_seconds", "Relevé des pannes toutes les", "", "secondes", 5, 3600),
    Rule(
        "message_max_attempts",
        "Essais d’un message (e-mail, WhatsApp, webhook)",
        "Ensuite il est « en échec », visible, et peut être rejoué.",
        "essais", 1, 100,
    ),
    Rule("alert_emails", "Adresses e-mail des alertes", "Séparées par des espaces.", "adresses"),
)  # fmt: skip
"""In the order of the screen."""

_KINDS: Final = get_type_hints(Policy)
_MOST_TEXT: Final = 500


def policy_of(session: Session, outlet_id: str) -> Policy:
    """The rules in force for that outlet."""
    changed: dict[str, Any] = {
        name: int(row.value) if _KINDS[name] is int else row.value
        for name, row in changed_settings(session, outlet_id).items()
        if name in _KINDS
    }
    return Policy(**changed)


def change(session: Session, scope: str, name: str, value: str, *, by: str, at: str) -> None:
    """The rule has that value in that scope (an outlet, or `*`) from now on.

    Raises:
        InvalidInvoice: `format.text`, `/name` or `/value`; the sentence says the limits.
    """
    rule = next((rule for rule in RULES if rule.name == name), None)
    if rule is None:
        raise InvalidInvoice("format.text", "/name", "Cette règle n’existe pas.")
    put_setting(
        session,
        Setting(scope=scope, name=name, value=_checked(rule, value), changed_at=at, changed_by=by),
    )


def _checked(rule: Rule, value: str) -> str:
    if _KINDS[rule.name] is str:
        if len(value) > _MOST_TEXT:
            raise InvalidInvoice("format.text", "/value", "Ce texte est trop long.")
        wrong = next((word for word in value.split() if not is_address(word)), None)
        if wrong is not None:
            raise InvalidInvoice("format.text", "/value", f"« {wrong} » n’est pas une adresse.")
        return " ".join(value.split())
    text = value.strip()
    if not (text.isascii() and text.isdigit()) or not rule.low <= int(text) <= rule.high:
        raise InvalidInvoice(
            "format.text", "/value", f"Un nombre entre {rule.low} et {rule.high} ({rule.unit})."
        )
    return str(int(text))
