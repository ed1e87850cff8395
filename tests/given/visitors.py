"""People at the managers' and operators' pages: a browser's cookies, and forms with their token."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

from app.services.people import operators
from app.services.people.pins import hash_pin
from app.store.engine import writing
from app.store.people import people
from app.store.tables.people import Person
from tests.given.shop_as_process import NEIGHBOUR, RunningShop, opened
from tests.given.signing_tablet import SigningTablet

MANAGER: Final = {"cashier_id": "M1", "pin": "9876"}
CASHIER: Final = {"cashier_id": "C1", "pin": "1234"}
NEIGHBOURS_MANAGER: Final = {"cashier_id": "M9", "pin": "1111"}
HTMX: Final = {"HX-Request": "true"}
_TOKEN: Final = re.compile(r'name="jeton" value="([^"]+)"')
_DONE: Final = re.compile(r'id="fait"[^>]*>(?:<svg.*?</svg>)? ?([^<]*)</p>', re.DOTALL)
_MARK: Final = re.compile(r'name="vu" value="([^"]+)"')


@dataclass
class Visitor:
    """A browser in which somebody may look at pages."""

    http: httpx.Client
    form: str
    """A page that has a form of this session."""

    def see(self, path: str, **headers: str) -> httpx.Response:
        """The page."""
        return self.http.get(path, headers={"Accept": "text/html", **headers})

    def token(self) -> str:
        """The token of this session's forms."""
        found = _TOKEN.search(self.see(self.form).text)
        assert found
        return found[1]

    def send(self, path: str, token: str | None = None, **fields: str) -> httpx.Response:
        """A form is sent, with this session's token or another; the redirect is not followed."""
        data = {"jeton": self.token() if token is None else token, **fields}
        return self.http.post(path, data=data, headers={"Accept": "text/html"})

    def does(self, path: str, **fields: str) -> str:
        """A form is sent and taken; what the page says next."""
        answer = self.send(path, **fields)
        assert answer.status_code == 303, answer.text
        return done(self.see(answer.headers["location"]))


def done(page: httpx.Response) -> str:
    """What the page says was done."""
    found = _DONE.search(page.text)
    assert found, page.text
    return found[1].strip()


def mark(page: httpx.Response) -> str:
    """The mark of what the page shows."""
    found = _MARK.search(page.text)
    assert found
    return found[1]


@contextmanager
def browser(shop: RunningShop, form: str = "/gestion/envois") -> Iterator[Visitor]:
    """A browser that nobody has used."""
    with httpx.Client(base_url=shop.card["url"], timeout=30) as http:
        yield Visitor(http, form)


@contextmanager
def at_till(
    shop: RunningShop, who: dict[str, str], tablet: SigningTablet | None = None
) -> Iterator[Visitor]:
    """The browser of a new till that this person has opened."""
    with browser(shop) as visitor:
        till = tablet or SigningTablet()
        if tablet is None:
            assert till.enrol(visitor.http).status_code == 201
        opened_till = till.ask(visitor.http, "POST", "/caisse/ouvrir", who)
        assert opened_till.status_code == 200, opened_till.text
        yield visitor


@contextmanager
def neighbours_manager(shop: RunningShop) -> Iterator[Visitor]:
    """The manager of the other merchant's outlet, at a till of it."""
    tablet = SigningTablet()
    with opened(shop.var) as engine:
        tablet.put_in(engine, NEIGHBOUR, "T1")
        person = Person(
            outlet_id=NEIGHBOUR,
            cashier_id=NEIGHBOURS_MANAGER["cashier_id"],
            name="Voisine",
            role="manager",
            pin_hash=hash_pin(NEIGHBOURS_MANAGER["pin"]),
        )
        with writing(engine) as session:
            people.put_people(session, person)
    with at_till(shop, NEIGHBOURS_MANAGER, tablet) as visitor:
        visitor.form = "/gestion/regles"
        yield visitor


def new_link(shop: RunningShop, name: str = "Awa") -> str:
    """The address of a link for that operator."""
    with opened(shop.var) as engine:
        return f"/exploitation/entrer/{operators.new_link(engine, name, datetime.now(UTC))}"


@contextmanager
def operator(shop: RunningShop, name: str = "Awa") -> Iterator[Visitor]:
    """A browser in which that operator has entered."""
    with browser(shop, "/exploitation") as visitor:
        assert visitor.http.post(new_link(shop, name)).status_code == 303
        yield visitor
