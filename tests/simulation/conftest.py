"""One template of a store per test process."""

from collections.abc import Iterator

import pytest

from tests.simulation.stores import SqliteStores


@pytest.fixture(scope="session")
def _stores(tmp_path_factory: pytest.TempPathFactory) -> SqliteStores:
    return SqliteStores(tmp_path_factory.mktemp("histories"))


@pytest.fixture
def stores(_stores: SqliteStores) -> Iterator[SqliteStores]:
    """Stores of this test process, whose writes are moments at which processes may end."""
    with _stores.watched():
        yield _stores
