"""Every line of the crash matrix (§2.3 of the design): the power goes there, and nothing is lost.

Before the commit, after it, on the way, behind the server, before and after the paper; the tablet's
power or the server's.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlmodel import Session, col, select

from app.store.engine import reading
from app.store.tables.papers import Print
from app.store.tables.tills import Device
from tests.browser.network_between import SALES, Held, for_sales, no_road, open_road
from tests.browser.till_page import NORMALISED

if TYPE_CHECKING:
    from tests.browser.modules_page import Answer, Asked
    from tests.browser.network_between import Onward
    from tests.browser.till_page import Till
    from tests.browser.whole_scene import Street

pytestmark = pytest.mark.long

CHECKING = "Vérification… La vente est gardée, rien n’est perdu. Vous pouvez continuer."
LAST_WORD = re.compile(
    f"^({NORMALISED}|Vente enregistrée, la DGI n’a pas répondu clairement. .* Rien n’est perdu.)$"
)
"""A server that dies while it asks the DGI may leave a doubt, which a person clears."""
NEVER_COMPLETES = """() => {
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (...given) {
    const request = add.apply(this, given);
    const again = () => { this.count().onsuccess = again; };
    if (this.name === "outbox") again();
    globalThis.inside ||= this.name === "outbox";
    return request;
  };
}"""
"""The sale is written, and its transaction goes on for ever."""


def _at_the_till(street: Street) -> Till:
    """Two articles are on the ticket and their price is asked for."""
    till = street.till()
    till.add(*till.articles[:2])
    till.cash_in()
    till.page.locator("#especes").wait_for()
    till.settled()
    return till


def _pay(till: Till) -> None:
    """The ticket is paid, and its sale in the outbox or beyond."""
    till.pay_exactly()
    expect(till.page.locator(".line")).to_have_count(0)


def _numbers(street: Street) -> list[str]:
    """The fiscal numbers that the server gave this tablet's sale, answer by answer."""
    answers = [json.loads(trip.answer.body) for trip in street.road.sale_trips()]
    return [answer["security"]["fiscal_number"] for answer in answers]


# --- The tablet


def test_cut_before_the_commit_completes_the_ticket_is_open_with_all_its_lines(
    street: Street,
) -> None:
    till = _at_the_till(street)
    asked = till.text("#reste")
    till.page.evaluate(NEVER_COMPLETES)
    till.pay_exactly()
    street.until(till, lambda: bool(till.page.evaluate("globalThis.inside")), "no commit")
    street.tablet.kill()
    till = street.back()
    expect(till.page.locator(".line")).to_have_count(2)
    till.shows("#reste", asked)
    assert till.stored("outbox") == []
    assert street.road.sales() == []
    _pay(till)
    street.accounted(till, 1)


def test_cut_after_the_commit_and_before_the_sending_the_sale_leaves_later(street: Street) -> None:
    till = _at_the_till(street)
    street.road.traffic = for_sales(no_road)
    _pay(till)
    street.tablet.kill()
    assert street.road.sale_trips() == []
    street.road.traffic = open_road
    till = street.back()
    till.wait_until(NORMALISED)
    street.accounted(till, 1)
    assert len({asked.body for asked in street.road.sales()}) == 1


@pytest.mark.parametrize("behind", [False, True], ids=["on its way", "with its answer"])
def test_cut_while_the_request_is_under_way_the_same_bytes_are_sent_again(
    street: Street, *, behind: bool
) -> None:
    till = _at_the_till(street)
    street.road.traffic = held = Held(behind)
    till.pay_exactly()
    street.until(till, held.arrived.is_set, "the sale does not leave")
    street.tablet.kill()
    street.road.traffic = open_road
    held.go.set()
    till = street.back()
    till.wait_until(NORMALISED)
    street.accounted(till, 1)
    assert len(street.road.sales()) >= 2
    assert len({asked.body for asked in street.road.sales()}) == 1
    assert len(set(_numbers(street))) == 1
    if behind:
        last = street.road.sale_trips()[-1].answer
        assert (last.status, last.headers["idempotent-replay"]) == (200, "true")


def test_cut_after_the_answer_is_stored_nothing_is_sent_again(street: Street) -> None:
    till = _at_the_till(street)
    till.pay_exactly()
    till.wait_until(NORMALISED)
    street.drained(till, 1)
    sent = len(street.road.sales())
    street.tablet.kill()
    till = street.back()
    till.wait_until(NORMALISED)
    street.accounted(till, 1)
    assert len(street.road.sales()) == sent


def _is_print(asked: Asked) -> bool:
    return asked.method == "PUT" and asked.path.startswith(SALES) and "/prints/" in asked.path


