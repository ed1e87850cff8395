import assert from "node:assert/strict";
import { test } from "node:test";
import { backCloses } from "../../../web/static/js/till/back.js";

/** A browser's history of one tab, and a page with sheets. */
function browser() {
  const entries = [/** @type {any} */ (null)];
  /** @type {(() => void)[]} */
  const popped = [];
  /** @type {{hidePopover: () => void}[]} */
  const sheets = [];
  const history = { get state() { return entries.at(-1); }, pushState: (/** @type {any} */ state) => entries.push(state) };
  const document = { querySelector: () => sheets[0] ?? null, querySelectorAll: () => sheets, addEventListener: () => {} };
  Object.assign(globalThis, { history, document, addEventListener: (/** @type {string} */ _, /** @type {any} */ act) => popped.push(act) });
  return {
    entries,
    sheet: () => void sheets.push({ hidePopover: () => void sheets.pop() }),
    sheets,
    back() {
      entries.pop();
      popped.forEach((act) => act());
      return entries.length > 0;
    },
  };
}

test("back closes the sheet, then the panel under it, and only then leaves the till", () => {
  const tab = browser();
  let panel = true;
  const guard = backCloses({ isOpen: () => panel, close: () => void (panel = false) });
  guard();
  tab.sheet();
  guard();
  assert.equal(tab.entries.length, 2, "one entry, however much is open");
  assert.ok(tab.back());
  assert.deepEqual([tab.sheets.length, panel], [0, true]);
  assert.ok(tab.back());
  assert.deepEqual([tab.sheets.length, panel], [0, false]);
  assert.ok(!tab.back(), "nothing is open: the browser's own back");
});

test("what a tap closed costs no entry: the next panel uses the one that is there", () => {
  const tab = browser();
  let panel = true;
  const guard = backCloses({ isOpen: () => panel, close: () => void (panel = false) });
  guard();
  panel = false;
  panel = true;
  guard();
  assert.equal(tab.entries.length, 2);
  assert.ok(tab.back());
  assert.equal(panel, false);
});
