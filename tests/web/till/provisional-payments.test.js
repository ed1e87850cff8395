import assert from "node:assert/strict";
import { test } from "node:test";
import { paidLine, symbolOf } from "../../../web/static/js/till/panels/provisional-payments.js";

/** @param {string} text with plain blanks */
const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, " ");

const PAID = [
  [
    { method: "ESPECES", amount: "4500.00", currency: "CDF", tendered: "5000.00" },
    ["Espèces", "reçu 5 000 FC · rendu 500 FC", "4 500 FC"],
  ],
  [
    { method: "MOBILEMONEY", amount: "4500.00", currency: "CDF", provider: "M-PESA", reference: "9XK22" },
    ["Mobile money – M-PESA", "réf. 9XK22", "4 500 FC"],
  ],
  [
    { method: "ESPECES", amount: "28400.00", currency: "USD", tendered: "10.00", rate: "2850", rate_date: "2026-11-22" },
    ["Espèces", "reçu 10 USD à 2 850 FC · rendu 100 FC", "28 400 FC"],
  ],
  [{ method: "CREDIT", amount: "4500.00", currency: "CDF" }, ["À crédit", "", "4 500 FC"]],
];

for (const [payment, said] of PAID) {
  test(`the ticket says how ${payment.method} in ${payment.currency} was paid`, () => {
    const { name, detail, amount } = paidLine(payment);
    assert.deepEqual([name, detail, amount].map(plain), said);
  });
}

test("the symbol of the claim is square, has its quiet zone, and begins with a finder pattern", () => {
  const { side, path } = symbolOf("https://caisse.example/r/KIN01/1234-5678-9ABC-DEFG");
  assert.equal((side - 8 - 17) % 4, 0);
  assert.ok(path.startsWith("M4 4h7v1h-7z"));
});
