"""An outlet that is looked at, on a machine whose network never changes."""

from pathlib import Path

import pytest

from app.services.watch import reach
from tests.given.probed_outlet import Post, machine
from tests.given.shop_in_process import InProcessShop
from tests.given.simulated_dgi import SimulatedDgi


@pytest.fixture
def quiet(tmp_path: Path) -> reach.NetworkFolders:
    """A machine whose network never changes."""
    return machine(tmp_path / "machine", "eth0", eth0="up")


@pytest.fixture
def post(shop: InProcessShop, dgi: SimulatedDgi, quiet: reach.NetworkFolders) -> Post:
    """An outlet whose log is empty."""
    return Post(shop, dgi, quiet)
