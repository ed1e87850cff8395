import assert from "node:assert/strict";
import { test } from "node:test";
import { mayPay } from "../../../web/static/js/sale/ladder.js";

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const SOUND = /** @type {const} */ ({
  policy: "provisoire",
  hours: 48,
  reached: true,
  persisted: true,
  oldestUnsealed: null,
  oldestWaiting: null,
  now: NOW,
});

test("with the server there a sale is paid, whatever the policy and the browser", () => {
  for (const policy of /** @type {const} */ (["bloquer", "provisoire"])) {
    const step = mayPay({ ...SOUND, policy, persisted: false });
    assert.deepEqual([step.allowed, step.provisional, step.say, step.deadline], [true, false, "", null]);
  }
});

test("without the server the default refuses payment and says why", () => {
  const step = mayPay({ ...SOUND, policy: "bloquer", reached: false });
  assert.deepEqual([step.allowed, step.say], [false, "ladder.blocked"]);
});

test("without the server an approved shop sells provisionally for 48 hours", () => {
  const step = mayPay({ ...SOUND, reached: false });
  assert.deepEqual([step.allowed, step.provisional, step.say], [true, true, "ladder.provisional"]);
  assert.equal(step.deadline, NOW + 48 * HOUR);
  assert.equal(step.with.left, "48");
});

test("the 48 hours begin with the oldest sale that only this tablet has", () => {
  const step = mayPay({ ...SOUND, reached: false, oldestUnsealed: NOW - 40 * HOUR });
  assert.deepEqual([step.allowed, step.with.left], [true, "8"]);
  const late = mayPay({ ...SOUND, reached: false, oldestUnsealed: NOW - 48 * HOUR });
  assert.deepEqual([late.allowed, late.say], [false, "ladder.overdue"]);
});

test("a browser that may forget sells nothing without the server", () => {
  const step = mayPay({ ...SOUND, reached: false, persisted: false });
  assert.deepEqual([step.allowed, step.say], [false, "ladder.storage"]);
});

test("a sealed sale that waits for the DGI stops new ones after 48 hours, not before", () => {
  assert.equal(mayPay({ ...SOUND, oldestWaiting: NOW - 48 * HOUR + 1 }).allowed, true);
  assert.equal(mayPay({ ...SOUND, oldestWaiting: NOW - 48 * HOUR }).allowed, false);
});
