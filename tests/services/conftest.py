"""One simulated authority per test process, and a fresh e-MCF of it per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import authorities
from tests.services.authorities import Authority, check_agreement
from tests.services.deliveries import SIGNER
from tests.services.shops import Shop, opened_shop


@pytest.fixture(scope="session")
def _authority() -> Iterator[Authority]:
    with authorities.authority() as authority:
        yield authority


@pytest.fixture
def dgi(_authority: Authority) -> Iterator[Authority]:
    """The authority, with a token that nobody used before."""
    own = Authority(
        _authority.address,
        _authority.clock,
        _authority.web,
        authorities.new_module(_authority.address),
    )
    yield own
    own.break_with()
    own.clock.ahead *= 0


@pytest.fixture
def shop(database_url: str, dgi: Authority, tmp_path: Path) -> Iterator[Shop]:
    """An outlet with its e-MCF; nothing is delivered yet."""
    shop = opened_shop(database_url, module=dgi.module, signer=SIGNER, locks=tmp_path / "locks")
    yield shop
    shop.end()
    check_agreement(shop.engine, dgi.invoices())
    shop.engine.dispose()
