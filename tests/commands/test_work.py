"""`bono work`: the sync agent as a process of its own, which serves nothing."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.control.simulator import SimulatorWarning, create_app, serving
from app.signing.software import InsecureSignerWarning, open_software_signer
from app.store.dgi import deliveries
from app.store.engine import reading
from tests.given import simulated_dgi
from tests.given.shop_in_process import InProcessShop, Module, opened_shop
from tests.harness.processes import Commands
from tests.harness.waiting import wait_until

READY = "partent à la DGI"


@pytest.fixture
def module() -> Iterator[Module]:
    with pytest.warns(SimulatorWarning):
        app = create_app()
    with serving(app) as address:
        yield simulated_dgi.new_module(address)


@pytest.fixture
def shop(database_url: str, module: Module, tmp_path: Path) -> Iterator[InProcessShop]:
    """A shop whose sales nobody of this process brings anywhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureSignerWarning)
        signer = open_software_signer(
            "centre", "demo-1", tmp_path / "var" / "keys" / "demo-1.pem", make=True
        )
    shop = opened_shop(database_url, module=module, signer=signer)
    yield shop
    shop.end()


def unfinished(shop: InProcessShop) -> int:
    with reading(shop.engine) as session:
        return deliveries.unfinished(session)


def all_done(shop: InProcessShop) -> None:
    wait_until(lambda: unfinished(shop) == 0, seconds=60, otherwise=lambda: str(unfinished(shop)))


def test_what_another_process_sold_is_brought_to_the_authority(
    shop: InProcessShop, database_url: str, run_bono: Commands
) -> None:
    early = shop.sell().sale.sale_id
    env = {"BONO_DATABASE_URL": database_url}
    working = [run_bono("work", env=env, ready=READY)]
    run_bono.fresh = True  # the other one as a shop starts it
    working.append(run_bono("work", env=env, ready=READY))
    all_done(shop)
    late = shop.sell().sale.sale_id
    all_done(shop)
    assert [shop.state(one).frozen_status for one in (early, late)] == ["normalised"] * 2
    assert [process.stop() for process in working] == [0, 0]
