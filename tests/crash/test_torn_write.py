"""A power cut tears the last writes of the SQLite file; what was acknowledged is there (F2, I1)."""

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.services.proof.fsck import check_store
from app.store.engine import open_engine, reading
from app.store.ledger.sales import sale_state
from tests.given.shop_in_process import opened_shop, submitted

FRAME = 24 + 4096
"""Of a write-ahead log: a header and a page."""


@dataclass(frozen=True, slots=True)
class PulledPlug:
    """A store that was copied while it lived: its files, and what was acknowledged when."""

    file: Path
    acknowledged: list[tuple[str, int]] = field(default_factory=list)
    """Sale ids, and the size of the write-ahead log once the sale was answered."""

    @property
    def log(self) -> Path:
        return self.file.with_name(self.file.name + "-wal")

    def torn(self, folder: Path, size: int, garbage: bytes = b"") -> Path:
        """A copy whose log ends at that byte; what the disk had not written may be anything."""
        copy = folder / self.file.name
        shutil.copy(self.file, copy)
        content = self.log.read_bytes()
        copy.with_name(copy.name + "-wal").write_bytes(content[:size] + garbage)
        return copy


@pytest.fixture(scope="module")
def plug(tmp_path_factory: pytest.TempPathFactory) -> PulledPlug:
    """Twenty sales in commits of their own, copied before anything is checkpointed."""
    folder = tmp_path_factory.mktemp("alive")
    living = PulledPlug(folder / "bono.sqlite")
    shop = opened_shop(f"sqlite:///{living.file}")
    outlet = shop.facts()
    for _ in range(20):
        sale = shop.settle(submitted(outlet)).sale
        living.acknowledged.append((sale.sale_id, living.log.stat().st_size))
    pulled = PulledPlug(tmp_path_factory.mktemp("pulled") / "bono.sqlite", living.acknowledged)
    shutil.copy(living.file, pulled.file)
    shutil.copy(living.log, pulled.log)
    shop.end()
    return pulled


def sizes(plug: PulledPlug) -> list[int]:
    """Around every acknowledgement, and anywhere."""
    chance = random.Random(1)  # noqa: S311 - the same cuts each time
    acknowledged = [size for _, size in plug.acknowledged]
    around = [size + by for size in acknowledged for by in (-1, 0, 1)]
    anywhere = [chance.randrange(acknowledged[0], acknowledged[-1]) for _ in range(12)]
    return [size for size in around + anywhere if size <= acknowledged[-1]]


def check_copy(copy: Path, must: list[str]) -> None:
    """The store opens and verifies, and holds these sales as the first of its own."""
    engine = open_engine(f"sqlite:///{copy}")
    try:
        (checked,) = check_store(engine)
        with reading(engine) as session:
            numbers = [
                state.sale.fiscal_number
                for sale_id in must
                if (state := sale_state(session, "KIN01", sale_id=sale_id)) is not None
            ]
        assert numbers == [f"KIN01-1-{n:08}" for n in range(1, len(must) + 1)]
        assert checked.verified.invoices >= len(must)
    finally:
        engine.dispose()


def test_a_log_that_ends_anywhere_keeps_every_acknowledged_sale(
    plug: PulledPlug, tmp_path: Path
) -> None:
    for size in sizes(plug):
        folder = tmp_path / str(size)
        folder.mkdir(exist_ok=True)
        must = [sale_id for sale_id, written in plug.acknowledged if written <= size]
        check_copy(plug.torn(folder, size), must)


def test_a_log_that_ends_in_garbage_keeps_every_acknowledged_sale(
    plug: PulledPlug, tmp_path: Path
) -> None:
    chance = random.Random(2)  # noqa: S311 - the same garbage each time
    for number, (_, size) in enumerate(plug.acknowledged[:-1]):
        folder = tmp_path / str(size)
        folder.mkdir()
        garbage = chance.randbytes(chance.randrange(1, 3 * FRAME))
        must = [sale_id for sale_id, _ in plug.acknowledged[: number + 1]]
        check_copy(plug.torn(folder, size, garbage), must)


def test_a_log_with_a_hole_before_its_end_keeps_what_was_synced_before_the_hole(
    plug: PulledPlug, tmp_path: Path
) -> None:
    for number in range(0, 19, 3):
        _, size = plug.acknowledged[number]
        folder = tmp_path / str(size)
        folder.mkdir()
        rest = bytearray(plug.log.read_bytes()[size:])
        rest[: FRAME // 2] = bytes(FRAME // 2)  # later pages were written before earlier ones
        must = [sale_id for sale_id, _ in plug.acknowledged[: number + 1]]
        check_copy(plug.torn(folder, size, bytes(rest)), must)
