"""The schema that the migrations make is the one that the code speaks of."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from app.store import tables
from app.store.engine import MIGRATIONS, migrate, open_engine
from tests.harness import forks, in_other_processes
from tests.store import one_row_each


@pytest.fixture
def migrations() -> list[Any]:
    """The modules of the migrations, the newest first."""
    return [script.module for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[Any] = compare_metadata(context, SQLModel.metadata)
    return found


def test_the_migrated_schema_is_that_of_the_tables(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    migrate(engine)
    assert differences(engine) == []
    engine.dispose()


def test_migrating_again_changes_nothing(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO merchant (nif, name) VALUES ('A1', 'Reste')"))
    migrate(engine)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT nif, name FROM merchant")).all() == [("A1", "Reste")]
    engine.dispose()


def test_processes_that_start_together_may_all_migrate(empty_database_url: str) -> None:
    forks.at_once(in_other_processes.migrated, *[(empty_database_url,)] * 4)
    engine = open_engine(empty_database_url)
    assert set(inspect(engine).get_table_names()) == {*SQLModel.metadata.tables, "alembic_version"}
    assert differences(engine) == []
    engine.dispose()


def test_the_migrations_protect_the_tables_that_the_code_calls_append_only(
    migrations: list[Any],
) -> None:
    protected = [table for module in reversed(migrations) for table in module.APPEND_ONLY]
    assert sorted(protected) == sorted(tables.APPEND_ONLY)
    assert {table for module in migrations for table in module.SAME_KEY} == set(protected)


def test_the_trigger_against_replace_compares_every_unique_key(migrations: list[Any]) -> None:
    same_key = {table: keys for module in migrations for table, keys in module.SAME_KEY.items()}
    for table, names in one_row_each.unique_keys():
        condition = " AND ".join(f"{name} = NEW.{name}" for name in names)
        assert condition in same_key[table], (table, names)


def test_every_table_that_grows_leads_its_key_with_the_outlet() -> None:
    fixed = {"merchant", "outlet", "control_module", "signing_key", "api_key", "setting", "turn"}
    fixed |= {"law_act"}  # a few rows in a year
    # Found by what a browser holds
    by_secret = {"enrolment_link", "till_session", "operator_link", "operator_session"}
    for name, table in SQLModel.metadata.tables.items():
        if name not in fixed | by_secret:
            assert next(iter(table.primary_key.columns)).name == "outlet_id", name


def test_articles_of_before_are_numbered_so_that_every_till_hears_of_them(
    empty_database_url: str,
) -> None:
    engine = open_engine(empty_database_url)
    migrate(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO merchant VALUES ('A1', 'Exemple')"))
        connection.execute(
            text(
                "INSERT INTO outlet (outlet_id, merchant_nif, name, address, contact, regime, isf,"
                " zone, legal_mode, septante) VALUES"
                " ('KIN01', 'A1', 'n', 'a', 'c', 'r', 'i', 'Africa/Kinshasa', 'strict', true)"
            )
        )
        for code in ("SEL", "PAIN", "EAU"):
            connection.execute(
                text(
                    "INSERT INTO article (outlet_id, code, type, name, unit, category, unit_price,"
                    " tax_group, favourite) VALUES"
                    " ('KIN01', :code, 'BIE', 'n', 'u', 'r', 100, 'A', false)"
                ),
                {"code": code},
            )
    migrate(engine)
    with engine.begin() as connection:
        numbers = connection.execute(text("SELECT code, changed, gone FROM article ORDER BY code"))
        assert [tuple(row) for row in numbers] == [("EAU", 1, 0), ("PAIN", 2, 0), ("SEL", 3, 0)]
        policy = connection.execute(text("SELECT offline_policy, offline_hours FROM outlet"))
        assert policy.one() == ("bloquer", 48)
    engine.dispose()
