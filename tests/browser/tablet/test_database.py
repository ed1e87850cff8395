"""What a tablet keeps, whatever happens to it, in a real browser."""

from __future__ import annotations

from app.fiscal.canonical import canonical, digest
from tests.browser.modules_page import SALE, Core, sealed, ticket
from tests.given.requests import example_request

UI = {"panel": "catalogue", "view": "articles", "field": "recherche"}
CLOSE_ONCE = """
const { transaction } = IDBDatabase.prototype;
IDBDatabase.prototype.transaction = function (...args) {
  IDBDatabase.prototype.transaction = transaction;
  this.close();
  return transaction.apply(this, args);
};
"""


def test_a_ticket_is_found_again_as_it_was_left_and_its_first_line_is_an_event(core: Core) -> None:
    empty = ticket(1) | {"lines": []}
    for kept in (empty, ticket(1), ticket(1, "Farine", "Vin")):
        core.run("await carts.keepCart(...arg)", [kept, UI])
    core.page.reload()
    cart = core.run("return carts.openCart()")
    assert (cart["ticket"], cart["ui"]) == (ticket(1, "Farine", "Vin"), UI)
    assert core.journal() == ["opened"]


def test_changes_made_at_once_are_kept_in_their_order(core: Core) -> None:
    tickets = [ticket(1, *["Farine"] * count) for count in range(1, 9)]
    core.run("await Promise.all(arg[0].map((one) => carts.keepCart(one, arg[1])))", [tickets, UI])
    assert core.run("return carts.openCart()")["ticket"] == tickets[-1]
    assert core.journal() == ["opened"]


def test_a_ticket_waits_and_comes_back_and_the_open_one_waits_in_its_place(core: Core) -> None:
    core.run("await carts.keepCart(...arg)", [ticket(1), UI])
    core.run("await carts.park(arg)", ticket(1))
    core.run("await carts.keepCart(...arg)", [ticket(2), UI])
    cart = core.run("return carts.recall(arg)", SALE.format(1))
    assert (cart["ticket"], cart["state"]) == (ticket(1), "open")
    parked = core.run("return carts.parkedCarts()")
    assert [one["sale_id"] for one in parked] == [SALE.format(2)]
    assert core.journal() == ["opened", "parked", "opened", "recalled"]


def test_an_abandoned_ticket_leaves_its_reason_and_an_empty_one_nothing(core: Core) -> None:
    core.run("await carts.keepCart(...arg)", [ticket(1), UI])
    core.run("await carts.keepCart(...arg)", [ticket(2) | {"lines": []}, UI])
    for number in (1, 2):
        core.run("await carts.abandonCart(arg, 'client parti')", SALE.format(number))
    assert core.run("return carts.openCart()") is None
    assert core.journal() == ["opened", "abandoned"]
    assert core.run("return database.get('journal', 2)")["reason"] == "client parti"


def test_a_committed_sale_is_bytes_with_the_hash_of_the_server_and_no_ticket(core: Core) -> None:
    core.run("await carts.keepCart(...arg)", [ticket(1), UI])
    row = core.sell(1)
    assert row["content_hash"] == digest(canonical(example_request()))
    assert (row["device_seq"], row["state"], row["attempts"]) == (2, "ready", 0)
    assert core.run("return carts.openCart()") is None
    assert core.journal() == ["opened", "committed"]
    entry = core.run("return database.get('journal', 2)")
    assert (entry["sale_id"], entry["content_hash"]) == (row["sale_id"], row["content_hash"])


def test_a_sale_is_committed_once_and_the_second_time_leaves_no_trace(core: Core) -> None:
    core.sell(1)
    refused = core.run(
        "return outbox.commit(arg).catch((error) => error.name)",
        {"ticket": ticket(1), "body": '{"a":"b"}', "total": "1", "provisional": False},
    )
    assert refused == "ConstraintError"
    assert core.journal() == ["committed"]
    assert len(core.rows()) == 1


def test_a_late_change_of_a_ticket_that_has_left_does_not_bring_it_back(core: Core) -> None:
    core.run("await carts.keepCart(...arg)", [ticket(1), UI])
    core.sell(1)
    core.run("await carts.keepCart(...arg)", [ticket(1), UI])
    core.flush()
    core.run("await carts.keepCart(...arg)", [ticket(1), UI])
    assert core.run("return carts.openCart()") is None
    assert core.journal() == ["opened", "committed", "acked"]


def test_two_pages_write_one_chain_without_a_gap(core: Core) -> None:
    other = core.another()
    start = """
    const write = () => journal.journalled([], "rung", { reason: arg }, async () => {});
    globalThis.done = Promise.all(Array.from({ length: 15 }, write)).then(() => 0);
    """
    for page, name in ((core, "a"), (other, "b")):
        page.run(start, name)
    for page in (core, other):
        page.run("await done")
    assert core.journal() == ["rung"] * 30
    assert core.run("return journal.head()")["seq"] == 30


