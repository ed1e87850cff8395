import assert from "node:assert/strict";
import { test } from "node:test";
import { chargedLines, depositLines, isExempt, mayBeExempt } from "../../../web/static/js/sale/charged.js";
import { taxOf } from "../../../web/static/js/sale/tax.js";

/** @typedef {import("../../../web/static/js/sale/ticket.js").Ticket} Ticket */
/** @typedef {import("../../../web/static/js/sale/tax.js").PriceMode} PriceMode */

const RATES = { A: "0", B: "16", C: "5", D: "0", F: "16", L: "0", M: "0" };
const taxes = (/** @type {PriceMode} */ price_mode = "TTC") => ({ rates: RATES, price_mode });
const line = (/** @type {string} */ tax_group, /** @type {string} */ unit_price, quantity = "1") => ({
  code: `X${tax_group}`, type: ["L", "N"].includes(tax_group) ? "TAX" : "BIE", name: `Article ${tax_group}`, unit: "pièce", unit_price, quantity, tax_group,
});
const ticket = (/** @type {any} */ part) => /** @type {Ticket} */ ({ invoice_type: "FV", client: { type: "PP" }, exemption: "", ...part });
const EMBASSY = { client: { type: "AO", name: "Ambassade" }, exemption: "EXO 12" };
const summed = (/** @type {readonly any[]} */ lines, /** @type {PriceMode} */ mode = "TTC") => taxOf(lines, RATES, mode).totals;

test("an embassy with its document pays no VAT, and the shop keeps none of it", () => {
  const lines = [line("B", "45000.00", "2"), line("A", "500.00"), line("F", "116.00"), line("L", "50.00")];
  const charged = chargedLines(ticket({ ...EMBASSY, lines }), taxes());
  assert.deepEqual(charged.map((one) => one.tax_group), ["D", "A", "F", "L"], "a public contract is another exemption");
  assert.equal(charged[0]?.unit_price, "38793.10");
  assert.equal(summed(charged.slice(0, 1)).vat, 0n);
  assert.equal(chargedLines(ticket({ ...EMBASSY, lines }), taxes("HT"))[0]?.unit_price, "45000.00");
  const changed = { ...line("B", "58.00"), original_price: "116.00", price_change_reason: "Remise" };
  assert.equal(chargedLines(ticket({ ...EMBASSY, lines: [changed] }), taxes())[0]?.original_price, "100.00");
});

test("who has no document, or keeps the VAT, pays as everybody", () => {
  const lines = [line("B", "45000.00")];
  for (const part of [{}, { ...EMBASSY, exemption: "" }, { ...EMBASSY, vat_kept: true }, { client: { type: "PM" }, exemption: "EXO" }]) {
    const open = ticket({ ...part, lines });
    assert.ok(!isExempt(open));
    assert.equal(chargedLines(open, taxes()), lines);
    assert.ok(mayBeExempt(open, taxes()));
  }
  assert.ok(!mayBeExempt(ticket({ lines: [line("A", "1.00"), line("L", "1.00"), line("F", "1.00")] }), taxes()));
});

test("a deposit is its sum, in the groups of what is bought and in their proportion", () => {
  const lines = [line("B", "300000.00"), line("B", "100000.00"), line("A", "100000.00")];
  const deposit = depositLines(lines, 20_000_001n, taxes());
  assert.deepEqual(deposit.map(({ tax_group, unit_price }) => [tax_group, unit_price]), [["A", "40000.00"], ["B", "160000.01"]]);
  assert.equal(summed(deposit).total, 20_000_001n);
  assert.equal(deposit[1]?.name, "Acompte : Article B, Article B");
  assert.equal(summed(depositLines([line("B", "500.00")], 10_000n, taxes("HT")), "HT").total, 10_000n);
  assert.equal(depositLines(lines, 50_000_000n, taxes()), lines, "all of it is the sale itself");
});

test("only a deposit invoice asks the deposit, of an embassy without VAT too", () => {
  const open = { lines: [line("B", "116000.00")], deposit: "50000.00" };
  assert.equal(chargedLines(ticket(open), taxes())[0]?.unit_price, "116000.00");
  assert.equal(chargedLines(ticket({ ...open, invoice_type: "FT" }), taxes())[0]?.unit_price, "50000.00");
  const exempt = chargedLines(ticket({ ...open, ...EMBASSY, invoice_type: "ET" }), taxes());
  assert.deepEqual(exempt.map(({ tax_group, unit_price }) => [tax_group, unit_price]), [["D", "50000.00"]]);
});

test("the name of a deposit is never longer than the law's field", () => {
  const long = depositLines([{ ...line("B", "500.00"), name: "é".repeat(32) }, { ...line("B", "1.00"), name: "x".repeat(40) }], 100n, taxes());
  assert.ok(new TextEncoder().encode(long[0]?.name).length <= 64);
  assert.match(long[0]?.name ?? "", /…$/);
});
