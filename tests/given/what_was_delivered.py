"""What the tests of deliveries do and look at."""

from typing import Final

from app.services.dgi.agent import Agent
from app.store.dgi import deliveries
from app.store.dgi.deliveries import Exchange
from app.store.engine import open_engine, reading
from app.store.tables.dgi import ControlModuleRow, Delivery
from tests.given import shop_in_process
from tests.given.shop_in_process import InProcessShop, Module, started_shop
from tests.harness.waiting import wait_until

SIGNER: Final = shop_in_process.insecure_signer()


def sold(shop: InProcessShop, sales: int = 1) -> list[str]:
    """The ids of so many sales, sealed one after another."""
    return [shop.sell().sale.sale_id for _ in range(sales)]


def delivery(shop: InProcessShop, sale_id: str) -> Delivery:
    found = shop.state(sale_id).delivery
    assert found is not None
    return found


def wait_for(shop: InProcessShop, sale_id: str, **members: str) -> None:
    """Returns once the delivery of the sale says so."""

    def holds() -> bool:
        row = delivery(shop, sale_id)
        return all(getattr(row, name) == value for name, value in members.items())

    wait_until(holds, seconds=30, otherwise=lambda: repr(delivery(shop, sale_id)))


def restarted(shop: InProcessShop) -> InProcessShop:
    """The same place after a clean end: a new process over the same store."""
    shop.end()
    again = started_shop(
        open_engine(shop.engine.url.render_as_string(hide_password=False)),
        signer=SIGNER,
        locks=shop.locks,
    )
    shop.engine, shop.sealing = again.engine, again.sealing
    return shop


def calls(shop: InProcessShop, sale_id: str) -> list[Exchange]:
    with reading(shop.engine) as session:
        return deliveries.exchanges(session, "KIN01", sale_id)


def steps(shop: InProcessShop, sale_id: str) -> list[str]:
    return [exchange.call.step for exchange in calls(shop, sale_id)]


def changes(shop: InProcessShop, sale_id: str) -> list[str]:
    """The states that the delivery of the sale has been in."""
    with reading(shop.engine) as session:
        return [change.state for change in deliveries.changes(session, "KIN01", sale_id)]


def settled_queue(shop: InProcessShop, agent: Agent, module: Module, sale_id: str) -> None:
    """The agent has gone past a later sale and looked at its queue again."""
    agent.wake(module.nim)
    wait_for(shop, sale_id, state="done")


def module_row(shop: InProcessShop, module: Module) -> ControlModuleRow:
    with reading(shop.engine) as session:
        return session.get_one(ControlModuleRow, module.nim)
