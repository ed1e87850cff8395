"""`/gestion/regles` and `/exploitation/regles`: what we assume of the authority, to be changed.

A manager changes what a shop can judge; the rest stands under « Avancé », for operators.

What was typed stays in its field when it cannot be; then nothing is changed at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Router, get, post
from litestar.response import Redirect, Template

from app.routes.base.request import Asked
from app.routes.base.transactions import beside
from app.routes.manage.clock import Clock
from app.routes.manage.operators import HOME, operator_context
from app.routes.manage.pages import REFUSALS, Visitor, form_of, go, operator_of, page
from app.routes.manage.place import MANAGER, place_of
from app.services.people.names import name_of, people_of
from app.services.rules import changing
from app.services.rules.changing import RulesRefused
from app.services.rules.policy import RULES, Rule, policy_of
from app.store.engine import Engine, reading
from app.store.rules.settings import changed_settings
from app.store.tables.rules import Setting
from app.store.tenancy import EVERYWHERE

MANAGER_RULES: Final = f"{MANAGER}/regles"
OPERATOR_RULES: Final = f"{HOME}/regles"

PLAIN: Final = tuple(rule for rule in RULES if rule.plain)

TYPED: Final = "regle_"
SEEN: Final = "avant_"
"""The value that the person saw: a field that was not touched changes nothing."""
YES_OR_NO: Final = "oui ou non"


class Standing:
    """The rules in force in a scope, and who changed them."""

    def __init__(self, engine: Engine, scope: str) -> None:
        with reading(engine) as session:
            self.policy = policy_of(session, scope)
            self.changed = changed_settings(session, scope)
            self.people = {} if scope == EVERYWHERE else people_of(session, scope)
        self.scope = scope


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The page of the rules of one scope, as one visitor sees it."""

    visitor: Visitor
    scope: str
    path: str
    context: Mapping[str, Any]
    """What every page of that visitor says."""
    rules: tuple[Rule, ...] = RULES
    """Those that the visitor may change."""


async def _rules_page(request: Asked) -> RulesPage:
    """The manager's outlet and its rules; for an operator those of every outlet without its own."""
    if request.url.path.startswith(MANAGER):
        place = await place_of(request)
        context = place.context(request, "regles")
        return RulesPage(place.visitor, place.outlet_id, MANAGER_RULES, context, PLAIN)
    operator = await operator_of(request)
    context = {"frame": "operate/_frame.html", **operator_context(request, operator, "regles")}
    return RulesPage(operator, EVERYWHERE, OPERATOR_RULES, context)


@get([MANAGER_RULES, OPERATOR_RULES], include_in_schema=False)
async def show_rules(request: Asked) -> Template:
    """The rules in force, with their defaults."""
    return await _show(request, await _rules_page(request), {}, {})


@post([MANAGER_RULES, OPERATOR_RULES], include_in_schema=False)
async def change_rules(request: Asked) -> Template | Redirect:
    """The rules that were typed are in force, and the ledger says by whom."""
    where = await _rules_page(request)
    fields = await form_of(request, where.visitor)
    asked = _asked(fields, where.rules)
    problems = await _change(request, where, asked)
    if problems:
        return await _show(request, where, fields, problems)
    return go(f"{where.path}?fait={'regles' if asked else 'pareil'}")


async def _show(
    request: Asked, where: RulesPage, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Template:
    standing = await beside(request, lambda parts: Standing(parts.engine, where.scope))
    rows = _rows(where, standing, typed, problems)
    context = {**where.context, "path": where.path, **rows}
    return page("manage/rules", context, 422 if problems else 200)


async def _change(request: Asked, where: RulesPage, asked: Mapping[str, str]) -> Mapping[str, str]:
    """What was typed is in force; else the sentences that say why not, by rule."""
    if not asked:
        return {}
    scope, by = where.scope, where.visitor.by
    try:
        await beside(request, lambda parts: changing.change_rules(parts.sealing, scope, asked, by))
    except RulesRefused as error:
        return error.problems
    return {}


def _asked(fields: Mapping[str, str], rules: tuple[Rule, ...]) -> dict[str, str]:
    """What the person changed, by rule."""
    typed = {rule.name: fields.get(TYPED + rule.name) for rule in rules}
    return {
        name: value
        for name, value in typed.items()
        if value is not None and value.strip() != fields.get(SEEN + name)
    }


def _rows(
    where: RulesPage, standing: Standing, typed: Mapping[str, str], problems: Mapping[str, str]
) -> dict[str, Any]:
    clock = where.context["clock"]
    rows = [(rule, _row(rule, standing, clock, typed, problems)) for rule in where.rules]
    advanced = [row for rule, row in rows if not rule.plain]
    return {
        "rules": [row for rule, row in rows if rule.plain],
        "advanced": advanced,
        "unfold": any(row["problem"] for row in advanced),
        "problems": len(problems),
        "typed_field": TYPED,
        "seen_field": SEEN,
    }


def _row(
    rule: Rule,
    standing: Standing,
    clock: Clock,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
) -> dict[str, Any]:
    """A rule as its line of the form."""
    value, default = str(getattr(standing.policy, rule.name)), str(rule.default)
    return {
        "name": rule.name,
        "words": rule.words,
        "why": rule.why,
        "unit": "" if rule.unit == YES_OR_NO else rule.unit,
        "kind": _kind(rule),
        "value": typed.get(TYPED + rule.name, value),
        "seen": typed.get(SEEN + rule.name, value),
        "default": _shown(rule, default),
        "is_default": value == default,
        "by": _by(standing.changed.get(rule.name), standing, clock),
        "problem": problems.get(rule.name, ""),
        "low": rule.low,
        "high": rule.high,
    }


def _kind(rule: Rule) -> str:
    if rule.unit == YES_OR_NO:
        return "choice"
    return "text" if rule.is_text else "number"


def _shown(rule: Rule, value: str) -> str:
    """The default as a person reads it."""
    if rule.unit == YES_OR_NO:
        return "oui" if value == "1" else "non"
    return f"{value} {rule.unit}" if value else "aucune"


def _by(row: Setting | None, standing: Standing, clock: Clock) -> str:
    """Who changed it and when, empty while nobody did."""
    if row is None:
        return ""
    everywhere = row.scope == EVERYWHERE and standing.scope != EVERYWHERE
    where = ", pour tous les points de vente" if everywhere else ""
    return f"{name_of(standing.people, row.changed_by)} {clock.when(row.changed_at)}{where}"


ROUTES: Final = (
    Router(path="/", route_handlers=[show_rules, change_rules], exception_handlers=REFUSALS),
)
"""The routes of this module, for the server."""