def test_a_chain_holds_even_when_the_lock_is_stolen(core: Core) -> None:
    core.run(
        """
        navigator.locks.request = async (_name, ...rest) => rest.at(-1)();
        const write = () => journal.journalled([], "rung", {}, async () => {});
        await Promise.all(Array.from({ length: 10 }, write));
        """
    )
    assert core.journal() == ["rung"] * 10


def test_an_entry_changed_afterwards_breaks_the_chain(core: Core) -> None:
    core.sell(1)
    core.sell(2)
    core.run(
        "const entry = await database.get('journal', 1);"
        "await database.put('journal', { ...entry, sale_id: 'other' })"
    )
    said = core.run("return journal.verifyJournal().catch((error) => error.message)")
    assert said == "journal broken at 1"


def test_work_that_fails_undoes_all_of_its_transaction(core: Core) -> None:
    said = core.run(
        """
        return journal.journalled(["carts"], "rung", {}, async (tx) => {
          await tx.objectStore("carts").put({ sale_id: "x", state: "open" });
          throw new Error("full");
        }).catch((error) => error.message);
        """
    )
    assert said == "full"
    assert core.journal() == []
    assert core.run("return database.getAll('carts')") == []


def test_a_connection_that_the_browser_closed_is_opened_again(core: Core) -> None:
    core.run(CLOSE_ONCE)
    core.sell(1)
    core.run(CLOSE_ONCE)
    assert len(core.rows()) == 1
    assert core.journal() == ["committed"]


def test_a_newer_page_is_never_held_up_and_the_older_one_says_so(core: Core) -> None:
    core.sell(1)
    other = core.another()
    core.run("globalThis.heard = new Promise((r) => news.listen(({ say }) => say && r(say)))")
    upgraded = """new Promise((resolve, reject) => {
      const asked = indexedDB.open("till", 2);
      asked.onblocked = () => reject(new Error("held up"));
      asked.onsuccess = () => resolve(asked.result.version);
    })"""
    assert other.page.evaluate(upgraded) == 2
    assert (
        core.run("return database.get('meta', 'x').catch((error) => error.name)") == "VersionError"
    )
    assert core.run("return heard") == "storage.newer"


def test_a_page_that_must_make_way_opens_the_store_again(core: Core) -> None:
    deleted = """new Promise((resolve, reject) => {
      const asked = indexedDB.deleteDatabase("till");
      asked.onblocked = () => reject(new Error("held up"));
      asked.onsuccess = () => resolve(true);
    })"""
    assert core.another().page.evaluate(deleted)
    core.run("await database.put('meta', { name: 'x' })")
    assert core.run("return database.get('meta', 'x')") == {"name": "x"}


def test_time_never_goes_back_but_the_server_can_undo_a_wrong_year(core: Core) -> None:
    first = core.sell(1)["created_at"]
    behind = "const real = Date.now; Date.now = () => real() - 3_600_000;"
    core.page.add_init_script(behind)
    core.page.reload()
    assert core.run("await database.get('meta', 'x'); return database.now()") >= first
    year = 365 * 24 * 3_600_000
    core.run("await database.correctClock(arg)", 2 * year)
    assert core.run("return database.now()") > first + year
    core.run("await database.correctClock(0)")
    assert core.run("return database.now()") < first + year


def test_only_settled_sales_older_than_a_month_make_room(core: Core) -> None:
    core.sell(1)
    core.sell(2)
    core.net.answer = lambda asked: (
        sealed(asked) if asked.path.endswith("01") else sealed(asked, 202, "sealed")
    )
    core.flush()
    core.run("await sealed.prune()")
    assert len(core.run("return sealed.recent(5)")) == 2
    core.run("await database.correctClock(arg); await sealed.prune()", 32 * 24 * 3_600_000)
    left = core.run("return sealed.recent(5)")
    assert [one["sale_id"] for one in left] == [SALE.format(2)]


def test_the_tablet_knows_what_it_may_rely_on(core: Core) -> None:
    first = core.run("return persistence.defend()")
    assert first["quota"] > first["usage"] > 0
    assert first["canary"] == "new"
    assert core.run("return persistence.defend()")["canary"] == "kept"


def test_a_month_old_entry_goes_once_the_server_has_its_hash_and_the_chain_still_holds(
    core: Core,
) -> None:
    core.run("for (let at = 0; at < 4; at += 1) await journal.journalled([], 'rung', {}, () => {})")
    core.run("await journal.forgetUpTo(3)")
    assert core.journal() == ["rung"] * 4  # they are of today
    core.run("await database.correctClock(31 * 24 * 3600 * 1000)")
    core.run("await journal.forgetUpTo(3); await journal.verifyJournal()")
    assert core.journal() == ["rung"]
    core.run("await journal.journalled([], 'rung', {}, () => {}); await journal.verifyJournal()")
    assert core.run("return journal.head()")["seq"] == 5
