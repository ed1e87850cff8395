"""Kill -9 before and after every write and commit of a sale, one after another (F1, I1 to I4).

`KILL_AT=all`: at each time that a sale does a write. Otherwise at every commit, and of each other
kind of moment (before or after, what, which table) at one time, which chance chooses anew in
each run, by the seed that the run prints.
"""

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crash.restarted_shop import CrashShop, Life, Sale, check_shop, furnish
from tests.given.shop_in_process import opened_engine
from tests.given.simulated_dgi import SimulatedDgi

pytestmark = pytest.mark.long

MOMENTS = {
    f"{moment} {act}"
    for moment in ("before", "after")
    for act in (
        "COMMIT",
        "INSERT answer",
        "INSERT confirming",
        "INSERT control_answer",
        "INSERT control_call",
        "INSERT delivery",
        "INSERT delivery_change",
        "INSERT dgi_code",
        "INSERT ledger",
        "UPDATE control_module",
        "UPDATE delivery",
        "UPDATE series",
    )
}
"""The least that must have been tried."""

RENEWAL = {
    f"{moment} {act}"
    for moment in ("before", "after")
    for act in ("COMMIT", "UPDATE control_module")
}
"""A lease is claimed, renewed and given back by the clock: a slow sale met such moments more."""

WHOLE = os.environ.get("KILL_AT") == "all"
PAUSE = timedelta(seconds=15)
"""Between two lives: what a killed POST left at the authority expires before there are ten."""


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path, dgi: SimulatedDgi) -> Iterator[CrashShop]:
    """A furnished shop; its authority survives every crash of ours."""
    with store(request) as url:
        engine = opened_engine(url)
        furnish(engine, dgi.module)
        engine.dispose()
        yield CrashShop(tmp_path, url, dgi.module)


@contextmanager
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of the kind that the test asks for."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    cluster = request.getfixturevalue("postgresql")
    with cluster.fresh_database() as url:
        yield url


def begin_again(shop: CrashShop, life: Life, dgi: SimulatedDgi, sales: list[Sale]) -> None:
    """The client sends its last sale again, the same bytes under the same id; the shop goes on.

    The next sale is normalised: one doubt does not hold the queue.
    """
    if sales:
        assert life.settled(sales[-1])["status"] in {"normalised", "in_doubt"}
    sales.append(Sale())
    assert life.settled(sales[-1])["status"] == "normalised"
    check_shop(shop, sales, dgi.invoices())


def moments_of_a_sale(shop: CrashShop, dgi: SimulatedDgi, sales: list[Sale]) -> list[str]:
    """The name of every moment at which a sale that nothing disturbs writes."""
    with shop.life() as life:
        begin_again(shop, life, dgi, sales)
        life.armed.value = 1
        sales.append(Sale())
        assert life.settled(sales[-1])["status"] == "normalised"
    moments = shop.moments()
    assert {kind_of(moment) for moment in moments} == MOMENTS
    return moments


def kind_of(moment: str) -> str:
    """What happens then, for whichever time."""
    return moment.rpartition(" ")[0]


def chosen(moments: list[str]) -> list[str]:
    """The moments to try, in their order: every kind is among them, and so is every commit."""
    if WHOLE:
        return moments
    one_each = {kind: random.choice([m for m in moments if kind_of(m) == kind]) for kind in MOMENTS}  # noqa: S311
    return [m for m in moments if kind_of(m).endswith("COMMIT") or m == one_each[kind_of(m)]]


@pytest.mark.parametrize("shop", ["sqlite", "postgresql"], indirect=True)
def test_a_sale_survives_a_kill_at_any_of_its_writes(
    shop: CrashShop, dgi: SimulatedDgi, record_property: Callable[[str, object], None]
) -> None:
    sales: list[Sale] = []
    moments = chosen(moments_of_a_sale(shop, dgi, sales))
    acknowledged: dict[Sale, bytes] = {}
    missed: list[str] = []
    for moment in moments:
        dgi.clock.ahead += PAUSE
        with shop.life(kill_at=moment) as life:
            begin_again(shop, life, dgi, sales)
            for sale, answer in acknowledged.items():
                assert life.answer(sale) == answer  # byte for byte, whatever happened since
            acknowledged = {sales[-1]: life.answer(sales[-1])}
            life.armed.value = 1
            sales.append(Sale())
            life.put(sales[-1])
            # What the clock does may not come again; a write of the sale does, however slowly.
            life.process.join(20 if kind_of(moment) in RENEWAL else 180)
            if life.process.exitcode is None:
                missed.append(moment)
                continue
            assert life.process.exitcode == -signal.SIGKILL, moment
    assert {kind_of(moment) for moment in missed} <= RENEWAL, missed
    assert len(missed) <= 3 * len(RENEWAL), missed
    with shop.life() as life:
        begin_again(shop, life, dgi, sales)
    record_property("kill_points", len(moments))
