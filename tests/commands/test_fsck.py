"""`bono fsck` and `bono export` on the store of a shop that has sold."""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from app.services.proof.audit_file import verify_file
from tests.commands.test_help import bono
from tests.given.shop_as_process import RunningShop, example, open_shop, today

ALTERED: Final = {
    "a body": ("UPDATE ledger SET body = replace(body, 'Farine', 'Farino')", "étape 2"),
    "an entry": ("UPDATE ledger SET entry = replace(entry, 'KIN01', 'KIN02')", "étape 1"),
    "an entry's hash": (
        "UPDATE ledger SET entry_hash = '0' WHERE kind = 'normalised'", "étape 3",
    ),
    "a deleted invoice": (
        "DELETE FROM ledger WHERE position = 2 AND outlet_id = 'KIN01'", "étape 4",
    ),
    "a deleted last entry": ("DELETE FROM ledger WHERE position = 5", "la tête"),
    "the head": ("UPDATE series SET entry_hash = '0'", "la tête"),
    "a frozen answer": (
        "UPDATE answer SET body = replace(body, 'TEST-FACT', 'REAL-FACT')", "code DEF/DGI",
    ),
    "a lost answer": ("DELETE FROM answer", "ni réponse gelée"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shop that has sold twice and is closed."""
    folder = tmp_path_factory.mktemp("sold")
    with open_shop(folder) as shop:
        shop.sell(example())
        shop.sell()
    return folder / "var"


def copy_of(sold: Path, folder: Path) -> Path:
    """A copy of that shop's folder, with its database in one file."""
    var = folder / "var"
    (var / "keys").mkdir(parents=True)
    (var / "keys" / "demo-1.pem").write_bytes((sold / "keys" / "demo-1.pem").read_bytes())
    with (
        closing(sqlite3.connect(sold / "bono.sqlite")) as source,
        closing(sqlite3.connect(var / "bono.sqlite")) as target,
    ):
        source.backup(target)
    return var


def altered(var: Path, statement: str) -> None:
    """What somebody did who may write to the file: the triggers dropped, then that."""
    with closing(sqlite3.connect(var / "bono.sqlite")) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        # Bodies are BLOBs; `replace` gives text, which is cast back.
        if "replace(" in statement:
            column = statement.split(" SET ")[1].split(" =", maxsplit=1)[0]
            old = statement.split(" = ", 1)[1]
            cast = old.replace(f"replace({column}", f"replace(CAST({column} AS TEXT)")
            statement = statement.replace(old, f"CAST({cast} AS BLOB)")
        changed = connection.execute(statement).rowcount
        connection.commit()
    assert changed > 0


def test_a_sound_store_is_valid_and_says_what_it_holds(sold: Path, tmp_path: Path) -> None:
    ended = bono(copy_of(sold, tmp_path), "fsck")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "KIN01 : 5 écritures, 2 factures, 2 normalisées, 0 en attente",
        "LUB01 : 1 écritures, 0 factures, 0 normalisées, 0 en attente",
        "VALIDE",
    ]


@pytest.mark.parametrize("case", ALTERED)
def test_a_store_that_somebody_altered_is_invalid(sold: Path, tmp_path: Path, case: str) -> None:
    statement, word = ALTERED[case]
    var = copy_of(sold, tmp_path)
    altered(var, statement)
    ended = bono(var, "fsck")
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1].startswith("INVALIDE — ")
    assert word in ended.stdout


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger SET body = x'00'", "DELETE FROM ledger", "DELETE FROM answer"],
)
def test_the_store_itself_refuses_to_be_altered(sold: Path, tmp_path: Path, statement: str) -> None:
    var = copy_of(sold, tmp_path)
    with (
        closing(sqlite3.connect(var / "bono.sqlite")) as connection,
        pytest.raises(sqlite3.DatabaseError),
    ):
        connection.execute(statement)


def test_an_export_is_written_beside_a_closed_shop(sold: Path, tmp_path: Path) -> None:
    var, output = copy_of(sold, tmp_path), tmp_path / "audit.zip"
    days = ["--from", today(), "--to", today()]
    ended = bono(var, "export", "--outlet", "KIN01", *days, "--output", str(output))
    assert ended.returncode == 0
    assert ended.stdout.strip().endswith(f"{output} : 1 morceaux")
    assert "5 / 5 écritures" in ended.stderr
    assert verify_file(output, None, lambda _line: None).normalised == 2
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--outlet", "NUL99"],
        ["--outlet", "KIN01", "--to", "2020-01-01"],
        ["--outlet", "KIN01", "--from", "9999-12-31"],
        ["--outlet", "KIN01", "--to", "9999-12-31", "--from", "0001-01-01"],
    ],
)
def test_an_export_of_nothing_ends_with_one_and_no_file(
    sold: Path, tmp_path: Path, arguments: list[str]
) -> None:
    output = tmp_path / "audit.zip"
    ended = bono(copy_of(sold, tmp_path), "export", *arguments, "--output", str(output))
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("bono : ")
    assert not output.exists()


def test_a_shop_that_sells_can_be_checked_and_exported(
    own_shop: RunningShop, tmp_path: Path
) -> None:
    own_shop.sell()
    assert bono(own_shop.var, "fsck").returncode == 0
    output = tmp_path / "audit.zip"
    ended = bono(own_shop.var, "export", "--outlet", "KIN01", "--output", str(output))
    assert ended.returncode == 0, ended.stderr
    with zipfile.ZipFile(output) as archive:
        assert archive.testzip() is None
    own_shop.sell()
