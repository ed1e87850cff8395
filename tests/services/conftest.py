"""One simulated authority per test process, and a fresh e-MCF of it per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.given import simulated_dgi
from tests.given.shop_in_process import InProcessShop, opened_shop
from tests.given.simulated_dgi import SimulatedDgi, check_agreement
from tests.given.what_was_delivered import SIGNER


@pytest.fixture(scope="session")
def _authority() -> Iterator[SimulatedDgi]:
    with simulated_dgi.authority() as authority:
        yield authority


@pytest.fixture
def dgi(_authority: SimulatedDgi) -> Iterator[SimulatedDgi]:
    """The authority, with a token that nobody used before."""
    own = SimulatedDgi(
        _authority.address,
        _authority.clock,
        _authority.web,
        simulated_dgi.new_module(_authority.address),
    )
    yield own
    own.break_with()
    own.clock.ahead *= 0


@pytest.fixture
def shop(database_url: str, dgi: SimulatedDgi, tmp_path: Path) -> Iterator[InProcessShop]:
    """An outlet with its e-MCF; nothing is delivered yet."""
    shop = opened_shop(database_url, module=dgi.module, signer=SIGNER, locks=tmp_path / "locks")
    yield shop
    shop.end()
    check_agreement(shop.engine, dgi.invoices())
    shop.engine.dispose()
