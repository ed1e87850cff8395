"""`bono verify`: an export is judged with nothing but the file and the keys."""

import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from app.fiscal.errors import VerificationFailed
from app.fiscal.verification import thumbprint
from app.services.proof import export_zip
from app.services.proof.audit_file import verify_file
from app.services.proof.known_keys import Unreadable
from tests.commands.broken_exports import (
    STRANGER,
    Audit,
    Members,
    chunks,
    lines,
    read_members,
    rechained,
    reforged,
    with_body,
    with_lines,
    write_members,
)
from tests.given.keys import throw_away_key
from tests.harness.processes import bono_environment, run_to_end

ENVIRONMENT: Final = bono_environment(
    Path("/nowhere/at/all"), BONO_DATABASE_URL="postgresql://nowhere"
)


def bono(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`bono` without a database."""
    return run_to_end(*map(str, arguments), env=ENVIRONMENT)


def alone(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`bono` in a Python of its own, without a database or, where the kernel lets us, a network."""
    network = ["unshare", "-n"] if _may_unshare() else []
    return subprocess.run(
        [*network, sys.executable, "-m", "app", *map(str, arguments)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def _may_unshare() -> bool:
    return (
        subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0
    )


# --- A good file


def test_a_good_export_is_valid_without_database_and_network(fifty_sales: Audit) -> None:
    ended = alone("verify", fifty_sales.path, "--keys", fifty_sales.keys)
    assert (ended.returncode, ended.stderr) == (0, "")
    first, *_, last = ended.stdout.splitlines()
    assert first == f"Clés prises dans {fifty_sales.keys}"
    assert last.startswith("VALIDE — ")
    assert f"{fifty_sales.invoices} factures" in last
    assert f"{fifty_sales.invoices - 1} normalisées, 1 refusées, 0 non vérifiables" in last
    for step in ("étapes 1 à 9", "Étapes 11 et 13"):
        assert step in ended.stdout


def test_without_keys_the_first_line_and_the_last_tell_whose_keys_were_believed(
    fifty_sales: Audit,
) -> None:
    ended = bono("verify", fifty_sales.path)
    assert ended.returncode == 3
    (key,) = json.loads(fifty_sales.keys.read_text())["keys"]
    first, *_, last = ended.stdout.splitlines()
    assert first == f"Clés prises dans le fichier, empreinte {thumbprint(key)} : à comparer"
    assert last.startswith("VALIDE — ")
    assert last.endswith(", clés prises dans le fichier")


def test_a_fingerprint_that_somebody_compared_is_as_good_as_the_keys(fifty_sales: Audit) -> None:
    (key,) = json.loads(fifty_sales.keys.read_text())["keys"]
    ended = bono("verify", fifty_sales.path, "--fingerprint", thumbprint(key))
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[0].endswith("celle que vous avez donnée")
    other = thumbprint(STRANGER.jwk())
    ended = bono("verify", fifty_sales.path, "--fingerprint", other)
    assert ended.returncode == 1
    assert "n'est pas celle donnée" in ended.stdout.splitlines()[-1]


def test_a_broken_export_ends_with_one_and_names_the_step(
    fifty_sales: Audit, tmp_path: Path
) -> None:
    members = read_members(fifty_sales.path)
    path = tmp_path / "broken.zip"
    write_members(path, with_lines(members, lines(members)[::-1]))
    ended = bono("verify", path, "--keys", fifty_sales.keys)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.splitlines()[-1].startswith("INVALIDE — étape 1, series/1/000001.jsonl")


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_export_ends_with_two(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(content)
    ended = bono("verify", path)
    assert (ended.returncode, ended.stderr) == (2, "")
    assert ended.stdout.startswith("ILLISIBLE — ")


def test_a_file_that_is_not_there_ends_with_two(fifty_sales: Audit, tmp_path: Path) -> None:
    for arguments in (
        [tmp_path / "none.zip"],
        [fifty_sales.path, "--keys", tmp_path / "none.json"],
        [fifty_sales.path, "--keys", fifty_sales.path],
    ):
        ended = bono("verify", *arguments)
        assert (ended.returncode, ended.stderr) == (2, "")
        assert ended.stdout.startswith("ILLISIBLE — ")


# --- A good file broken in exactly one way


def judged(members: Members, folder: Path, keys: Path | None) -> int:
    """The step at which the export fails; 0 when it holds."""
    path = folder / "broken.zip"
    write_members(path, members)
    try:
        verify_file(path, keys, lambda _line: None)
    except VerificationFailed as error:
        return error.step
    return 0


Break = Callable[[Members], Members]


def in_manifest(change: Callable[[dict[str, Any]], object]) -> Break:
    """A change in the manifest."""

    def broken(members: Members) -> Members:
        document = json.loads(members["manifest.json"])
        change(document)
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return members | {"manifest.json": text.encode()}

    return broken


def in_line(number: int, change: Callable[[bytes], bytes]) -> Break:
    """A change in one line."""

    def broken(members: Members) -> Members:
        changed = lines(members)
        changed[number] = change(changed[number])
        return with_lines(members, changed)

    return broken


def swap(members: Members) -> Members:
    """Two lines change places."""
    changed = lines(members)
    changed[5], changed[6] = changed[6], changed[5]
    return with_lines(members, changed)


def without_line(number: int) -> Break:
    """A line is gone."""

    def broken(members: Members) -> Members:
        changed = lines(members)
        del changed[number]
        return with_lines(members, changed)

    return broken


def without_member(name: str) -> Break:
    """A member is gone."""
    return lambda members: {n: data for n, data in members.items() if n != name}


def without_last_chunk(members: Members) -> Members:
    """The last chunk is gone."""
    return without_member(chunks(members)[-1])(members)


def strangers_keys(members: Members) -> Members:
    """The keys are a stranger's."""
    return members | {"keys.jwks.json": json.dumps({"keys": [STRANGER.jwk()]}).encode()}


def first_seal(members: Members) -> bytes:
    """The seal of the first entry, a good signature of the same key."""
    seal: str = json.loads(json.loads(lines(members)[0])["entry"])["seal"]
    return seal.encode()


def cheaper(line: bytes) -> bytes:
    """An invoice with another buyer, its own hashes recomputed."""
    return with_body(line, lambda body: body.update(operator="Paul"))


INVOICE: Final = 1
"""The line of the first invoice: the one before it opens the series."""

ONE_CHANGE: Final[dict[str, tuple[Break, int]]] = {
    "another total count in the manifest": (
        in_manifest(lambda m: m["series"][0].update(entries="1")), 8,
    ),
    "another outlet in the manifest": (in_manifest(lambda m: m.update(outlet_id="KIN02")), 8),
    "another chunk hash in the manifest": (
        in_manifest(lambda m: m["chunks"][0].update(hash="0" * 64)), 8,
    ),
    "no signature of the manifest": (lambda m: m | {"manifest.jws": b""}, 7),
    "the signature of another document": (
        lambda m: m | {"manifest.jws": first_seal(m)},
        8,
    ),
    "a signature that is no text": (lambda m: m | {"manifest.jws": b"\xff\xfe"}, 7),
    "a stranger's keys": (strangers_keys, 7),
    "a changed byte in a chunk": (in_line(3, lambda line: line.replace(b"a", b"b", 1)), 1),
    "two lines swapped": (swap, 1),
    "a line removed": (without_line(4), 1),
    "the last line removed": (without_line(-1), 1),
    "a line doubled": (in_line(4, lambda line: line + line), 1),
    "a chunk removed": (without_last_chunk, 5),
    "a chunk added": (lambda m: m | {"series/1/000099.jsonl": lines(m)[0]}, 5),
    "a chunk of another series": (lambda m: m | {"series/2/000001.jsonl": lines(m)[0]}, 5),
    "a member that nobody knows": (lambda m: m | {"macro.docm": b"x"}, 5),
    "another text to read first": (lambda m: m | {"LISEZMOI.txt": b"Payez ici."}, 5),
    "no text to read first": (without_member("LISEZMOI.txt"), 5),
    "a body changed and its hashes recomputed": (in_line(INVOICE, cheaper), 1),
    "a body changed and the whole chain recomputed": (
        lambda m: with_lines(m, rechained(lines(in_line(INVOICE, cheaper)(m)))), 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("with_keys", [True, False])
@pytest.mark.parametrize("case", ONE_CHANGE)
def test_a_file_broken_in_one_way_fails_at_its_step(
    fifty_sales: Audit, tmp_path: Path, case: str, *, with_keys: bool
) -> None:
    broken, step = ONE_CHANGE[case]
    members = broken(read_members(fifty_sales.path))
    keys = fifty_sales.keys if with_keys else None
    expected = 0 if case == "a stranger's keys" and with_keys else step
    assert judged(members, tmp_path, keys) == expected


FORGED: Final[dict[str, tuple[Break, int]]] = {
    "two lines swapped": (swap, 4),
    "a line removed": (without_line(4), 4),
    "the first line removed and its absence hidden": (without_line(0), 0),
    "an entry that says another body": (
        in_line(INVOICE, lambda line: line.replace(b'"body":"', b'"body":"AAAA', 1)), 2,
    ),
    "a body changed and its hashes recomputed": (in_line(INVOICE, cheaper), 8),
    "a body changed and the whole chain recomputed": (
        lambda m: with_lines(m, rechained(lines(in_line(INVOICE, cheaper)(m)))), 8,
    ),
    "a seal of another algorithm": (
        in_line(INVOICE, lambda line: line.replace(b"hbGciOiJFUzI1NiIs", b"hbGciOiJFUzM4NCIs")), 6,
    ),
    "a line that is not canonical": (in_line(4, lambda line: b" " + line), 1),
    "a line with another member": (
        in_line(4, lambda line: line.replace(b'{"body"', b'{"a":"b","body"')), 1,
    ),
    "a position that is written twice": (in_line(4, lambda line: line + line), 4),
}  # fmt: skip


@pytest.mark.parametrize("case", FORGED)
def test_who_signs_a_manifest_of_his_own_still_fails_at_the_entries(
    fifty_sales: Audit, tmp_path: Path, case: str
) -> None:
    broken, step = FORGED[case]
    forged = reforged(broken(read_members(fifty_sales.path)))
    assert judged(forged, tmp_path, None) == step
    assert judged(forged, tmp_path, fifty_sales.keys) == 7  # the published keys know no forger


def test_a_good_export_reforged_without_a_change_still_holds(
    fifty_sales: Audit, tmp_path: Path
) -> None:
    assert judged(reforged(read_members(fifty_sales.path)), tmp_path, None) == 0


def test_keys_of_another_shop_with_the_same_name_do_not_verify(
    fifty_sales: Audit, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [throw_away_key("centre", "demo-1").jwk()]}))
    assert judged(read_members(fifty_sales.path), tmp_path, keys) == 7


# --- Files that mean harm


UNREADABLE: Final[dict[str, Break]] = {
    "a manifest that is no object": lambda m: m | {"manifest.json": b"[]"},
    "a manifest that is not canonical": lambda m: m | {"manifest.json": m["manifest.json"] + b" "},
    "a manifest of another version": in_manifest(lambda m: m.update(v="audit/9")),
    "a manifest without series": in_manifest(lambda m: m.pop("series")),
    "a manifest with numbers": in_manifest(lambda m: m.update(created_at=7)),
    "no manifest": without_member("manifest.json"),
    "no signature": without_member("manifest.jws"),
    "no keys": without_member("keys.jwks.json"),
    "keys that are no keys": lambda m: m | {"keys.jwks.json": b'{"keys": [{"kid": "a"}]}'},
    "keys that are a list": lambda m: m | {"keys.jwks.json": b"[]"},
    "keys nested a million deep": lambda m: m | {"keys.jwks.json": b"[" * 1_000_000},
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_says_nothing_is_unreadable_not_a_crash(
    fifty_sales: Audit, tmp_path: Path, case: str
) -> None:
    with pytest.raises(Unreadable):
        judged(UNREADABLE[case](read_members(fifty_sales.path)), tmp_path, None)


PASSED_OVER: Final[dict[str, Break]] = {
    "folders": lambda m: {"series/": b"", "series/1/": b""} | m,
    "one folder around all": lambda m: {"audit/": b""} | {f"audit/{n}": m[n] for n in m},
    "what a system leaves behind": lambda m: (
        {f"audit/{n}": m[n] for n in m}
        | {"audit/.DS_Store": b"x", "__MACOSX/audit/._manifest.json": b"x"}
    ),
}


@pytest.mark.parametrize("case", PASSED_OVER)
def test_an_export_that_was_unpacked_and_packed_again_still_holds(
    fifty_sales: Audit, tmp_path: Path, case: str
) -> None:
    members = PASSED_OVER[case](read_members(fifty_sales.path))
    assert judged(members, tmp_path, fifty_sales.keys) == 0


def test_two_files_of_one_name_are_refused_whichever_is_forged(
    fifty_sales: Audit, tmp_path: Path
) -> None:
    members = read_members(fifty_sales.path)
    path = tmp_path / "twice.zip"
    for twice in ("manifest.json", "series/1/000001.jsonl"):
        write_members(path, members)
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(twice, b"forged")
        with pytest.raises(VerificationFailed, match="deux fois") as failed:
            verify_file(path, fifty_sales.keys, lambda _line: None)
        assert failed.value.step == 5


def test_a_file_that_is_missing_is_named_in_french(fifty_sales: Audit, tmp_path: Path) -> None:
    members = read_members(fifty_sales.path)
    del members["manifest.json"]
    with pytest.raises(Unreadable, match=r"manifest\.json manque"):
        judged(members, tmp_path, None)


def test_a_member_that_would_unpack_to_more_than_a_chunk_ever_is_is_refused(
    fifty_sales: Audit, tmp_path: Path
) -> None:
    for name in ("manifest.json", "manifest.jws", "keys.jwks.json", "series/1/000001.jsonl"):
        members = read_members(fifty_sales.path)
        bomb = members | {name: bytes(export_zip.MOST_UNPACKED + 1)}
        with pytest.raises(Unreadable, match="trop grand"):
            judged(bomb, tmp_path, None)
        assert (tmp_path / "broken.zip").stat().st_size < 1 << 20


def test_a_member_that_lies_about_its_size_is_unreadable(
    fifty_sales: Audit, tmp_path: Path
) -> None:
    path = tmp_path / "lies.zip"
    write_members(path, read_members(fifty_sales.path) | {"manifest.json": bytes(100_000_000)})
    data = path.read_bytes()
    size = struct.pack("<I", 100_000_000)
    assert size in data
    path.write_bytes(data.replace(size, struct.pack("<I", 1000)))
    with pytest.raises(Unreadable):
        verify_file(path, None, lambda _line: None)


def test_a_file_cut_off_anywhere_is_unreadable(fifty_sales: Audit, tmp_path: Path) -> None:
    data, path = fifty_sales.path.read_bytes(), tmp_path / "cut.zip"
    for part in (1, len(data) // 3, len(data) - 1):
        path.write_bytes(data[:part])
        with pytest.raises(Unreadable):
            verify_file(path, None, lambda _line: None)


def test_an_encrypted_member_is_unreadable(fifty_sales: Audit, tmp_path: Path) -> None:
    path = tmp_path / "secret.zip"
    data = bytearray(fifty_sales.path.read_bytes())
    with zipfile.ZipFile(fifty_sales.path) as archive:
        start = archive.getinfo("keys.jwks.json").header_offset
    data[start + 6] |= 1  # the bit that says "encrypted", in the local header
    central = data.index(b"keys.jwks.json", start + 100) - 46
    data[central + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(Unreadable):
        verify_file(path, None, lambda _line: None)
