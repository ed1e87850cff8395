import assert from "node:assert/strict";
import { test } from "node:test";
import { inNotes, tenders } from "../../web/static/js/payment.js";

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
