import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../../web/static/js/sale/attempt.js";

test("the wait grows with every failure up to a minute, without end", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 500].map((attempts) => backoff(attempts, 1) / 1000);
  assert.deepEqual(longest, [1, 2, 4, 8, 15, 30, 60, 60, 60]);
  assert.equal(backoff(7, 0.25), 15_000);
});
