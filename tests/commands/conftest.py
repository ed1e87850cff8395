"""One export for all tests that verify it, and shops of their own for the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.fiscal import audit
from app.signing.software import InsecureSignerWarning
from tests.commands.broken_exports import CHUNK_LINES, SALES, Audit, sell_fifty, write_audit
from tests.given.shop_as_process import RunningShop, open_shop


@pytest.fixture(scope="session")
def fifty_sales(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """The export of a shop that has sold, credited and been refused; the shop is closed."""
    folder = tmp_path_factory.mktemp("fifty")
    keys, path = folder / "jwks.json", folder / "audit.zip"
    with open_shop(folder) as shop:
        credited, refused = sell_fifty(shop)
        keys.write_bytes(shop.get("/.well-known/jwks.json", key=None).content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "CHUNK_LINES", CHUNK_LINES)
        with pytest.warns(InsecureSignerWarning):
            write_audit(folder / "var", path)
    return Audit(path, keys, credited, refused, SALES + 3)


@pytest.fixture
def own_shop(tmp_path: Path) -> Iterator[RunningShop]:
    """A shop of the test's own."""
    with open_shop(tmp_path) as shop:
        yield shop


@pytest.fixture
def installed_shop(tmp_path: Path) -> Iterator[RunningShop]:
    """A shop of the test's own that was started as `make run` starts it, its simulator with it."""
    with open_shop(tmp_path, fresh=True) as shop:
        yield shop
