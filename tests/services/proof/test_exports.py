"""An export: whole or not at all, of the days that were asked for, verified by a stranger."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.fiscal import audit
from app.fiscal.canonical import canonical
from app.fiscal.errors import SignerBusy, VerificationFailed
from app.fiscal.ledger import utc_text
from app.services.ledger.facts import append_event
from app.services.ledger.keys import first_key
from app.services.proof.audit_file import verify_file
from app.services.proof.exports import Days, NothingToExport, manifest_seal, write_export
from app.store.engine import reading, writing
from tests.given.shop_in_process import InProcessShop, opened_shop


@pytest.fixture
def shop(database_url: str) -> Iterator[InProcessShop]:
    """Two outlets, of which the first sold three times."""
    shop = opened_shop(database_url, ("KIN01", "KIN02"))
    for _ in range(3):
        shop.sell()
    yield shop
    shop.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where exports stand and nothing else does."""
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


def exported(shop: InProcessShop, file: Path, days: Days | None = None, **more: Any) -> int:
    """The export of an outlet stands in that file; how many chunks it has."""

    def seal(document: dict[str, Any]) -> str:
        work = shop.sealing.call(lambda party, _now: manifest_seal(party, document))
        return str(work.result(30))

    outlet_id = more.pop("outlet_id", "KIN01")
    at = utc_text(datetime.now(UTC))
    return write_export(shop.engine, outlet_id, days or Days(), file, seal, at, **more)


def happened(shop: InProcessShop, text: str, at: str) -> None:
    with writing(shop.engine) as session:
        append_event(session, ("KIN01", "1"), "test", text, {}, at)


def bodies(file: Path) -> list[dict[str, Any]]:
    """What the entries of an export say, in order."""
    with zipfile.ZipFile(file) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("series/"))
        lines = [line for name in names for line in archive.read(name).splitlines()]
    return [json.loads(audit.read_line(line).body) for line in lines]


def test_a_stranger_verifies_the_export_of_an_outlet(shop: InProcessShop, folder: Path) -> None:
    file = folder / "audit.zip"
    assert exported(shop, file) == 1
    said: list[str] = []
    verified = verify_file(file, None, said.append)
    assert (verified.entries, verified.invoices) == (4, 3)
    with reading(shop.engine) as session:
        first = first_key(session, ("KIN01", "1"))[1]
    assert any(line.endswith(f"première clé {first}") for line in said)  # to be compared
    assert [path.name for path in folder.iterdir()] == ["audit.zip"]


def test_long_series_are_cut_into_chunks_that_follow_each_other(
    shop: InProcessShop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "CHUNK_LINES", 3)
    seen: list[tuple[int, int]] = []
    file = folder / "audit.zip"
    assert exported(shop, file, progress=lambda done, of: seen.append((done, of))) == 2
    assert seen == [(3, 4), (4, 4)]
    assert verify_file(file, None, lambda _text: None).entries == 4


def test_a_day_begins_at_midnight_on_the_clocks_of_the_outlet(
    shop: InProcessShop, folder: Path
) -> None:
    happened(shop, "Avant.", "2098-12-31T22:59:59Z")
    happened(shop, "Minuit.", "2098-12-31T23:00:00Z")
    file = folder / "audit.zip"
    exported(shop, file, Days("2099-01-01", "2099-01-01"))
    assert [body["text"] for body in bodies(file)] == ["Minuit."]
    assert verify_file(file, None, lambda _text: None).entries == 1
    exported(shop, file, Days("2098-12-31", "2098-12-31"))
    assert [body["text"] for body in bodies(file)] == ["Avant."]


@pytest.mark.parametrize(
    ("outlet_id", "days"),
    [
        pytest.param("KIN01", Days(last="2020-01-01"), id="before the first entry"),
        pytest.param("KIN01", Days(first="2099-01-01"), id="after the last entry"),
        pytest.param("KIN01", Days("2026-02-01", "2026-01-01"), id="from the end to the beginning"),
        pytest.param("KIN01", Days("0001-01-01"), id="before the calendar"),
        pytest.param("KIN01", Days(last="9999-12-31"), id="after the calendar"),
        pytest.param("XXX99", Days(), id="an outlet that nobody knows"),
    ],
)
def test_where_nothing_is_to_be_exported_no_file_is_left(
    shop: InProcessShop, folder: Path, outlet_id: str, days: Days
) -> None:
    with pytest.raises(NothingToExport):
        exported(shop, folder / "audit.zip", days, outlet_id=outlet_id)
    assert list(folder.iterdir()) == []


def test_an_export_that_fails_half_way_leaves_the_one_before_it(
    shop: InProcessShop, folder: Path
) -> None:
    file = folder / "audit.zip"
    exported(shop, file)
    before = file.read_bytes()

    def no_signer(_document: dict[str, Any]) -> str:
        raise SignerBusy("the token was removed")

    with pytest.raises(SignerBusy):
        write_export(shop.engine, "KIN01", Days(), file, no_signer, "2026-11-22T10:00:00Z")
    assert [path.read_bytes() for path in folder.iterdir()] == [before]


def test_an_export_whose_series_begins_with_another_key_than_it_names_is_refused(
    shop: InProcessShop, folder: Path
) -> None:
    def seal(document: dict[str, Any]) -> str:
        document["series"][0]["first_key"] = "another"
        work = shop.sealing.call(lambda party, _now: manifest_seal(party, document))
        return str(work.result(30))

    written = folder / "audit.zip"
    at = utc_text(datetime.now(UTC))
    write_export(shop.engine, "KIN01", Days(), written, seal, at)
    changed = folder / "changed.zip"
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == audit.MANIFEST:
                document = json.loads(data)
                document["series"][0]["first_key"] = "another"
                data = canonical(document)
            new.writestr(name, data)
    with pytest.raises(VerificationFailed, match="première clé est une autre"):
        verify_file(changed, None, lambda _text: None)
