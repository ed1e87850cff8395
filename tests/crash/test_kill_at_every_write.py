"""Kill -9 before and after every write and commit of a sale, one after another (F1, I1 to I4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.lives import CrashShop, Life, Sale, check_shop, furnish
from tests.harness.postgres import Cluster
from tests.services.authorities import Authority, authority, new_module
from tests.services.shops import Module, opened_engine


@pytest.fixture(scope="module")
def dgi() -> Iterator[Authority]:
    """The authority; it survives every crash of ours."""
    with authority() as dgi:
        yield dgi


@contextmanager
def sqlite_shop(var: Path, module: Module, _: Cluster | None) -> Iterator[CrashShop]:
    yield CrashShop(var, f"sqlite:///{var / 'bono.sqlite'}", module)


@contextmanager
def postgresql_shop(var: Path, module: Module, cluster: Cluster | None) -> Iterator[CrashShop]:
    assert cluster is not None
    with cluster.fresh_database() as url:
        yield CrashShop(var, url, module)


def furnished(shop: CrashShop) -> CrashShop:
    engine = opened_engine(shop.url)
    furnish(engine, shop.module)
    engine.dispose()
    return shop


def crash_and_recover(shop: CrashShop, dgi: Authority, kill_at: int) -> bool:
    """Sells, is killed at that moment of the second sale, starts again; False: it was not killed.

    The client sends what had no final answer again: the same bytes under the same id.
    """
    sales = [Sale(), Sale(), Sale()]
    with shop.life(kill_at) as life:
        first = life.settled(sales[0])
        assert first["status"] == "normalised"
        life.armed.value = 1
        answered = life.put(sales[1])
        killed = life.killed() or answered is None
    with shop.life() as life:
        assert life.settled(sales[0]) == first  # what was acknowledged stands, byte for byte
        second = life.settled(sales[1])
        if answered is not None and answered.status_code == 201:
            assert second == answered.json()
        assert second["status"] in {"normalised", "in_doubt"}
        third = life.settled(sales[2])
        assert third["status"] == "normalised"  # one doubt does not hold the queue
    check_shop(shop, sales, dgi.recorded(shop.module.nim))
    return killed


EXPECTED = {
    f"{moment} {act}"
    for moment in ("before", "after")
    for act in (
        "COMMIT",
        "INSERT answer",
        "INSERT confirming",
        "INSERT control_answer",
        "INSERT control_call",
        "INSERT delivery",
        "INSERT ledger",
        "UPDATE control_module",
        "UPDATE delivery",
        "UPDATE series",
    )
}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_sale_survives_a_kill_at_any_of_its_writes(
    request: pytest.FixtureRequest, tmp_path: Path, dgi: Authority, database: str
) -> None:
    on_sqlite = database == "sqlite"
    cluster = None if on_sqlite else request.getfixturevalue("postgresql")
    opened = sqlite_shop if on_sqlite else postgresql_shop
    names, kill_at, killed = [], 0, True
    while killed:
        kill_at += 1
        var = tmp_path / str(kill_at)
        var.mkdir()
        with opened(var, new_module(dgi.address), cluster) as shop:
            killed = crash_and_recover(furnished(shop), dgi, kill_at)
            names.append(shop.moments()[-1])
    assert kill_at > len(EXPECTED)
    assert set(names) == EXPECTED
    print(f"{database}: {kill_at - 1} kill points")
