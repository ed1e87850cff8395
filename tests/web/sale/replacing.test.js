import assert from "node:assert/strict";
import { test } from "node:test";
import { replacementOf } from "../../../web/static/js/sale/replacing.js";
import { changeOf, opened, paidBefore, toSale, withArticle, withClient, without } from "../../../web/static/js/sale/ticket.js";

const CONTEXT = { rates: { A: "0", B: "16" }, price_mode: "TTC", tax_table: "CD-2026-02" };
const FLOUR = { code: "FAR25", type: "BIE", name: "Farine", unit: "sac", unit_price: "45000.00", tax_group: "B" };
const SOAP = { ...FLOUR, code: "SAV", name: "Savon", unit_price: "1500.00" };
const PAID = [{ method: "ESPECES", amount: "46500.00", currency: "CDF", tendered: "50000.00" }];
const OLD = "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d";
const NEW = "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3e";
const client = { type: "PM", nif: "A2699999B", name: "Quincaillerie" };
const sold = {
  ...withClient(withArticle(withArticle(opened(OLD), FLOUR), SOAP), client, ""),
  payments: PAID,
};
const answer = JSON.stringify({ status: "refused", refusal: { by: "emcf", code: "3", text: "NIF inconnu" } });
const again = replacementOf({ sale_id: OLD, ticket: sold, answer }, NEW);

test("a refused sale comes back with its lines, its client and the reason, under a new id", () => {
  assert.deepEqual([again.lines, again.client], [sold.lines, client]);
  assert.deepEqual([again.sale_id, again.replaces, again.refusal], [NEW, OLD, "NIF inconnu"]);
  assert.deepEqual(again.payments, []);
});

test("what the customer paid pays the new sale too, and the change is not given twice", () => {
  const paid = paidBefore(again, CONTEXT);
  assert.deepEqual(paid.payments, PAID);
  assert.equal(changeOf(sold), 350_000n);
  assert.equal(changeOf(paid), 0n);
});

test("the money is asked for anew when the price changed", () => {
  assert.equal(paidBefore(without(again, 1), CONTEXT), undefined);
});

test("the sale says which one it replaces, and nothing else of it", () => {
  const sale = toSale(paidBefore(again, CONTEXT), CONTEXT, new Date(0));
  assert.equal(sale.replaces, OLD);
  assert.ok(!("refusal" in sale) && !("paid" in sale));
});

test("a replacement that is refused too names the sale that it replaced last", () => {
  const third = replacementOf({ sale_id: NEW, ticket: paidBefore(again, CONTEXT), answer }, "x");
  assert.deepEqual([third.replaces, third.paid], [NEW, PAID]);
});
