import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cleaned, cleanNif, hasWord, isNif, LIMITS, refusedIn, size, wrongText } from "../../../web/static/js/base/text.js";

const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/texts.json", import.meta.url), "utf8"));

test("the till refuses the very characters that the server refuses", () => {
  for (const edge of VECTORS.edges) {
    const [before, here] = [edge - 1, edge].map((code) => refusedIn(String.fromCodePoint(code)) === undefined);
    assert.notEqual(before, here, edge.toString(16));
  }
});

test("the till cleans a text as the server does, and refuses the same of what is left as it is", () => {
  assert.ok(VECTORS.texts.length > 250);
  for (const { text, clean, refused } of VECTORS.texts) {
    if (clean !== null) assert.equal(cleaned(text), clean, JSON.stringify(text));
    assert.equal(refusedIn(text) !== undefined, refused, JSON.stringify(text));
  }
});

test("a NIF has one spelling here and there, and the same shapes", () => {
  for (const { text, nif, dgi, any } of VECTORS.nifs) {
    assert.equal(cleanNif(text), nif, JSON.stringify(text));
    assert.deepEqual([isNif(nif, true), isNif(nif, false)], [dgi, any], text);
  }
});

test("the limits are those of the server, and so is what they count", () => {
  const { reason: _, note: __, ...limits } = LIMITS; // neither is a member of an invoice by itself
  assert.deepEqual(limits, VECTORS.limits);
  for (const each of VECTORS.sizes) assert.equal(size(each.text), each.size);
});

test("what is wrong is said with the limit or the character", () => {
  assert.equal(wrongText("name", "Quincaillerie"), null);
  assert.equal(wrongText("contact", ""), null);
  assert.deepEqual(wrongText("name", "x".repeat(65)), { say: "text.long", with: { most: "64" } });
  assert.deepEqual(wrongText("name", "é".repeat(33)), { say: "text.long.accents", with: { most: "64" } });
  assert.deepEqual(wrongText("address", "x\ue000"), { say: "text.refused", with: { code: "U+E000" } });
  assert.deepEqual(wrongText("name", "..."), { say: "text.word", with: {} });
  assert.equal(wrongText("address", "..."), null);
  assert.equal(hasWord("№"), false);
});
