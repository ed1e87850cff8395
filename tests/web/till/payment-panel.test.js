import assert from "node:assert/strict";
import { test } from "node:test";
import { ageOf, isOdd, rateOf } from "../../../web/static/js/till/panels/payment-panel.js";

const USD = { rate: "2850.00", day: "2026-11-22", age_days: 0, usable: true };

test("a rate says its age in a word and a lamp", () => {
  assert.deepEqual(ageOf(USD), { lamp: "green", words: "taux du jour" });
  assert.deepEqual(ageOf({ ...USD, age_days: 1 }), { lamp: "amber", words: "taux d’hier" });
  assert.deepEqual(ageOf({ ...USD, age_days: 3 }), { lamp: "amber", words: "taux du 22/11/2026" });
  const { lamp, words } = ageOf({ ...USD, age_days: 9, usable: false });
  assert.equal(lamp, "red");
  assert.match(words, /9 jours/);
});

test("all dollars of one invoice have one rate, even when a newer one came meanwhile", () => {
  const context = { usd: { ...USD, rate: "2900.00", day: "2026-11-23" } };
  const taken = { method: "ESPECES", amount: "28500.00", currency: "USD", tendered: "10.00" };
  const ticket = { payments: [{ ...taken, rate: "2850.00", rate_date: "2026-11-22" }] };
  assert.equal(rateOf(ticket, context)?.rate, "2850.00");
  assert.equal(rateOf({ payments: [] }, context)?.rate, "2900.00");
  assert.equal(rateOf({ payments: [] }, { usd: null }), null);
});

test("a sum that is a code, or far more than is due, is asked about", () => {
  const asked = { left: 4_500_000n, means: "moyens", usd: null, before: undefined, operator: { provider: "", label: "" } };
  for (const [typed, given, odd] of /** @type {[string, bigint, boolean][]} */ ([
    ["50000", 5_000_000n, false],
    ["144999", 14_499_900n, false],
    ["145000", 14_500_000n, true],
    ["12500000", 1_250_000_000n, true], // a right check digit
    ["5000", 500_000n, false],
  ]))
    assert.equal(isOdd({ ...asked, typed, given }), odd, typed);
  const dollars = { ...asked, means: "dollars", usd: USD };
  assert.equal(isOdd({ ...dollars, typed: "100", given: 10_000n }), false);
  assert.equal(isOdd({ ...dollars, typed: "116", given: 11_600n }), true);
  assert.equal(isOdd({ ...asked, typed: "", given: null }), false);
});
