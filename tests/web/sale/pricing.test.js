import assert from "node:assert/strict";
import { test } from "node:test";
import { lineAmount } from "../../../web/static/js/sale/tax.js";
import { withNote, withPrice } from "../../../web/static/js/sale/agreed.js";
import * as pricing from "../../../web/static/js/sale/pricing.js";

/** @typedef {import("../../../web/static/js/sale/ticket.js").Ticket} Ticket */

const line = (/** @type {string} */ code, /** @type {string} */ unit_price, quantity = "1", tax_group = "B") => ({
  code, type: tax_group === "L" ? "TAX" : "BIE", name: `Article ${code}`, unit: "pièce", unit_price, quantity, tax_group,
});
const ticket = (/** @type {any[]} */ ...lines) => /** @type {Ticket} */ ({ lines, typed: "5", selected: 0, exemption: "", comments: [] });
const total = (/** @type {Ticket} */ { lines }) => lines.reduce((sum, one) => sum + lineAmount(one), 0n);

test("another price keeps the catalogue's beside it, and the reason", () => {
  const changed = withPrice(ticket(line("A", "500.00", "2")), 0, 45_000n, "Article abîmé");
  const [only] = changed.lines;
  assert.deepEqual(
    [only?.unit_price, only?.original_price, only?.price_change_reason, changed.typed, changed.selected],
    ["450.00", "500.00", "Article abîmé", "", null],
  );
  const back = withPrice(changed, 0, 50_000n, "x").lines[0];
  assert.deepEqual(back, line("A", "500.00", "2"), "the catalogue's price is no change");
});

test("a discount goes off the agreed prices and names the catalogue's; levies have none", () => {
  const agreed = { ...line("A", "900.00"), original_price: "1000.00", price_change_reason: "Prix négocié" };
  const cheaper = pricing.discounted([agreed, line("L", "50.00", "1", "L")], { percent: "10", reason: "Remise 10 %" });
  assert.deepEqual(cheaper.map((one) => [one.unit_price, one.original_price, one.price_change_reason]), [
    ["810.00", "1000.00", "Remise 10 %"],
    ["50.00", undefined, undefined],
  ]);
});

test("a sum off the ticket is that sum to the centime where a line of one piece can bear the rest", () => {
  const open = ticket(line("A", "333.00", "3"), line("B", "1000.00"), line("C", "77.77", "1.5"));
  const cheaper = { ...open, lines: [...pricing.discounted(open.lines, { sum: "123.45", reason: "Remise" })] };
  assert.equal(total(open) - total(cheaper), 12_345n);
  const shared = pricing.discounted([line("A", "100.00", "3")], { sum: "100.00", reason: "Remise" });
  assert.equal(shared[0]?.unit_price, "66.67", "no line of one piece: a centime stays");
});

test("a discount that would leave a line for nothing is none (clause 1.1.22)", () => {
  const { lines } = ticket(line("A", "1000.00"));
  for (const off of [{ percent: "100" }, { sum: "1000.00" }, { sum: "5000.00" }]) assert.equal(pricing.discounted(lines, { ...off, reason: "x" }), lines);
  assert.equal(pricing.discounted(lines, undefined), lines);
});

test("lines that differ no more become one again", () => {
  const two = ticket(line("A", "450.00", "2"), { ...line("A", "450.00"), original_price: "500.00", price_change_reason: "Remise" });
  const again = withPrice({ ...two, lines: [...two.lines] }, 1, 45_000n, "Remise");
  assert.equal(again.lines.length, 2, "one has another price before");
  const changed = withPrice(ticket(line("A", "500.00", "2"), line("A", "400.00")), 1, 40_000n, "");
  assert.equal(changed.lines.length, 2);
  const noted = withNote(withNote(ticket(line("A", "500.00", "2")), 0, "bien cuit"), 0, "");
  assert.deepEqual(noted.lines, [line("A", "500.00", "2")]);
});

test("comments and notes stand on lines B to H; A is the exemption's", () => {
  const noted = withNote({ ...ticket(line("A", "500.00")), exemption: "EXO 12", comments: ["Livraison lundi"] }, 0, "bien cuit");
  assert.deepEqual(pricing.commentLines(noted), { A: "EXO 12", B: "Livraison lundi", C: "Article A : bien cuit" });
  assert.deepEqual(pricing.commentLines(ticket(line("A", "1.00"))), {});
});
