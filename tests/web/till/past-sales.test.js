import assert from "node:assert/strict";
import { test } from "node:test";
import { saleOf } from "../../../web/static/js/till/papers/history.js";
import { articlesOf, dayTotal } from "../../../web/static/js/till/papers/past-sales.js";

test("the articles stand in one line, with their quantities where there are several", () => {
  const lines = [{ name: "Pain", quantity: "2" }, { name: "Farine 25 kg", quantity: "1" }, { name: "Riz", quantity: "1.5" }];
  assert.equal(articlesOf(lines), "2 × Pain, Farine 25 kg, 1,5 × Riz");
});

test("the day counts its invoices: a refused sale is none", () => {
  const sales = /** @type {any[]} */ ([{ status: "normalised", total: "150000" }, { status: "sealed", total: "50000" }, { status: "refused", total: "900000" }]);
  assert.equal(dayTotal(sales), "2 ventes, 2\u202f000\u00a0FC sur cette caisse");
  assert.equal(dayTotal([]), "0 vente, 0\u00a0FC sur cette caisse");
});

test("a kept sale says its articles", () => {
  const answer = { sale_id: "1", status: "normalised", security: { fiscal_number: "KIN01-1-00000001", timestamp: "2026-11-22T10:00:00Z" }, links: { receipt: "/recus/x" } };
  const kept = /** @type {any} */ ({ answer, total: "100000", printed: "", ticket: { client: { type: "PP" }, lines: [{ name: "Pain", quantity: "2" }] } });
  assert.equal(saleOf(kept).articles, "2 × Pain");
});
