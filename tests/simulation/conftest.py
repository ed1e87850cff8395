"""One template of a store per test process."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.stores import SqliteStores


@pytest.fixture(scope="session")
def _stores(tmp_path_factory: pytest.TempPathFactory) -> SqliteStores:
    return SqliteStores(tmp_path_factory.mktemp("histories"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of faults make no log: a history that fails tells its own diary."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture
def stores(_stores: SqliteStores) -> Iterator[SqliteStores]:
    """Stores of this test process, whose writes are moments at which processes may end."""
    with _stores.watched():
        yield _stores
