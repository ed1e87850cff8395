"""Seeded histories of shops, workers, people and an authority that fails in every known way."""

import os
from collections.abc import Callable
from typing import Final

import pytest

from tests.harness.postgres import Cluster
from tests.simulation.history import Tally, run
from tests.simulation.stores import OneStore, SqliteStores
from tests.simulation.table import PROPERTY

pytestmark = pytest.mark.long

CHUNKS: Final = 10
HISTORIES: Final = int(os.environ.get("SIMULATION_HISTORIES", "150"))
FIRST: Final = int(os.environ.get("SIMULATION_FIRST", "1"))
ONE: Final = os.environ.get("SIMULATION_SEED")
SEEDS: Final = [int(ONE)] if ONE else list(range(FIRST, FIRST + HISTORIES))

Recorded = Callable[[str, object], None]


@pytest.mark.parametrize("chunk", range(min(CHUNKS, len(SEEDS))))
def test_every_history_keeps_the_invariants(
    stores: SqliteStores, chunk: int, record_property: Recorded
) -> None:
    tally = Tally()
    for seed in SEEDS[chunk::CHUNKS]:
        tally.add(run(stores, seed))
    record_property(PROPERTY, tally.document())


@pytest.mark.skipif(ONE is not None, reason="one seed was asked for")
@pytest.mark.parametrize("seed", [1_000_001, 1_000_002, 1_000_003])
def test_a_history_on_postgresql_keeps_them_too(
    postgresql: Cluster, seed: int, record_property: Recorded
) -> None:
    with postgresql.fresh_database() as url, OneStore(url).watched() as store:
        record_property(PROPERTY, run(store, seed).document())


def test_the_same_seed_gives_the_same_history(stores: SqliteStores) -> None:
    first, second = run(stores, 42), run(stores, 42)
    assert first == second
