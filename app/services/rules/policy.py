"""The rules of the sync: settings with a default, each shown on screen in plain words.

Nobody outside the authority knows its grace period, its limits or its undocumented codes, so each
assumption is a rule here, with its default and why. Whole numbers only; a yes or no is 1 or 0.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Final

from app.channels.mail import is_address
from app.fiscal.errors import InvalidInvoice
from app.store.engine import Session
from app.store.rules.settings import changed_settings, put_setting
from app.store.tables.rules import Setting

LEGAL_HOURS: Final = 48
"""Arrêté 033, art. 7 g: no invoice stays longer with us; no rule may allow or hide it."""


def _shown(words: str, why: str, unit: str, low: int = 0, high: int = 0) -> dict[str, Any]:
    """What a person reads of a rule, and between what it may stand; operators alone change it."""
    return {"words": words, "why": why, "unit": unit, "low": low, "high": high, "plain": False}


def _plain(words: str, why: str, unit: str, low: int = 0, high: int = 0) -> dict[str, Any]:
    """The same of a rule that the manager of a shop understands, and may change."""
    return _shown(words, why, unit, low, high) | {"plain": True}


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force for one outlet, in the order of the screen."""

    grace_hours: int = field(default=48, metadata=_shown(
        "Délai pour transmettre une facture à la DGI",
        "Arrêté 033, art. 7 g : 48 heures, jamais plus. Alarmes à 50, 80 et 100 %.",
        "heures", 1, LEGAL_HOURS,
    ))  # fmt: skip
    retry_base_seconds: int = field(default=2, metadata=_shown(
        "Premier nouvel essai au plus tard après",
        "Le délai double à chaque essai, tiré au hasard entre zéro et sa borne : après une panne, "
        "les points de vente ne reviennent pas tous ensemble.",
        "secondes", 1, 600,
    ))  # fmt: skip
    retry_max_seconds: int = field(default=600, metadata=_shown(
        "Délai le plus long entre deux essais",
        "Au-delà, attendre plus n’aide plus personne.",
        "secondes", 1, 86_400,
    ))  # fmt: skip
    max_attempts: int = field(default=12, metadata=_shown(
        "Essais avant d’appeler quelqu’un",
        "Ensuite la facture est « en échec » : une personne est prévenue, et les essais continuent "
        "lentement, car le devoir de transmettre demeure.",
        "essais", 1, 1000,
    ))  # fmt: skip
    slow_retry_seconds: int = field(default=3600, metadata=_shown(
        "Délai entre deux essais d’une facture en échec",
        "Lent, mais jamais arrêté.",
        "secondes", 10, 86_400,
    ))  # fmt: skip
    rate_per_minute: int = field(default=600, metadata=_shown(
        "Factures envoyées par minute, au plus, par module de contrôle",
        "La DGI ne publie aucune limite. 0 : pas de limite.",
        "par minute", 0, 100_000,
    ))  # fmt: skip
    breaker_failures: int = field(default=5, metadata=_shown(
        "Silences de suite avant une pause",
        "Une plateforme muette n’est pas martelée.",
        "appels", 1, 1000,
    ))  # fmt: skip
    breaker_seconds: int = field(default=30, metadata=_shown(
        "Première pause après ces silences",
        "La pause double tant que le silence dure, jusqu’à dix minutes.",
        "secondes", 1, 600,
    ))  # fmt: skip
    refused_holds: int = field(default=0, metadata=_shown(
        "Une facture refusée retient les suivantes de son point de vente",
        "Non : les autres factures n’y sont pour rien. Oui : l’ordre avant tout.",
        "oui ou non", 0, 1,
    ))  # fmt: skip
    table_difference_stops: int = field(default=1, metadata=_shown(
        "Un taux de la DGI différent du nôtre arrête les ventes du groupe",
        "Oui : une facture au mauvais taux serait refusée ou fausse.",
        "oui ou non", 0, 1,
    ))  # fmt: skip
    nif_of_the_dgi: int = field(default=1, metadata=_plain(
        "Le NIF d’un client a la forme de la DGI : une lettre, sept chiffres, une lettre",
        "Oui : « abc » n’est le NIF de personne. Non : 5 à 16 lettres et chiffres suffisent, comme "
        "pour un client étranger.",
        "oui ou non", 0, 1,
    ))  # fmt: skip
    amber_minutes: int = field(default=60, metadata=_plain(
        "Avertir quand une facture attend la DGI depuis plus de",
        "L’état passe alors au jaune : rien n’est perdu, et il est temps de regarder.",
        "minutes", 1, LEGAL_HOURS * 60,
    ))  # fmt: skip
    red_hours: int = field(default=24, metadata=_shown(
        "Rouge quand la plus ancienne attend plus de",
        "",
        "heures", 1, LEGAL_HOURS,
    ))  # fmt: skip
    amber_count: int = field(default=50, metadata=_shown(
        "Jaune quand plus de tant de factures attendent",
        "",
        "factures", 1, 10**6,
    ))  # fmt: skip
    token_warn_days: int = field(default=30, metadata=_plain(
        "Rappeler de renouveler l’accès à la DGI (le jeton) tant de jours avant sa fin",
        "Puis à 7 jours et à 1 jour. Sans jeton valable, plus aucune facture n’est normalisée.",
        "jours", 8, 365,
    ))  # fmt: skip
    probe_seconds: int = field(default=30, metadata=_shown(
        "Relevé des pannes toutes les",
        "",
        "secondes", 5, 3600,
    ))  # fmt: skip
    message_max_attempts: int = field(default=12, metadata=_shown(
        "Essais d’un message (e-mail, WhatsApp, webhook)",
        "Ensuite il est « en échec », visible, et peut être rejoué.",
        "essais", 1, 100,
    ))  # fmt: skip
    quantity_question: int = field(default=999, metadata=_shown(
        "Demander « est-ce juste ? » au-dessus de cette quantité",
        "Une quantité aussi grande est plus souvent une faute de frappe qu’une vente. "
        "La caisse demande avant le paiement, elle ne refuse pas.",
        "par ligne", 1, 10**6,
    ))  # fmt: skip
    alert_emails: str = field(default="", metadata=_plain(
        "À qui écrire quand quelque chose ne va pas",
        "Des adresses e-mail, séparées par des espaces.",
        "adresses",
    ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """What a person reads of a rule, its default, and between what it may stand."""

    name: str
    default: int | str
    words: str
    why: str
    unit: str
    low: int
    high: int
    plain: bool
    """A manager sees it; the others are for operators."""

    @property
    def is_text(self) -> bool:
        """Its value is words, not a number."""
        return isinstance(self.default, str)


_DEFAULTS: Final = Policy()
RULES: Final = tuple(
    Rule(name=each.name, default=getattr(_DEFAULTS, each.name), **each.metadata)
    for each in fields(Policy)
)
"""In the order of the screen."""

_BY_NAME: Final = {rule.name: rule for rule in RULES}
_MOST_TEXT: Final = 500


def policy_of(session: Session, outlet_id: str) -> Policy:
    """The rules in force for that outlet."""
    changed: dict[str, Any] = {
        name: row.value if _BY_NAME[name].is_text else _within(_BY_NAME[name], int(row.value))
        for name, row in changed_settings(session, outlet_id).items()
        if name in _BY_NAME
    }
    return Policy(**changed)


def _within(rule: Rule, value: int) -> int:
    """What was allowed when it was written may since have been limited."""
    return min(max(value, rule.low), rule.high)


def change(session: Session, scope: str, name: str, value: str, *, by: str, at: str) -> None:
    """The rule has that value in that scope (an outlet, or `*`) from now on.

    Raises:
        InvalidInvoice: `format.text`, `/name` or `/value`; the sentence says the limits.
    """
    rule = _BY_NAME.get(name)
    if rule is None:
        raise InvalidInvoice("format.text", "/name", "Cette règle n’existe pas.")
    put_setting(
        session,
        Setting(scope=scope, name=name, value=_checked(rule, value), changed_at=at, changed_by=by),
    )


def _checked(rule: Rule, value: str) -> str:
    if rule.is_text:
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
