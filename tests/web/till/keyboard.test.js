import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { target } from "../../../web/static/js/till/panels/arrows.js";
import { changed } from "../../../web/static/js/till/panels/spoken.js";
import { KEYS } from "../../../web/static/js/till/shortcuts.js";

const page = (/** @type {string} */ name) => readFileSync(new URL(`../../../web/templates/till/${name}`, import.meta.url), "utf8");

test("arrows lead to the neighbour in row and column, and never out of the list", () => {
  const from = (/** @type {string} */ key, at = 5) => target(key, at, 10, 4);
  assert.deepEqual(["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End"].map((key) => from(key)), [6, 4, 1, 9, 0, 9]);
  assert.deepEqual([from("ArrowDown", 7), from("ArrowRight", 9), from("a")], [-1, -1, -1]);
  assert.ok(from("ArrowUp", 2) < 0);
});

test("the help shows each key that does something, and no other", () => {
  const shown = [...page("_help.html").matchAll(/\("(F\d+)"/g)].map(([, key]) => key);
  assert.deepEqual(shown, Object.keys(KEYS));
});

test("each key touches what stands in the page", () => {
  const all = ["_counter.html", "_pay.html", "_parked.html", "_types.html", "_help.html"].map(page).join("");
  for (const id of Object.values(KEYS).flat()) assert.ok(all.includes(`id="${id}"`), id);
});

const line = (/** @type {string} */ code, quantity = "1", unit_price = "500.00") => /** @type {any} */ ({ code, name: code, quantity, unit_price });
const ticket = (/** @type {any[]} */ ...lines) => ({ sale_id: "1", lines });
const said = (/** @type {any} */ before, /** @type {any} */ after) => {
  const found = changed(before, after);
  return found && `${found.gone ? "-" : ""}${found.line.code}`;
};

test("what changed of the ticket is said: a new line, another quantity or price, a line that went", () => {
  assert.equal(said(ticket(), ticket(line("A"))), "A");
  assert.equal(said(ticket(line("A"), line("B")), ticket(line("A"), line("B", "3"))), "B");
  assert.equal(said(ticket(line("A")), ticket(line("A", "1", "450.00"))), "A");
  assert.equal(said(ticket(line("A"), line("B")), ticket(line("B"))), "-A");
  assert.equal(said(ticket(line("A")), ticket(line("A"))), undefined);
  assert.equal(said(ticket(line("A")), { sale_id: "2", lines: [] }), undefined, "the sale is over: the strip speaks");
});
