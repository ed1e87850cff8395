"""The map of the house, as `docs/architecture.md` draws it: lengths, folders, words, walks."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.harness import source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = source.ROOT
MOST_LINES, MOST_IN_A_FUNCTION, MOST_FILES = 300, 40, 15

LONG_FILES: Final = {
    "app/store/migrations/versions/0001_the_first_tables.py": "a migration is never touched again",
}
LONG_FUNCTIONS: Final = {
    "app/store/migrations/versions/0001_the_first_tables.py:upgrade": "never touched again",
    "app/store/migrations/versions/0002_tablets.py:upgrade": "never touched again",
    "app/store/migrations/versions/0003_the_way_to_the_authority.py:upgrade": "never touched again",
}
"""With a reason each; these lists may only shrink."""
FULL_FOLDERS: Final = ("app/services", "app/routes", "app/store")
SHARED_WORDS: Final = ("Asked", "Place", "Told", "Shop", "Clock")
"""Words that were the names of several things."""
STATES: Final = {"state", "status", "colour", "kind", "role"}
"""Members whose values are few and known: a misspelt one must not pass the types."""
OPEN_WORDS: Final = {
    "app/channels/whatsapp.py:state": "Meta adds words of its own",
    "app/fiscal/seal.py:kind": "the verifier passes whatever an entry says it is",
    "app/services/shop/clients.py:kind": "it is hashed, whatever it is",
}


class Function(NamedTuple):
    """A function, and how many lines it has from its `def` to its end."""

    path: str
    name: str
    lines: int


def sources() -> Iterator[tuple[str, str]]:
    """Path and text of each module of ours."""
    return source.sources("app", "hardware")


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Path and syntax tree of each of them."""
    return source.trees("app", "hardware")


def functions() -> list[Function]:
    return [
        Function(path, node.name, (node.end_lineno or 0) - node.lineno + 1)
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def files_in_folders() -> Counter[str]:
    return Counter(path.rpartition("/")[0] for path, _ in sources())


def test_no_file_is_longer_than_one_idea_takes() -> None:
    long = {path for path, text in sources() if len(text.splitlines()) > MOST_LINES}
    assert long == set(LONG_FILES)


def test_no_function_is_longer_than_a_screen() -> None:
    long = {f"{one.path}:{one.name}" for one in functions() if one.lines > MOST_IN_A_FUNCTION}
    assert long == set(LONG_FUNCTIONS)


def test_no_folder_of_a_subject_holds_more_than_fifteen_files() -> None:
    full = {
        folder: count
        for folder, count in files_in_folders().items()
        if folder.startswith(FULL_FOLDERS) and count > MOST_FILES
    }
    assert full == {}


def test_a_word_names_one_thing() -> None:
    named = Counter(
        name for _, tree in trees() for name in defined(tree) if name.lstrip("_") in SHARED_WORDS
    )
    assert [name for name, count in named.items() if count > 1] == []


def test_nothing_is_called_told() -> None:
    told = {
        f"{path}:{getattr(node, 'lineno', 0)}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if name_of(node).lstrip("_").lower() == "told"
    }
    assert told == set()


def defined(tree: ast.Module) -> Iterator[str]:
    """The names of its classes, and of what it names at its top."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def name_of(node: ast.AST) -> str:
    """What a name, an attribute, a parameter or a definition is called."""
    for member in ("id", "attr", "arg", "name"):
        found = getattr(node, member, None)
        if isinstance(found, str):
            return found
    return ""


def test_the_tax_authority_is_dgi_in_every_name() -> None:
    """What a sealing party is called is `authority`; tables and stored words keep their names."""
    kept = {"authority", "authorities", "AuthorityList", "same_authority", "unknown_authority"}
    found = {
        f"{path}:{name}"
        for path, tree in trees()
        if "/migrations/" not in path
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if "authorit" in (name := node.name).lower() and name.lstrip("_") not in kept
    }
    assert found == set()
    assert not [path for path, _ in sources() if "authorit" in path and "/migrations/" not in path]


def test_a_state_is_one_of_the_words_that_its_type_names() -> None:
    bare = {
        f"{path}:{name}"
        for path, tree in trees()
        if "/migrations/" not in path
        for name, annotation in annotated(tree)
        if name in STATES and ast.unparse(annotation) in {"str", "str | None"}
    }
    assert bare == set(OPEN_WORDS)


def annotated(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """The parameters and members of that module, with their types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            yield node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.annotation


def test_a_module_of_a_subject_begins_by_saying_what_it_is() -> None:
    """One sentence at the top of each folder."""
    silent = [
        path
        for path, tree in trees()
        if path.endswith("__init__.py") and path.count("/") > 1 and not ast.get_docstring(tree)
    ]
    assert silent == []


def test_every_file_that_the_documents_name_exists() -> None:
    named = {
        (document.name, path)
        for document in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
        for path in re.findall(
            r"`((?:app|web|tests|hardware|docs)/[\w./-]*)`", document.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 40  # the walks stand there
    assert [one for one in sorted(named) if not (ROOT / one[1]).exists()] == []


def test_a_subject_writes_its_own_rows_only() -> None:
    """Reading may cross subjects, writing does not: who changes a row stands in one folder."""
    homes = {
        node.name: path.rpartition("/")[2].removesuffix(".py")
        for path, tree in trees()
        if path.startswith("app/store/tables/")
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
    foreign = {
        f"{path}: {table}"
        for path, tree in trees()
        if path.startswith("app/store/") and not {"tables", "migrations"} & set(path.split("/"))
        for table in written_tables(tree) & set(homes)
        if homes[table] != path.split("/")[2].removesuffix(".py")
    }
    assert foreign == set()


def written_tables(tree: ast.Module) -> set[str]:
    """The table classes that a module builds, inserts into, updates or deletes from."""
    written = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            written.add(node.func.id)
            if node.func.id in {"insert", "update", "delete"}:
                written |= {one.id for one in node.args if isinstance(one, ast.Name)}
    return written


def test_the_map_is_printed(record_property: Callable[[str, object], None]) -> None:
    folders = sorted(files_in_folders().items(), key=lambda item: (-item[1], item[0]))
    longest = sorted(functions(), key=lambda one: -one.lines)
    longest = [one for one in longest if "/migrations/" not in one.path]
    files = sorted(((len(text.splitlines()), path) for path, text in sources()), reverse=True)
    files = [one for one in files if "/migrations/" not in one[1]]
    record_property(
        "map",
        [
            "files per folder: " + ", ".join(f"{folder} {count}" for folder, count in folders),
            "longest files: " + ", ".join(f"{path} {lines}" for lines, path in files[:5]),
            "longest functions: "
            + ", ".join(f"{one.path}:{one.name} {one.lines}" for one in longest[:5]),
        ],
    )
    assert files
