"""Sales in doubt for the tests of people: made with a real e-MCF, without a thread."""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlmodel import col, select

from app.fiscal.ledger import parse_entry, sealed_statement
from app.fiscal.portal import Found
from app.services.dgi.module_work import ModuleWork
from app.store.dgi import leases, modules
from app.store.engine import reading, writing
from app.store.people import people as people_rows
from app.store.tables.cases import Case
from app.store.tables.messages import Announcement
from app.store.tables.people import Person, Role
from tests.given.shop_in_process import InProcessShop
from tests.given.simulated_dgi import SimulatedDgi
from tests.given.what_was_delivered import sold

LATER: Final = timedelta(minutes=4)
"""When nothing about the sale is on its way any more."""


def hire(shop: InProcessShop) -> None:
    """Two managers and a cashier work in the outlet."""
    people: tuple[tuple[str, Role], ...] = (("M1", "manager"), ("M2", "manager"), ("C1", "cashier"))
    with writing(shop.engine) as session:
        people_rows.put_people(
            session,
            *(
                Person(outlet_id="KIN01", cashier_id=who, name=who, role=role, pin_hash="-")
                for who, role in people
            ),
        )


def work_off(shop: InProcessShop, dgi: SimulatedDgi) -> None:
    """Everything that is due at that e-MCF is delivered, here and now."""
    nim = dgi.module.nim
    with writing(shop.engine) as session:
        modules.try_now(session, nim)
        lease = leases.claim(session, nim, "test", int(time.time()), 120, dead=lambda _: True)
    assert lease is not None
    work = ModuleWork(
        shop.engine,
        shop.sealing,
        nim,
        shop.emcf(dgi.module),
        lease,
        clock=time.time,
        chance=random.Random(1),  # noqa: S311 - a seed, so that the test repeats itself
        on_change=lambda *_: None,
    )
    while work.step() == 0:
        pass
    work.release()


def doubted(shop: InProcessShop, dgi: SimulatedDgi, *, recorded: bool) -> str:
    """A sale in doubt: recorded by the authority, its answer lost; or never heard by it."""
    hire(shop)
    lost: dict[str, Any] = {"on": "confirm", "fault": "drop_after_commit", "times": 1}
    unheard = (
        {"on": "confirm", "fault": "drop_before_commit"},
        {"on": "status", "fault": "html_502"},
    )
    dgi.break_with(*((lost,) if recorded else unheard))
    (sale_id,) = sold(shop)
    work_off(shop, dgi)
    dgi.break_with()
    return sale_id


def on_the_portal(shop: InProcessShop, dgi: SimulatedDgi, sale_id: str) -> Found:
    """What the taxpayer's portal shows of that sale."""
    reference = sealed_statement(parse_entry(shop.state(sale_id).sale.entry))["reference"]
    (invoice,) = [i for i in dgi.invoices() if i["rn"] == reference]
    code = invoice["code"]
    return Found(
        code_def_dgi="-".join(code[n : n + 4] for n in range(0, 24, 4)),
        counters=invoice["counters"],
        date_time=datetime.fromisoformat(invoice["date"]).strftime("%d/%m/%Y %H:%M:%S"),
        nim=invoice["nim"],
    )


def now() -> datetime:
    return datetime.now(UTC)


def cases(shop: InProcessShop, outlet_id: str = "KIN01") -> list[Case]:
    """Every case of the outlet, open or closed, in order."""
    with reading(shop.engine) as session:
        query = select(Case).where(Case.outlet_id == outlet_id).order_by(col(Case.number))
        found = list(session.exec(query))
        session.expunge_all()
    return found


def open_kinds(shop: InProcessShop) -> list[str]:
    return [case.kind for case in cases(shop) if case.closed_at is None]


def open_abouts(shop: InProcessShop) -> list[str]:
    """What each open case is about."""
    return [case.about for case in cases(shop) if case.closed_at is None]


def announced(shop: InProcessShop, event: str) -> list[str]:
    """The data of each announcement of that event, in order."""
    with reading(shop.engine) as session:
        query = select(Announcement.data).where(Announcement.event == event)
        return list(session.exec(query.order_by(col(Announcement.number))))
