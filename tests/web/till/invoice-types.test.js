import assert from "node:assert/strict";
import { test } from "node:test";
import { misfit } from "../../../web/static/js/till/panels/invoice-types.js";

const RATES = { A: "0", B: "16", E: "0", L: "0", O: "1" };
const line = (/** @type {string} */ tax_group) => ({ name: `Article ${tax_group}`, tax_group });
const ticket = (/** @type {string} */ invoice_type, /** @type {string[]} */ ...groups) => ({
  invoice_type,
  lines: groups.map(line),
});

test("an export names the first article that bears VAT", () => {
  assert.deepEqual(misfit(ticket("EV", "E", "B"), RATES), {
    say: "types.export.vat",
    with: { name: "Article B", group: "B" },
  });
  assert.equal(misfit(ticket("ET", "O"), RATES)?.with.group, "O");
  assert.equal(misfit(ticket("EV", "N"), RATES)?.with.group, "N");
});

test("an export of what bears no VAT fits, and so does any sale in the country", () => {
  assert.equal(misfit(ticket("EV", "E", "A", "L"), RATES), null);
  assert.equal(misfit(ticket("FV", "B"), RATES), null);
  assert.equal(misfit(ticket("FT", "B"), RATES), null);
});
