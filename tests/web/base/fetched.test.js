/** What is fetched when it is wanted. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fetched } from "../../../web/static/js/base/fetched.js";

test("it is fetched once, and again after a fetch that failed", async () => {
  let asked = 0;
  const panel = fetched(async () => {
    asked += 1;
    if (asked === 1) throw new Error("no network");
    return asked;
  });
  assert.equal(panel.begun(), false);
  await assert.rejects(panel(), /no network/);
  assert.equal(panel.begun(), false);
  assert.deepEqual(await Promise.all([panel(), panel()]), [2, 2]);
  assert.equal(await panel(), 2);
  assert.equal(panel.begun(), true);
});