def _papers(street: Street, sale_id: str) -> list[str]:
    """The copies of that sale that were recorded, the first one first."""
    with street.demo.engine() as engine, reading(engine) as session:
        query = select(Print).where(Print.sale_id == sale_id).order_by(col(Print.at))
        return ["original" if p.copy_id == "original" else "DUPLICATA" for p in session.exec(query)]


@pytest.mark.parametrize("behind", [False, True], ids=["before it is recorded", "after"])
def test_cut_at_the_print_the_original_is_printed_once(street: Street, *, behind: bool) -> None:
    till = _at_the_till(street)
    till.pay_exactly()
    till.wait_until(NORMALISED)
    street.road.traffic = held = Held(behind, looked_for=_is_print)
    till.tap(till.page.locator("#imprimer"))
    street.until(till, held.arrived.is_set, "no paper is asked for")
    street.tablet.kill()
    street.road.traffic = open_road
    held.go.set()
    till = street.back()
    till.shows("#imprimer", "Imprimer")
    for _ in range(2):
        with till.page.context.expect_page() as opened:
            till.tap(till.page.locator("#imprimer"))
        opened.value.close()
        till.shows("#imprimer", "Réimprimer")
    [sale] = street.accounted(till, 1)
    assert _papers(street, sale["sale_id"]) == ["original", "DUPLICATA"]


def test_a_tablet_that_is_gone_with_its_sales_is_missed(street: Street) -> None:
    till = street.till()
    street.road.traffic = for_sales(no_road)
    for _ in range(2):
        till.sell()

    def told() -> bool:
        street.looks(till)
        beats = [asked for asked in street.road.came if asked.path.endswith("/heartbeat")]
        return "2" in {beat.document["outbox"] for beat in beats}

    street.until(till, told, "the server does not hear of it", pause=500)
    [gone] = [row["terminal_id"] for row in till.stored("meta") if row["name"] == "device"]
    street.tablet.kill()
    shutil.rmtree(street.tablet.profile)
    street.demo.change(lambda session: _silent_for_an_hour(session, gone))
    street.road.traffic = open_road
    till = street.till()
    till.open_sheet()
    expect(till.page.locator("#mesures")).to_contain_text(
        f"Caisse {gone} : 2 ventes ne sont que sur la tablette, qui ne répond plus. Rallumez-la.",
    )
    street.demo.change(lambda session: _found_again(session, gone))


def _device(session: Session, terminal: str) -> Device:
    return session.exec(select(Device).where(Device.terminal_id == terminal)).one()


def _silent_for_an_hour(session: Session, terminal: str) -> None:
    heard = datetime.now(UTC) - timedelta(hours=1)
    _device(session, terminal).heard_at = heard.strftime("%Y-%m-%dT%H:%M:%SZ")


def _found_again(session: Session, terminal: str) -> None:
    """Nobody misses it in the tests after this one."""
    _device(session, terminal).outbox = 0


# --- The server


@pytest.mark.parametrize("behind", [False, True], ids=["before its commit", "after its commit"])
def test_the_server_is_killed_around_its_commit_and_seals_once(
    street: Street, *, behind: bool
) -> None:
    till = _at_the_till(street)
    street.road.traffic = held = Held(behind)
    _pay(till)
    street.until(till, held.arrived.is_set, "the sale does not leave")
    street.demo.kill()
    street.road.traffic = open_road
    held.go.set()
    till.shows("#lampe-tablette .lamp-word", "Sans serveur")
    till.shows("#bandeau-etat", CHECKING)
    street.demo.serve()
    street.accounted(till, 1)
    expect(till.page.locator("#bandeau-etat")).to_have_text(LAST_WORD)
    assert len({asked.body for asked in street.road.sales()}) == 1


@pytest.mark.parametrize("milliseconds", [0, 4, 12, 30])
def test_the_server_is_killed_while_it_works_and_seals_once(
    street: Street, milliseconds: int
) -> None:
    till = _at_the_till(street)
    killer = threading.Timer(milliseconds / 1000, street.demo.kill)

    def dies(asked: Asked, onward: Onward) -> Answer:
        if killer.ident is None:
            killer.start()
        return onward(asked)

    street.road.traffic = for_sales(dies)
    _pay(till)
    street.until(till, killer.finished.is_set, "the sale does not leave")
    killer.join()
    street.road.traffic = open_road
    street.demo.serve()
    street.accounted(till, 1)
    expect(till.page.locator("#bandeau-etat")).to_have_text(LAST_WORD)
    assert len({asked.body for asked in street.road.sales()}) == 1
    assert len(set(_numbers(street))) == 1
