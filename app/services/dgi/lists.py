"""What the authority says of itself each day: kept as evidence, and compared with what we assume.

An answer that cannot be read proves nothing: it is kept, no case opens and none closes, and what
was stopped before stays so until the next answer.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from app.control.module import Listed, Lists
from app.fiscal.dgi_rates import RateDifference, rate_differences, rates_in
from app.fiscal.ledger import utc_text
from app.fiscal.tables import GROUP_LABELS, TaxTable, table_in_force
from app.fiscal.zones import local_time
from app.services.cases.following import Topic, Trouble, follow
from app.services.dgi import token_and_clock
from app.services.dgi.token_and_clock import WatchedModule
from app.services.rules.policy import policy_of
from app.store.cases.cases import open_cases
from app.store.dgi import lists as rows
from app.store.engine import Engine, Session, reading, writing
from app.store.outlets import outlet_facts
from app.store.rules.law import tables_of_law

STATUS: Final = "status"
GROUPS: Final = "taxGroups"
NAMES: Final = (
    STATUS,
    GROUPS,
    "invoiceTypes",
    "paymentTypes",
    "clientTypes",
    "referenceTypes",
    "itemTypes",
    "currencyRates",
)
"""The authority's lists, in the order in which they are asked for."""

TABLE: Final = "device.table"
_OK: Final = 200


def snapshot(engine: Engine, module: Lists, outlet_id: str, now: datetime) -> None:
    """What the authority's lists say now is kept, and every difference is a case.

    A module that does not answer at all is asked one question only.
    """
    with reading(engine) as session:
        place = _place(session, outlet_id, now)
    if place is None:
        return
    heard: dict[str, Listed] = {}
    for name in NAMES:
        heard[name] = module.info(name)
        if heard[name].status is None and len(heard) == 1:
            break
    with writing(engine) as session:
        token_and_clock.keep_token_end(session, place, heard[STATUS])
        for name, listed in heard.items():
            _keep(session, place, name, listed)
        _compare_rates(session, place, heard.get(GROUPS))
        token_and_clock.read_status(session, place, heard[STATUS])


def has_today(session: Session, outlet_id: str, now: datetime) -> bool:
    """Whether the authority told its rates on this day of the outlet, in words we can read."""
    place = _place(session, outlet_id, now)
    if place is None:
        return False
    kept = rows.lists_on(session, (outlet_id, _day(place)), GROUPS)
    return any(row.status == _OK and _read_again(row.body) is not None for row in kept)


def _read_again(body: bytes) -> Mapping[str, Decimal | None] | None:
    """The rates in a kept answer."""
    try:
        return rates_in(json.loads(body, parse_float=Decimal, parse_int=Decimal))
    except (ValueError, RecursionError):
        return None


def _place(session: Session, outlet_id: str, now: datetime) -> WatchedModule | None:
    """The outlet and its control module; None when it has none."""
    outlet = outlet_facts(session, outlet_id)
    if outlet is None or outlet.control_module is None:
        return None
    return WatchedModule(outlet_id, outlet.control_module, outlet.merchant_nif, outlet.zone, now)


def _day(place: WatchedModule) -> str:
    return local_time(place.now, place.zone).date().isoformat()


def _keep(session: Session, place: WatchedModule, name: str, listed: Listed) -> None:
    rows.keep_list(
        session,
        (place.outlet_id, _day(place)),
        name,
        nim=place.nim,
        at=utc_text(place.now),
        status=listed.status,
        body=listed.body,
    )


def _compare_rates(session: Session, place: WatchedModule, listed: Listed | None) -> None:
    rates = rates_in(listed.document) if listed else None
    if rates is None:
        return
    table = table_in_force(place.now, place.zone, tables_of_law(session))
    differences = rate_differences(rates, table)
    stops = bool(policy_of(session, place.outlet_id).table_difference_stops)
    for group in sorted({*GROUP_LABELS, *differences, *_open_groups(session, place.outlet_id)}):
        difference = differences.get(group)
        _follow_group(session, place, group, table, difference)
        if difference is not None and stops:
            reason = _sentence(difference, table)
            at = utc_text(place.now)
            rows.stop_group(session, place.outlet_id, group, reason=reason, since=at)
        else:
            rows.lift_group(session, place.outlet_id, group)


def _open_groups(session: Session, outlet_id: str) -> list[str]:
    return [case.about for case in open_cases(session, outlet_id) if case.kind == "table"]


def _follow_group(
    session: Session,
    place: WatchedModule,
    group: str,
    table: TaxTable,
    difference: RateDifference | None,
) -> None:
    topic = Topic(place.outlet_id, "table", group, TABLE)
    trouble = None
    if difference is not None:
        trouble = Trouble(_sentence(difference, table), "operator", _facts(difference, table))
    over = f"La DGI et nous disons de nouveau le même taux pour le groupe {group}."
    follow(session, topic, trouble, over, utc_text(place.now))


def _sentence(difference: RateDifference, table: TaxTable) -> str:
    return (
        f"Groupe {difference.group} : {difference.ours} dans notre table {table.name}, "
        f"{difference.theirs} à la DGI."
    )


def _facts(difference: RateDifference, table: TaxTable) -> Mapping[str, Any]:
    return {
        "group": difference.group,
        "ours": difference.ours,
        "theirs": difference.theirs,
        "table": table.name,
    }
