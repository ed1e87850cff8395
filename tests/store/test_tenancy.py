"""Whose rows: every table has an owner, and nobody reads the rows of an outlet unnamed."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from sqlmodel import SQLModel

from app.store import tables
from app.store.tenancy import ACROSS_OUTLETS, EVERYWHERE, OF_MERCHANTS, OF_NOBODY, within

if TYPE_CHECKING:
    from sqlalchemy import Table

STORE: Final = Path(tables.__file__).parents[1]
TABLES: Final = {
    mapper.class_.__name__: cast("Table", mapper.local_table)
    for mapper in SQLModel._sa_registry.mappers  # noqa: SLF001 - all that SQLModel knows
}
OF_OUTLETS: Final = {name for name, table in TABLES.items() if "outlet_id" in table.columns}
NAMING: Final = {
    "outlet_id", "outlet_ids", "key", "keys", "place", "lease", "leases", "head", "heads",
    "nim", "nims",  # a control module is one merchant's
    "token_hash", "key_hash", "token", "device_id",  # a secret, or an id that only one outlet has
}  # fmt: skip
"""Parameters that say whose rows are meant."""
READERS: Final = {"select", "sql_select", "select_many", "update", "delete", "get", "get_one"}


def test_every_table_is_an_outlets_a_merchants_or_says_why_it_is_nobodys() -> None:
    for table in TABLES.values():
        owners = [
            "outlet_id" in table.columns and table.name not in OF_MERCHANTS,
            table.name in OF_MERCHANTS and OF_MERCHANTS[table.name] in table.columns,
            bool(OF_NOBODY.get(table.name)),
        ]
        assert owners.count(True) == 1, table.name
    names = {table.name for table in TABLES.values()}
    assert set(OF_MERCHANTS) | set(OF_NOBODY) <= names


def test_an_outlet_names_the_merchant_that_owns_it() -> None:
    (merchant,) = TABLES["Outlet"].columns["merchant_nif"].foreign_keys
    assert merchant.target_fullname == "merchant.nif"


def test_everywhere_is_said_and_never_meant_by_leaving_the_outlet_out() -> None:
    outlet = TABLES["Case"].columns["outlet_id"]
    assert str(within(outlet, EVERYWHERE).compile()) == "true"
    assert str(within(outlet, "KIN01").compile()) == "sync_case.outlet_id = :outlet_id_1"
    optional = [
        f"{path.relative_to(STORE.parent)}:{function.name}"
        for path in sorted(STORE.parent.rglob("*.py"))
        for function in functions(path)
        for parameter, default in defaults(function)
        if parameter == "outlet_id" and "access" not in path.name
        if default is not None
    ]
    assert optional == []


def test_no_function_reads_the_rows_of_an_outlet_without_naming_it() -> None:
    unnamed = {
        f"{path.relative_to(STORE).with_suffix('').as_posix().replace('/', '.')}.{function.name}"
        for path in sorted(STORE.rglob("*.py"))
        if not {"migrations", "tables"} & set(path.parts)
        for function in functions(path)
        if reads_outlets(function) and not names_one(function)
    }
    assert unnamed == set(ACROSS_OUTLETS)
    assert all(ACROSS_OUTLETS.values())


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """The functions of that file, not those inside others."""
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.FunctionDef):
            yield node


def defaults(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr | None]]:
    """Its parameters, each with its default if it has one."""
    plain, values = function.args.args, function.args.defaults
    padded: list[ast.expr | None] = [*[None] * (len(plain) - len(values)), *values]
    yield from zip((one.arg for one in plain), padded, strict=True)
    for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        yield one.arg, default


def reads_outlets(function: ast.FunctionDef) -> bool:
    """It asks for rows, and names a table that outlets own."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    called = {call.attr for call in calls if isinstance(call, ast.Attribute)}
    called |= {call.id for call in calls if isinstance(call, ast.Name)}
    return bool(called & READERS) and bool(names_in(function) & OF_OUTLETS)


def names_one(function: ast.FunctionDef) -> bool:
    """A parameter says whose rows: by its name, or because it is a row of that outlet."""
    parameters = [*function.args.args, *function.args.kwonlyargs]
    return any(
        one.arg in NAMING or (one.annotation is not None and names_in(one.annotation) & OF_OUTLETS)
        for one in parameters
    )


def names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
