"""The sheet tells what the whole outlet has at the DGI, what it means, and who decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.browser.till_page import Till, TillShop

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

FEED = "**/caisse/envois"


def row(number: int, state: str, text: str = "", terminal: str = "T9") -> dict[str, str]:
    """A sale of another till, as the feed tells it."""
    return {
        "sale_id": f"0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c{number:02}",
        "fiscal_number": f"KIN01-1-{number:08}",
        "terminal_id": terminal,
        "total": "46500.00",
        "state": state,
        "since": "2026-11-22T09:00:00Z",
        "text": text,
        "case": "",
        "fix": "",
    }


def tells(till: Till, *rows: dict[str, str], count: int | None = None) -> None:
    """What the feed says from now on."""

    def answer(route: Route) -> None:
        document: dict[str, Any] = {
            "time": "2026-11-22T10:00:00Z",
            "count": str(len(rows) if count is None else count),
            "items": rows,
        }
        route.fulfill(json=document)

    till.page.route(FEED, answer)


def test_one_tap_shows_the_sales_of_every_till_of_the_outlet(till: Till) -> None:  # C24
    tells(till, row(1, "refused", "Le NIF du client est inconnu."), row(2, "pending"), count=43)
    till.tap(till.page.locator("[data-lamp='dgi']"))
    till.shows("#autres-titre", "Autres ventes du point de vente à la DGI — 43")
    assert till.taps() == 1
    first = till.page.locator("#autres li").first
    expect(first.locator(".row-main")).to_have_text("Refusée par la DGI")
    expect(first.locator(".row-more").first).to_contain_text("KIN01-1-00000001 · caisse T9")
    expect(first.locator(".sale-why")).to_have_text(
        "Le NIF du client est inconnu. À reprendre sur la caisse T9."
    )
    expect(till.page.locator("#autres li")).to_have_count(2)


def test_a_sale_in_doubt_is_the_managers_and_the_cashier_has_nothing_to_do(till: Till) -> None:
    tells(till, row(1, "in_doubt", "La réponse s'est perdue."), row(2, "failed"))
    till.open_sheet()
    reasons = till.page.locator("#autres .sale-why")
    expect(reasons).to_have_count(2)
    doubt, failed = reasons.all()
    expect(doubt).to_contain_text("Le gérant décide, vous n’avez rien à faire.")
    expect(failed).to_contain_text("Les essais continuent")
    expect(till.page.locator("#autres").get_by_role("button")).to_have_count(0)


def test_without_the_server_the_last_known_state_stands_there_with_its_time(till: Till) -> None:
    tells(till, row(1, "pending"))
    till.open_sheet()
    expect(till.page.locator("#autres li")).to_have_count(1)
    till.page.keyboard.press("Escape")
    till.again()
    till.page.unroute(FEED)
    till.page.context.set_offline(True)
    till.open_sheet()
    expect(till.page.locator("#autres-quand")).to_contain_text("Le serveur ne répond pas.")
    expect(till.page.locator("#autres-quand")).to_contain_text("22/11")
    expect(till.page.locator("#autres li")).to_have_count(1)
    till.page.context.set_offline(False)


def test_where_nothing_waits_the_sheet_says_so(till: Till) -> None:
    tells(till)
    till.open_sheet()
    till.shows("#autres-quand", "Aucune autre vente n’attend.")


def test_a_manager_finds_the_way_to_the_pages_and_back_to_the_same_ticket(
    page: Page, shop: TillShop
) -> None:
    till = Till(page, shop)
    till.unlock(shop.person("manager")["name"])
    till.add(*till.articles[:2])
    till.open_menu()
    link = page.get_by_role("link", name="Gestion")
    box = link.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    till.tap(link)
    page.wait_for_url("**/gestion")
    page.go_back()
    till.ready()
    expect(page.locator(".line")).to_have_count(2)


def test_a_cashier_is_not_shown_the_way(till: Till) -> None:
    till.open_menu()
    expect(till.page.locator("#gestion")).to_be_hidden()
    till.tap(till.page.get_by_role("button", name="État de la caisse"))
    expect(till.page.locator("#etat")).to_be_visible()


def test_a_beat_is_no_answer_to_a_probe_but_to_a_link_that_comes_back(till: Till) -> None:
    beats: list[str] = []
    till.page.on(
        "request",
        lambda asked: beats.append(asked.url) if asked.url.endswith("/heartbeat") else None,
    )
    for _ in range(5):
        with till.page.expect_response("**/healthz"):
            till.page.evaluate("dispatchEvent(new Event('online'))")
    till.page.wait_for_load_state("networkidle")
    assert len(beats) <= 1  # one may be due just now
    till.page.context.set_offline(True)
    till.shows("#lampe-tablette .lamp-word", "Sans serveur")
    before = len(beats)
    with till.page.expect_request("**/heartbeat"):
        till.page.context.set_offline(False)
    assert len(beats) > before


def test_a_tab_that_asks_for_the_till_has_it_after_one_tap(till: Till) -> None:
    first = till.page
    second = first.context.new_page()
    second.goto(f"{till.shop.url}/caisse")
    second.locator("#message-bouton").click()
    expect(first.locator("#voile")).to_be_visible()
    first.locator("#voile-bouton").click()
    till.ready()
    expect(second.locator("#voile")).to_be_visible()


EMPTIED = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("till");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const tx = opening.result.transaction("meta", "readwrite");
    tx.objectStore("meta").delete("canary");
    tx.oncomplete = () => { opening.result.close(); resolve(); };
  };
})"""
"""Something took what the tablet had stored."""


def test_a_memory_that_something_emptied_is_said_for_the_day(till: Till) -> None:
    till.add(till.articles[0])
    till.settled()
    till.page.evaluate(EMPTIED)
    for _ in range(2):  # it is not forgotten at the next start
        till.again()
        till.shows("#lampe-tablette .lamp-word", "Mémoire vidée")
    till.open_sheet()
    expect(till.page.locator("#etat-lampes")).to_contain_text("Appelez le gérant")
