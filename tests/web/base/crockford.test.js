import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsOf, codeOf, inFours, isCode } from "../../../web/static/js/base/crockford.js";

const BITS = 0x0199a6a27b1e7c559d5en;

test("a code says its 80 bits, and they say it again", () => {
  const code = codeOf(BITS);
  assert.ok(isCode(code));
  assert.equal(bitsOf(code.replaceAll("-", "")), BITS);
  assert.equal(codeOf(0n), "0000-0000-0000-0000");
  assert.equal(codeOf(2n ** 80n - 1n), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
});

test("letters that are taken for digits are in no code", () => {
  for (const letter of "ILOU") assert.ok(!isCode(`${letter}000-0000-0000-0000`));
  for (const text of ["", "0000-0000-0000", "0000000000000000", "0000-0000-0000-00000"]) assert.ok(!isCode(text));
});

test("a dash stands between groups of four and nowhere else", () => {
  assert.equal(inFours("ABCDEFGHJ"), "ABCD-EFGH-J");
  assert.equal(inFours("ABCD"), "ABCD");
});
