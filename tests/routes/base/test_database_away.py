"""While the database is away every route says so, and when to ask again; none fails."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.server import create_app
from app.settings import Settings
from app.store.engine import Unreachable, is_our_fault, open_engine, reading
from app.wiring import assemble
from tests.given.requests import sale_request
from tests.given.shop_as_process import new_id

VALUES: Final = {"outlet_id": "KIN01", "outlet": "KIN01", "series": "1", "name": "x", "number": "1"}
"""Of the parameters in paths; any other is an id."""
MOST_OF_THEM: Final = 40
"""The others serve files, or refuse before they ask the database."""


pytestmark = pytest.mark.filterwarnings("ignore:.*inferred style")  # of the API's handlers


@pytest.fixture
def away(tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    """A server that has lost its database."""
    parts = assemble(Settings(var=tmp_path))

    def refuse(*_: Any) -> None:
        raise OperationalError("SELECT 1", {}, sqlite3.OperationalError("the disk is gone"))

    event.listen(parts.engine, "begin", refuse)
    yield TestClient(create_app(parts), raise_server_exceptions=False)
    parts.engine.dispose()


def routes(app: Litestar) -> list[tuple[str, str]]:
    """Every method and address, its parameters filled in."""
    found = []
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            parts = [p if isinstance(p, str) else VALUES.get(p.name) for p in route.path_components]
            path = "/" + "/".join(part or new_id() for part in parts)
            found += [(method, path) for method in route.methods - {"OPTIONS", "HEAD"}]
    return sorted(found)


def test_no_route_fails_while_the_database_is_away(away: TestClient[Litestar]) -> None:
    headers = {"Authorization": "Bearer bono_" + "a" * 43, "Cookie": "bono_session=x"}
    answers = {}
    for method, path in routes(away.app):
        body = sale_request() if method in {"POST", "PUT"} else None
        answers[method, path] = away.request(
            method, path, headers=headers, json=body, follow_redirects=False
        )
    assert [asked for asked, answer in answers.items() if answer.status_code == 500] == []
    busy = {asked: answer for asked, answer in answers.items() if answer.status_code == 503}
    assert [asked for asked, answer in busy.items() if "retry-after" not in answer.headers] == []
    assert len(busy) > MOST_OF_THEM
    page = away.get("/gestion/envois", headers=headers | {"Accept": "text/html"})
    assert (page.status_code, page.headers["retry-after"]) == (503, "2")
    assert "La base de données ne répond pas." in page.text


def test_what_is_our_own_fault_is_no_outage(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with reading(engine) as session, pytest.raises(Unreachable) as caught:
        session.execute(text("SELECT nonsense FROM nowhere"))
    wrong = ProgrammingError("SELECT", {}, sqlite3.ProgrammingError("no"))
    assert is_our_fault(wrong)
    assert not is_our_fault(caught.value)  # SQLite calls a missing table and a full disk alike
    engine.dispose()
