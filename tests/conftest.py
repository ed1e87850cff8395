"""What every test may ask for: real databases, a real HSM, a real browser, real processes."""

from __future__ import annotations

import gc
import os
import shutil
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from app.store.engine import migrate, open_engine
from tests.harness import browser as chrome
from tests.harness import dearest, ports, postgres, processes, softhsm
from tests.simulation.table import PROPERTY, table

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

# The machine's speed never decides a test; CI tries the same examples each time.
hypothesis.settings.register_profile(
    "bono",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("bono")


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    return ports.free_port()


@pytest.fixture(scope="session")
def postgresql(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[postgres.Cluster]:
    """The PostgreSQL server that all workers share."""
    own = tmp_path_factory.getbasetemp()
    with postgres.shared_cluster(own if worker_id == "master" else own.parent) as cluster:
        yield cluster


@pytest.fixture
def postgresql_url(postgresql: postgres.Cluster) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    with postgresql.fresh_database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'bono.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """An empty database; the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with the newest schema and no row; the test runs once on each of the two."""
    url: str = request.getfixturevalue(f"_furnished_{request.param}_url")
    return url


@pytest.fixture
def _furnished_sqlite_url(sqlite_url: str, _newest_sqlite: Path) -> str:
    shutil.copyfile(_newest_sqlite, sqlite_url.removeprefix("sqlite:///"))
    return sqlite_url


@pytest.fixture
def _furnished_postgresql_url(postgresql: postgres.Cluster) -> Iterator[str]:
    with postgresql.fresh_database(postgresql.template("newest_schema", _migrated)) as url:
        yield url


@pytest.fixture(scope="session")
def _newest_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("newest") / "schema.sqlite3"
    _migrated(f"sqlite:///{file}")
    return file


def _migrated(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def _softhsm_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`SOFTHSM2_CONF` of this worker and of the processes it starts."""
    configuration = softhsm.write_configuration(tmp_path_factory.mktemp("softhsm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        yield


@pytest.fixture
def hsm_token(_softhsm_configuration: None) -> softhsm.HsmToken:
    """An empty SoftHSM token of this test's own: `module`, `label`, `pin`."""
    return softhsm.fresh_token()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium for one module.

    Not for the session: while Playwright runs, no other test of the worker can `asyncio.run`.
    """
    with chrome.launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with storage of its own, in a browser set to French and to Kinshasa's time.

    A script that throws and is not caught fails the test.
    """
    thrown: list[str] = []
    context = browser.new_context(locale="fr-CD", timezone_id="Africa/Kinshasa")
    page = context.new_page()
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert thrown == []


@pytest.fixture
def run_bono(tmp_path: Path) -> Iterator[processes.Commands]:
    """Starts `bono` commands: `run_bono("serve", env={…}).url`; all end with the test."""
    commands = processes.Commands(tmp_path, [])
    yield commands
    commands.end()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long modules begin first, whatever the order of the rest: none is left for the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """What was read by now stays: the collector need not look at it again in every test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A report tells what was started during it."""
    report = yield
    report.user_properties.append((dearest.PROPERTY, dearest.since_then()))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was dear, the map, and the histories and power cuts, if there were any."""
    write = terminalreporter.write_line
    stats = terminalreporter.stats.values()
    for line in dearest.cost(each for kind in stats for each in kind if _is_report(each)):
        write(line)
    reports = [
        report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)
    ]
    properties = [each for report in reports for each in report.user_properties]
    for lines in (value for name, value in properties if name == "map"):
        write("\n" + "\n".join(lines))
    for text in table([document for name, document in properties if name == PROPERTY]):
        write(text)
    _write_table(write, [row for name, row in properties if name == "power cuts"])


def _write_table(write: Callable[[str], object], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    write("")
    for line in (list(rows[0]), ["---"] * len(rows[0])):
        write("| " + " | ".join(line) + " |")
    for row in sorted(rows, key=lambda row: int(row["seed"])):
        write("| " + " | ".join(str(value) for value in row.values()) + " |")


def _is_report(stat: Any) -> bool:
    return isinstance(stat, pytest.TestReport)
