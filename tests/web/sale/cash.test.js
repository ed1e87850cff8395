import assert from "node:assert/strict";
import { test } from "node:test";
import { inCents, inNotes, worth } from "../../../web/static/js/sale/cash.js";
import { dollarTenders, noCash, tenders } from "../../../web/static/js/sale/tenders.js";

const francs = (/** @type {number} */ n) => BigInt(n) * 100n;

test("the sums offered are the next round ones above what is due", () => {
  assert.deepEqual(tenders(francs(45_000)), [50_000, 60_000].map(francs));
  assert.deepEqual(tenders(francs(43_250)), [44_000, 45_000, 50_000, 60_000].map(francs));
  assert.deepEqual(tenders(francs(20_000)), []);
});

test("sums are sorted although 200 does not divide 500", () => {
  const sums = tenders(francs(450), 9);
  assert.deepEqual(
    sums,
    [...sums].sort((a, b) => Number(a - b)),
  );
  assert.ok(sums.every((sum) => sum > francs(450)));
});

test("change goes back in the fewest notes and says what no note can give", () => {
  assert.deepEqual(inNotes(67_751n), {
    notes: [
      { note: francs(500), count: 1n },
      { note: francs(100), count: 1n },
      { note: francs(50), count: 1n },
    ],
    rest: 2_751n,
  });
  assert.deepEqual(inNotes(francs(40_000)).notes, [{ note: francs(20_000), count: 2n }]);
});

const RATE = 28_500_000n; // 2 850 FC for one dollar

test("dollars are worth what the server will count, ties up", () => {
  assert.equal(worth(2_000n, RATE), francs(57_000));
  assert.equal(worth(1n, 5_000n), 1n);
});

test("the fewest cents that cover a sum cover it, and one less does not", () => {
  for (const due of [1n, 99n, francs(45_000), francs(45_000) + 1n, 123_456_789n]) {
    const cents = inCents(due, RATE);
    assert.ok(worth(cents, RATE) >= due, String(due));
    assert.ok((cents - 1n) * RATE < due * 10_000n, String(due));
  }
});

test("the dollar sums offered cover what is due, smallest first", () => {
  assert.deepEqual(dollarTenders(francs(45_000), RATE), [1_600n, 2_000n, 5_000n, 10_000n]);
  assert.deepEqual(dollarTenders(francs(57_000), RATE), [2_000n, 5_000n, 10_000n]);
});

test("electronic dollars are the payment itself: no sum handed over, no change, never more than is left", () => {
  const usd = { rate: "2850.00", day: "2026-11-22" };
  const all = { currency: "USD", rate: "2850.00", rate_date: "2026-11-22" };
  assert.deepEqual(noCash(4_500_000n, null, usd), { cents: 1579n, paid: { amount: "45000.00", ...all } });
  assert.deepEqual(noCash(4_500_000n, 1000n, usd), { cents: 1000n, paid: { amount: "28500.00", ...all } });
  assert.deepEqual(noCash(4_500_000n, 5000n, usd), { cents: 1579n, paid: { amount: "45000.00", ...all } });
});
