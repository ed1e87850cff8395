"""A shop for the tests that leave it sound, and shops of their own for those that do not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.given.shop_as_process import RunningShop, open_shop
from tests.given.signing_tablet import SigningTablet


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """The shop of this worker: tests sell in it and leave nothing in flight."""
    with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="session")
def tablet(shop: RunningShop) -> SigningTablet:
    """A till of the shop of this worker."""
    tablet = SigningTablet()
    assert tablet.enrol(shop.http).status_code == 201
    return tablet


@pytest.fixture
def own_shop(tmp_path: Path) -> Iterator[RunningShop]:
    """A shop of the test's own, to be left in doubt, stopped or broken."""
    with open_shop(tmp_path) as shop:
        yield shop


@pytest.fixture
def untouched(shop: RunningShop) -> Iterator[RunningShop]:
    """A shop whose store the test leaves as it was, row by row, and sound."""
    before = shop.rows()
    yield shop
    assert shop.rows() == before
    shop.check()
