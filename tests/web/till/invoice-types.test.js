import assert from "node:assert/strict";
import { test } from "node:test";
import { misfit } from "../../../web/static/js/till/panels/invoice-types.js";

const RATES = { rates: { A: "0", B: "16", E: "0", L: "0", O: "1" }, nif_of_the_dgi: true };
const line = (/** @type {string} */ tax_group) => ({ code: tax_group, name: `Article ${tax_group}`, unit: "pièce", tax_group });
const ticket = (/** @type {string} */ invoice_type, /** @type {string[]} */ ...groups) => ({
  invoice_type,
  lines: groups.map(line),
  client: { type: /** @type {const} */ ("PP") },
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

test("a NIF that the DGI never gave is told before the money, except of a foreign buyer", () => {
  const named = (/** @type {string} */ type, /** @type {string} */ nif) =>
    misfit({ ...ticket(type, "E"), client: { type: "PM", name: "Exemple", nif } }, RATES)?.say;
  assert.equal(named("FV", "FR12345678901"), "client.nif.dgi");
  assert.equal(named("EV", "FR12345678901"), undefined);
  assert.equal(named("EV", "ABC"), "client.nif.any");
  assert.equal(named("FV", "A2699999B"), undefined);
});

test("an article that no paper can print is told before the money, by its name", () => {
  const lines = [{ ...line("B"), name: "Farine 🧾" }];
  assert.deepEqual(misfit({ ...ticket("FV"), lines }, RATES), {
    say: "text.refused",
    with: { field: "Farine 🧾", code: "U+1F9FE" },
  });
});
