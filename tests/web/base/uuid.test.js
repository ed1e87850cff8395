import assert from "node:assert/strict";
import { test } from "node:test";
import { uuid7 } from "../../../web/static/js/base/uuid.js";

test("a sale id is a UUID version 7 of its opening time", () => {
  // The example of RFC 9562, appendix A.6.
  const random = Uint8Array.from([
    0, 0, 0, 0, 0, 0, 0x7c, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f,
  ]);
  assert.equal(uuid7(0x017f22e279b0, random), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test("ids sort by time and never repeat", () => {
  assert.ok(uuid7(1000) < uuid7(2000));
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuid7(5))).size, 1000);
  assert.match(uuid7(), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
