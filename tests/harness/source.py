"""What the product's own text says: the arguments of its calls."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def arguments(folder: str, function: str, position: int) -> Iterator[ast.expr]:
    """That argument (from 0) of each call of the function in the folder."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) == function:
                yield from node.args[position : position + 1]


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""
