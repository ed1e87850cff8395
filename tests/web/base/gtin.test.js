import assert from "node:assert/strict";
import { test } from "node:test";
import { codeIn, isGtin, isNoNumber, writings } from "../../../web/static/js/base/gtin.js";

test("eight, twelve, thirteen and fourteen digits with a right check digit are a trade number", () => {
  for (const code of ["96385074", "036000291452", "6001000000100", "16001000000107"]) assert.ok(isGtin(code), code);
  for (const text of ["6001000000101", "600100000010", "1234567", "5000", "00000000", "6001000000100 ", "6001000000l00", ""])
    assert.ok(!isGtin(text), text);
});

/** @type {[string, string, string][]} */
const READ = [
  ["an EAN-13 as it is", "6001000000100", "6001000000100"],
  ["with what AIM calls EAN-13", "]E06001000000100", "6001000000100"],
  ["with what AIM calls EAN-8", "]E496385074", "96385074"],
  ["Code 128 of the shop", "]C0PAI01", "PAI01"],
  ["GS1-128 with date and batch", "]C10106001000000100172612311042A", "06001000000100"],
  ["GS1 DataMatrix with a separator", "]d2010600100000010010AB\u001d17261231", "06001000000100"],
  ["a leading separator", "\u001d0106001000000100", "06001000000100"],
  ["a human-readable element string", "(01)06001000000100(10)42A", "06001000000100"],
  ["a GS1 link", "https://id.example/01/06001000000100/10/42A?17=261231", "06001000000100"],
  ["sixteen digits whose GTIN is wrong", "0106001000000101", "0106001000000101"],
  ["blanks and an end of line", " 6001000000100\r\n", "6001000000100"],
  ["our own QR", "https://verifier.example/v#e30.e30.c2ln", "https://verifier.example/v#e30.e30.c2ln"],
  ["a lot that only begins so", "01PAIN", "01PAIN"],
];
for (const [name, text, code] of READ) test(`the code in a reading: ${name}`, () => assert.equal(codeIn(text), code));

test("one trade number is found however many zeros stand before it", () => {
  assert.deepEqual(writings("036000291452"), ["036000291452", "00036000291452", "0036000291452"]);
  assert.deepEqual(writings("00036000291452"), ["00036000291452", "0036000291452", "036000291452"]);
  assert.deepEqual(writings("96385074"), ["96385074", "00000096385074", "0000096385074", "000096385074"]);
  assert.deepEqual(writings("16001000000107"), ["16001000000107"]);
  assert.deepEqual(writings("PAI01"), ["PAI01"]);
});

test("a trade number is no quantity and no sum, nor is anything as long, checked or not", () => {
  for (const text of ["96385074", "6001000000101", "100000000000"]) assert.ok(isNoNumber(text), text);
  for (const text of ["10000000", "25000000", "1200", "9999999999", "1,5"]) assert.ok(!isNoNumber(text), text);
});
