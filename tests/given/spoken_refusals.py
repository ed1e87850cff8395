"""Every refusal that the product's own text contains: its rule, and its sentence as a template."""

import ast
from collections.abc import Iterator
from typing import Final

from tests.harness import source

SAYS: Final = {
    "InvalidInvoice": (0, 2),
    "Forbidden": (0, 2),
    "NotEnrolled": (0, 1),
    "problem": (2, 3),
    "OneOf": (1, None),
    "Matching": (2, None),
    "AddressRefused": (None, 0),
    "NoPaper": (None, 0),
    "wrong_type": (None, None),
}
"""By what raises or answers it: where its rule and where its sentence stand."""


def rules() -> set[str]:
    """Every rule that a refusal may name."""
    named = {rule for _, rule, _ in _calls() if rule}
    for _, tree in source.trees("app"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                named |= {text for text in _reasons(node) if text}
    return named


def sentences(*, outside: tuple[str, ...] = ()) -> dict[str, str]:
    """Every sentence with the file it stands in; `{}` is where a value is put in."""
    found = {
        text: path
        for path, _, text in _calls()
        if text and text != "{}" and not path.startswith(outside)
    }
    return {text: path for text, path in found.items() if text.endswith((".", "{}"))}


def _reasons(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        if (
            isinstance(line, ast.Assign)
            and isinstance(line.value, ast.Constant)
            and isinstance(line.targets[0], ast.Name)
            and line.targets[0].id in {"reason", "rule"}
        ):
            yield str(line.value.value)


def _calls() -> Iterator[tuple[str, str, str]]:
    for path, tree in source.trees("app"):
        constants = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in SAYS:
                    rule, text = SAYS[name]
                    yield path, _text(node, rule, constants), _text(node, text, constants)


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What the module names at its top."""
    found: dict[str, ast.expr] = {}
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            found[line.targets[0].id] = line.value
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value:
            found[line.target.id] = line.value
    return found


def _text(call: ast.Call, position: int | None, constants: dict[str, ast.expr]) -> str:
    if position is None or position >= len(call.args):
        return ""
    value = call.args[position]
    if isinstance(value, ast.Name):
        value = constants.get(value.id, value)
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in value.values)
    return ""
