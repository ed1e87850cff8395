"""Only one tab at a time is the till; another one asks for it, then takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.routes.assets.graph import Assets
from app.server import WEB
from tests.harness.processes import Commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

HOLD = """
async ([module, savingMs]) => {
  const { holdTill } = await import(module);
  globalThis.said = [];
  const onLost = async () => {
    said.push("saving");
    await new Promise((saved) => setTimeout(saved, savingMs));
    said.push("lost");
  };
  const onWait = (resume) => { globalThis.resume = resume; said.push("waiting"); };
  holdTill({ onLost, onWait }).then(() => said.push("till"));
}
"""
RESUME = """
async () => {
  const start = performance.now();
  await resume();
  return performance.now() - start;
}
"""
FREEZE = """
() => void setTimeout(() => {
  const end = performance.now() + 5000;
  while (performance.now() < end);
})
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server runs; its database is empty, and no till is needed here."""
    commands = Commands(tmp_path_factory.mktemp("tabs"), [])
    try:
        yield commands("serve").url
    finally:
        commands.end()


@pytest.fixture
def context(page: Page) -> BrowserContext:
    """The tabs of one test."""
    return page.context


def _tab(context: BrowserContext, address: str, saving_ms: int = 50) -> Page:
    """A tab that wants to be the till."""
    page = context.new_page()
    page.goto(f"{address}/reparer")
    _hold(page, saving_ms)
    return page


def _hold(page: Page, saving_ms: int = 50) -> None:
    page.evaluate(HOLD, [Assets(WEB).address("js/tablet/tabs.js"), saving_ms])


def _until(page: Page, *said: str) -> None:
    """The tab was told exactly that, in this order."""
    page.wait_for_function("(expected) => said.join() === expected", arg=",".join(said))


def test_the_first_tab_is_the_till_and_the_second_waits(
    context: BrowserContext, address: str
) -> None:
    first = _tab(context, address)
    _until(first, "till")
    second = _tab(context, address)
    _until(second, "waiting")
    assert first.evaluate("said") == ["till"]


def test_taking_over_asks_the_other_tab_to_save_first(
    context: BrowserContext, address: str
) -> None:
    first = _tab(context, address)
    _until(first, "till")
    second = _tab(context, address)
    _until(second, "waiting")
    took = second.evaluate(RESUME)
    _until(second, "waiting", "till")
    assert first.evaluate("said") == ["till", "saving", "lost"]
    assert 50 <= took < 2000


def test_a_frozen_tab_loses_the_till_after_two_seconds(
    context: BrowserContext, address: str
) -> None:
    first = _tab(context, address)
    _until(first, "till")
    second = _tab(context, address)
    _until(second, "waiting")
    first.evaluate(FREEZE)
    assert second.evaluate(RESUME) >= 2000
    _until(second, "waiting", "till")
    _until(first, "till", "saving", "lost")  # once it moves again, it reads only


def test_a_tab_that_cannot_save_loses_the_till_all_the_same(
    context: BrowserContext, address: str
) -> None:
    first = _tab(context, address, saving_ms=600_000)
    _until(first, "till")
    second = _tab(context, address)
    _until(second, "waiting")
    assert second.evaluate(RESUME) >= 2000
    assert first.evaluate("said") == ["till", "saving"]


def test_the_till_goes_back_and_forth_between_two_tabs(
    context: BrowserContext, address: str
) -> None:
    first = _tab(context, address)
    _until(first, "till")
    second = _tab(context, address)
    _until(second, "waiting")
    second.evaluate("resume()")
    _until(first, "till", "saving", "lost")
    _hold(first)
    _until(first, "waiting")
    first.evaluate("resume()")
    _until(first, "waiting", "till")
    _until(second, "waiting", "till", "saving", "lost")


def test_a_third_tab_that_waits_does_not_get_what_the_second_asked_for(
    context: BrowserContext, address: str
) -> None:
    first = _tab(context, address)
    _until(first, "till")
    second, third = _tab(context, address), _tab(context, address)
    _until(second, "waiting")
    _until(third, "waiting")
    third.evaluate("resume()")
    _until(third, "waiting", "till")
    assert second.evaluate("said") == ["waiting"]


def test_when_the_other_tab_is_closed_taking_over_is_immediate(
    context: BrowserContext, address: str
) -> None:
    first = _tab(context, address)
    _until(first, "till")
    second = _tab(context, address)
    _until(second, "waiting")
    first.close()
    second.evaluate("resume()")
    _until(second, "waiting", "till")


def test_a_till_that_is_loaded_again_is_still_the_till(
    context: BrowserContext, address: str
) -> None:
    page = _tab(context, address)
    _until(page, "till")
    for _ in range(5):
        page.reload()
        _hold(page)
        _until(page, "till")


def test_a_waiting_tab_is_the_till_once_the_other_is_closed(
    context: BrowserContext, address: str
) -> None:
    first = _tab(context, address)
    _until(first, "till")
    second = _tab(context, address)
    _until(second, "waiting")
    first.close()
    _until(second, "waiting", "till")
