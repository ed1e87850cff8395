"""Sentences about the repository itself, true of every file that git would keep."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "tests/requirements.lock", ".ci/build.lock", ".ci/node.lock")

# Written in pieces, so that this file does not name what it looks for.
UNSPEAKABLE = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry" + ".npmjs",
    "npmjs" + ".org",
    "deb.debian" + ".org",
    "security.debian" + ".org",
    "/wo" + "rk/",
    ".." + "/shared",
)


def kept_files() -> list[Path]:
    """Return what git has or would add; `safe.directory` because CI may clone as another user."""
    command: list[str | Path] = [
        "git", "-c", f"safe.directory={ROOT}", "-C", ROOT,
        "ls-files", "-z", "--cached", "--others", "--exclude-standard",
    ]  # fmt: skip
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def kept_texts() -> list[tuple[Path, str]]:
    texts = []
    for path in kept_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts.append((path.relative_to(ROOT), content.decode()))
    return texts


def python_trees(folder: str) -> list[tuple[Path, ast.Module]]:
    paths = [path for path in kept_files() if path.is_relative_to(ROOT / folder)]
    return [
        (path.relative_to(ROOT), ast.parse(path.read_bytes()))
        for path in paths
        if path.suffix == ".py"
    ]


@pytest.mark.parametrize("name", UNSPEAKABLE)
def test_no_file_names_a_registry_or_the_place_it_was_written_in(name: str) -> None:
    assert [str(path) for path, text in kept_texts() if name in text] == []


def test_nothing_is_left_to_do_later() -> None:
    later = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME)\b")
    assert [str(path) for path, text in kept_texts() if later.search(text)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(lock: str) -> None:
    requirements = locked(lock)
    assert requirements
    for name, hashes in requirements.items():
        assert re.fullmatch(r"[a-z0-9-]+(\[[a-z,]+\])?==[\w.!+]+", name), name
        assert hashes, name
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), name


def test_what_is_tested_is_what_is_run() -> None:
    assert locked("requirements.lock").items() <= locked("tests/requirements.lock").items()


def test_each_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert bare(project["dependencies"]) <= bare(locked("requirements.lock"))
    assert bare(project["optional-dependencies"]["dev"]) <= bare(locked("tests/requirements.lock"))


def locked(lock: str) -> dict[str, list[str]]:
    """Return `name==version` → hashes; whatever else a lock could say makes the tests fail."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]
    return {line[0]: line[1:] for line in lines if line}


def bare(requirements: dict[str, list[str]] | list[str]) -> set[str]:
    """Return the names alone, as registries compare them."""
    names = (re.split(r"[\[<>=!~; ]", each)[0] for each in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def test_the_commands_of_the_readme_are_made_by_the_makefile() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"\bmake ([a-z][a-z-]*)\b", readme))
    assert commands >= {"run", "test"}
    made = re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert commands <= set(made)


def test_ci_runs_the_test_command_and_nothing_else() -> None:
    last = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert last == "exec make test"


def test_no_amount_can_become_a_float() -> None:
    calls = chain.from_iterable(calls_of(tree, "float", path) for path, tree in python_trees("app"))
    assert list(calls) == []


def calls_of(tree: ast.Module, function: str, path: Path) -> list[str]:
    return [
        f"{path}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function
    ]


def test_the_core_knows_no_float_no_file_and_no_clock() -> None:
    trees = python_trees("app/fiscal")
    assert trees
    assert list(chain.from_iterable(impure(path, tree) for path, tree in trees)) == []


def impure(path: Path, tree: ast.Module) -> list[str]:
    """Return where a core module has a float, opens a file or asks what time it is."""
    return [f"{path}:{node.lineno}" for node in ast.walk(tree) if is_impure(node)]


def is_impure(node: ast.AST) -> TypeGuard[ast.expr]:
    match node:
        case ast.Constant(value=float()) | ast.Name(id="float" | "open"):
            return True
        case ast.Attribute(attr="now" | "utcnow" | "today" | "uuid1" | "uuid4"):
            return True
        case ast.BinOp(op=ast.Div()):
            return True
    return False


def test_the_hardware_library_knows_nothing_of_ours() -> None:
    for path, tree in python_trees("hardware"):
        imported = {alias.name for node in ast.walk(tree) for alias in names_of(node)}
        assert not {name for name in imported if name.split(".")[0] == "app"}, path


def names_of(node: ast.AST) -> list[ast.alias]:
    match node:
        case ast.Import(names=names):
            return names
        case ast.ImportFrom(module=str(module)):
            return [ast.alias(module)]
    return []
