"""What a tablet must know to sell by itself: its place, its people, taxes by day, and rates."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from app.access import KnownDevice
from app.fiscal.day_of_sale import RATE_AGE_DAYS
from app.fiscal.ledger import utc_text
from app.fiscal.money import amount_text, rate_text
from app.fiscal.tables import TaxTable
from app.folding import order_key
from app.services.rules.policy import policy_of
from app.store import outlets
from app.store.engine import Engine, reading
from app.store.people import people as people_rows
from app.store.rules.law import tables_of_law
from app.store.shop.rates import newest_rates
from app.store.tables.outlets import Outlet
from app.store.tables.people import Person
from app.store.tables.shop import CurrencyRate
from app.store.tills import terminals

_RATES: Final = 8
"""Days of rates that a tablet needs: one older than `RATE_AGE_DAYS` is none."""


def context_document(
    engine: Engine, device: KnownDevice, channels: Collection[str], now: datetime
) -> dict[str, Any]:
    """The context of a tablet. Every tax table is in it: the tablet chooses by the local day.

    `channels` are those by which this server sends receipts itself.
    """
    with reading(engine) as session:
        outlet = outlets.outlet(session, device.outlet_id)
        terminal = terminals.terminal(session, (device.outlet_id, device.terminal_id))
        people = people_rows.people_of(session, device.outlet_id)
        rates = newest_rates(session, device.outlet_id, _RATES)
        rules, tables = policy_of(session, device.outlet_id), tables_of_law(session)
    return {
        "device_id": device.device_id,
        "outlet_id": outlet.outlet_id,
        "outlet_name": outlet.name,
        "merchant_nif": outlet.merchant_nif,
        "pos_terminal_id": device.terminal_id,
        "terminal_name": terminal.name,
        "zone": outlet.zone,
        "price_mode": "TTC",
        "nif_of_the_dgi": bool(rules.nif_of_the_dgi),
        "control_module": outlet.control_module is not None,
        "tables": [_table(table) for table in tables],
        "people": [_person(person) for person in sorted(people, key=_place_in_list)],
        "rates": [_rate(rate) for rate in rates],
        "rate_age_days": RATE_AGE_DAYS,
        "offline": _offline(outlet),
        "most_quantity": rules.quantity_question,
        "channels": sorted(channels),
        "seller": {
            "name": outlet.name,
            "address": outlet.address,
            "contact": outlet.contact,
            "nif": outlet.merchant_nif,
        },
        "time": utc_text(now),
    }


def _person(row: Person) -> dict[str, str]:
    return {"cashier_id": row.cashier_id, "name": row.name, "role": row.role}


def _place_in_list(row: Person) -> tuple[str, str]:
    return order_key(row.name), row.cashier_id


def _table(table: TaxTable) -> dict[str, Any]:
    rates = {letter: str(rate) for letter, rate in table.rates.items() if rate is not None}
    return {"name": table.name, "from": table.in_force_from, "rates": rates}


def _rate(row: CurrencyRate) -> dict[str, str]:
    whole, rest = divmod(row.rate, 100)
    return {
        "currency": row.currency,
        "day": row.day,
        "rate": rate_text(row.rate) if rest else amount_text(whole),
        "source": row.source,
    }


def _offline(outlet: Outlet) -> dict[str, Any]:
    """Without the written approval nobody sells by tickets provisoires."""
    approved = outlet.offline_policy == "provisoire" and outlet.provisional_approval
    return {"policy": "provisoire" if approved else "bloquer", "hours": outlet.offline_hours}
