"""What the tablet knows of the shop, and who may open it, with the server and without."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.modules_page import (
    CUT,
    DEVICE,
    Answer,
    Asked,
    Core,
    Network,
    page_of_html,
    problem,
    says,
)


def article(code: str, name: str, category: str = "Divers", **more: object) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "category": category,
        "type": "BIE",
        "unit": "pièce",
        "unit_price": "100.00",
        "tax_group": "B",
        **more,
    }


CONTEXT = {
    "device_id": "D" * 22,
    "outlet_id": "KIN01",
    "outlet_name": "Gombe",
    "merchant_nif": "A2512345Z",
    "pos_terminal_id": "T1",
    "terminal_name": "Caisse 1",
    "zone": "Africa/Kinshasa",
    "price_mode": "TTC",
    "control_module": True,
    "tables": [
        {"name": "CD-OLD", "from": "2000-01-01", "rates": {"B": "16"}},
        {"name": "CD-FAR", "from": "2999-01-01", "rates": {"B": "18"}},
    ],
    "people": [
        {"cashier_id": "C1", "name": "Marie", "role": "cashier"},
        {"cashier_id": "C2", "name": "Jean", "role": "cashier"},
    ],
    "rates": [{"currency": "USD", "day": "2020-01-01", "rate": "2850.00", "source": "BCC"}],
    "rate_age_days": 7,
    "offline": {"policy": "bloquer", "hours": 48},
    "seller": {"name": "B", "address": "A", "contact": "+243", "nif": "A2512345Z"},
}
SHELF = [
    article("CRE1", "Crème glacée", "Desserts", barcode="6001234567890", favourite=True),
    article("FAR25", "Farine de blé 25 kg"),
    article("42", "Pâtes"),
]
CLIENTS = [
    {"id": "k1", "type": "PM", "name": "Quincaillerie Élan", "nif": "A2699999B"},
    {"id": "k2", "type": "AO", "name": "Ambassade", "exemption": "EX-7"},
]


class Server:
    """The three feeds, with what the test puts in them."""

    def __init__(self) -> None:
        self.context: dict[str, Any] = dict(CONTEXT)
        self.articles: dict[str, dict[str, Any]] = {
            "0": {"items": SHELF[:2], "cursor": "2", "more": True, "shelves": ["Desserts"]},
            "2": {"items": SHELF[2:], "cursor": "3", "more": False, "shelves": ["Desserts"]},
        }
        self.clients = {"0": {"items": CLIENTS, "cursor": "9", "more": False}}
        self.pin = "1234"

    def __call__(self, asked: Asked) -> Answer:
        path, _, since = asked.path.partition("?since=")
        if path == "/caisse/ouvrir":
            return self._open(asked.document)
        if path == "/caisse/contexte.json":
            return says(self.context | {"time": f"{len(since)}"})
        feed = self.articles if path == "/caisse/articles.json" else self.clients
        empty = {"items": [], "cursor": since, "more": False, "shelves": ["Desserts"]}
        return says(feed.get(since, empty))

    def _open(self, asked: dict[str, str]) -> Answer:
        if asked["pin"] != self.pin:
            return problem(422, "pin.wrong", left="3")
        person = next(p for p in CONTEXT["people"] if p["cashier_id"] == asked["cashier_id"])  # type: ignore[attr-defined, unused-ignore]
        return says(person)


@pytest.fixture
def server(core: Core, net: Network) -> Server:
    """The feeds have been pulled once."""
    server = net.answer = Server()
    assert core.run("return supply.pull()") is True
    return server


def found(core: Core, query: str) -> list[str]:
    codes: list[str] = core.run("return (await articles.find(arg, 9)).map((a) => a.code)", query)
    return codes


@pytest.mark.usefixtures("server")
def test_articles_are_found_by_words_code_and_barcode(core: Core) -> None:
    assert found(core, "creme") == ["CRE1"]
    assert found(core, "BLE far") == ["FAR25"]
    assert found(core, "blé crème") == []
    assert found(core, "6001234567890") == ["CRE1"]
    codes = [core.run("return articles.scanned(arg)", text) for text in ("42", " far25 ", "fari")]
    assert [one and one["code"] for one in codes] == ["42", "FAR25", None]
    assert core.run("return articles.scanned('6001234567890')") == SHELF[0]


@pytest.mark.usefixtures("server")
def test_shelves_are_turned_page_by_page_in_the_order_of_names(core: Core) -> None:
    assert core.run("return articles.shelves()") == ["!", "*", "Desserts"]
    first = core.run("return articles.page('*', undefined, 2)")
    then = core.run("return articles.page('*', arg, 2)", first[-1])
    assert [one["code"] for one in [*first, *then]] == ["CRE1", "FAR25", "42"]
    for shelf in ("!", "Desserts"):
        assert core.run("return articles.page(arg, '', 9)", shelf) == [SHELF[0]]


def test_only_what_changed_is_asked_for_and_what_is_gone_goes(core: Core, server: Server) -> None:
    assert core.run("return supply.pull()") is False
    changed = article("42", "Pâtes fraîches")
    server.articles["3"] = {"items": [changed], "gone": ["CRE1"], "cursor": "5", "more": False}
    server.articles["3"]["shelves"] = []
    assert core.run("return supply.pull()") is True
    assert found(core, "creme") == []
    assert found(core, "fraiches") == ["42"]
    assert core.run("return articles.shelves()") == ["*"]


def test_a_server_that_was_put_back_is_believed_afresh(core: Core, server: Server) -> None:
    core.run("await clients.rememberClient({ type: 'PM', name: 'Boulangerie', nif: 'A1' }, '')")
    server.articles = {"3": {"items": SHELF[1:2], "cursor": "1", "more": False, "shelves": []}}
    server.clients = {"9": {"items": CLIENTS[1:], "cursor": "4", "more": False}}
    assert core.run("return supply.pull()") is True
    assert core.run("return (await articles.page('*', '', 9)).map((a) => a.code)") == ["FAR25"]
    names = [core.run("return clients.findClients(arg, 9)", name) for name in ("q", "a", "b")]
    assert [len(found) for found in names] == [0, 2, 1]


@pytest.mark.usefixtures("server")
def test_five_thousand_articles_are_searched_without_reading_them_all(core: Core) -> None:
    core.run(
        """
        await database.relaxed(["products"], async (tx) => {
          for (let n = 0; n < 5000; n++) tx.objectStore("products").put(articles.productRecord(
            { code: `A${n}`, name: `Article numéro ${n} du rayon`, type: "BIE", unit: "p",
              unit_price: "1.00", tax_group: "B" }));
        });
        """
    )
    assert found(core, "article num 4999") == ["A4999"]
    assert len(found(core, "a")) == 9
    read = core.run(
        """
        let read = 0;
        const { getAll, get } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.getAll = function () { read += 5000; return getAll.call(this); };
        IDBObjectStore.prototype.get = function (key) { read += 1; return get.call(this, key); };
        await articles.find("art", 60);
        return read;
        """
    )
    assert read <= 60


def test_clients_are_found_and_one_noted_here_makes_way_for_the_servers(
    core: Core, server: Server
) -> None:
    assert core.run("return clients.findClients('elan quinc', 5)") == [CLIENTS[0]]
    assert core.run("return clients.clientByNif('A2699999B')") == CLIENTS[0]
    noted = {"type": "PM", "name": "Boulangerie", "nif": "A1"}
    core.run("await clients.rememberClient(arg, '')", noted)
    core.run("await clients.rememberClient({ type: 'AO', name: 'Ambassade B' }, 'EX-9')")
    core.run("await clients.rememberClient({ type: 'PP' }, '')")
    assert core.run("return clients.clientByNif('A1')") == noted | {"id": "local:A1"}
    assert core.run("return (await clients.findClients('amb b', 5))[0].exemption") == "EX-9"
    server.clients["9"] = {"items": [noted | {"id": "k3"}], "cursor": "10", "more": False}
    core.run("await supply.pull()")
    assert core.run("return clients.findClients('boul', 5)") == [noted | {"id": "k3"}]


def test_the_context_names_the_table_in_force_the_cashier_and_the_age_of_the_rate(
    core: Core, server: Server
) -> None:
    core.run("await unlock.unlock('C1', '1234')")
    context = core.run("return supply.context()")
    assert (context["tax_table"], context["rates"]) == ("CD-OLD", {"B": "16"})
    assert (context["cashier_id"], context["operator"]) == ("C1", "Marie")
    assert (context["usd"]["rate"], context["usd"]["usable"]) == ("2850.00", False)
    assert "people" not in context
    server.context["outlet_name"] = "Limete"
    assert core.run("return supply.pull()") is True
    assert core.run("return (await supply.context()).outlet_name") == "Limete"


def tried(core: Core, cashier_id: str, pin: str) -> Any:
    return core.run(
        "return unlock.unlock(...arg).then(({ offline }) => offline,"
        " ({ say, with: filling }) => [say, filling])",
        [cashier_id, pin],
    )


def test_who_opened_once_with_the_server_opens_without_it(core: Core, net: Network) -> None:
    net.answer = Server()
    core.run("await supply.pull()")
    assert tried(core, "C1", "0000") == ["unlock.wrong", {"count": "3"}]
    assert tried(core, "C1", "1234") is False
    net.answer = lambda _asked: CUT
    core.run("await unlock.lock()")
    assert core.run("return unlock.whoIsOpen()") is None
    assert tried(core, "C2", "1234") == ["unlock.first", {"name": "Jean"}]
    assert tried(core, "C1", "9999") == ["unlock.wrong", {"count": "4"}]
    assert tried(core, "C1", "1234") is True
    assert core.run("return (await unlock.whoIsOpen()).name") == "Marie"


def test_five_wrong_codes_lock_that_person_for_a_minute_and_nobody_else(
    core: Core, net: Network
) -> None:
    net.answer = Server()
    core.run("await supply.pull()")
    for cashier in ("C1", "C2"):
        assert tried(core, cashier, "1234") is False
    net.answer = lambda _asked: page_of_html(200)
    counts = [tried(core, "C1", "0000")[1].get("count") for _ in range(4)]
    assert counts == ["4", "3", "2", "1"]
    assert tried(core, "C1", "0000") == ["unlock.locked", {"seconds": "60"}]
    assert tried(core, "C1", "1234")[0] == "unlock.locked"
    assert tried(core, "C2", "1234") is True
    core.run("await database.correctClock(61_000)")
    assert tried(core, "C1", "1234") is True


def test_who_left_the_shop_no_longer_opens_the_till(core: Core, net: Network) -> None:
    server = net.answer = Server()
    core.run("await supply.pull()")
    tried(core, "C1", "1234")
    server.context["people"] = CONTEXT["people"][1:]  # type: ignore[index]
    core.run("await supply.pull()")
    net.answer = lambda _asked: CUT
    assert tried(core, "C1", "1234") == ["unlock.first", {"name": ""}]
    assert [one["name"] for one in core.run("return unlock.people()")] == ["Jean"]


def test_the_pulse_says_what_only_this_tablet_has(core: Core, net: Network) -> None:
    core.sell(1)
    core.sell(2)
    net.answer = lambda _asked: says({"time": "x", "lamps": [], "waiting": "0", "lost": []})
    assert core.run("return heartbeat.heartbeat('b1')")["waiting"] == "0"
    (pulse,) = net.sent("PUT", f"/api/v1/devices/{DEVICE['device_id']}/heartbeat")
    head = core.run("return journal.head()")
    assert (pulse.document["last_seq"], pulse.document["head"]) == ("2", head["hash"])
    assert (pulse.document["outbox"], pulse.document["build"]) == ("2", "b1")
    assert pulse.document["oldest"].endswith("Z")


def test_a_probe_believes_only_our_server_and_learns_its_clock(core: Core, net: Network) -> None:
    net.answer = lambda _asked: page_of_html(200)
    assert core.run("return link.probeNow()") is False
    net.answer = lambda _asked: says({"status": "ok", "time": "2031-01-01T00:00:00Z"})
    assert core.run("return link.probeNow()") is True
    assert core.run("return new Date(database.now()).getUTCFullYear()") in {2030, 2031}
