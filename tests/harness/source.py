"""The product's own text: its modules, their trees, the arguments of its calls."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Path and text of each module in these folders, in order."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Path and syntax tree of each of them."""
    for path, text in sources(*folders):
        yield path, ast.parse(text)


def arguments(folder: str, function: str, position: int) -> Iterator[ast.expr]:
    """That argument (from 0) of each call of the function in the folder."""
    for _, tree in trees(folder):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) == function:
                yield from node.args[position : position + 1]


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""
