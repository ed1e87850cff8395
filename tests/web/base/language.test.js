import assert from "node:assert/strict";
import { test } from "node:test";
import { language } from "../../../web/static/js/base/i18n.js";

/** @param {string | null} kept @param {string[]} asked by the browser, its first choice first */
function languageOf(kept, asked) {
  const given = { localStorage: { getItem: () => kept }, navigator: { languages: asked } };
  for (const [name, value] of Object.entries(given)) Object.defineProperty(globalThis, name, { value, configurable: true });
  return language();
}

test("the till speaks the language of the browser at first", () => {
  assert.equal(languageOf(null, ["sw-CD", "fr-CD"]), "sw");
  assert.equal(languageOf(null, ["lua", "fr"]), "lua");
  assert.equal(languageOf(null, ["en-US"]), "en");
});

test("a browser with no language of ours speaks French", () => {
  assert.equal(languageOf(null, ["pt-AO", "kg"]), "fr");
  assert.equal(languageOf(null, []), "fr");
});

test("the next language that the browser asks for counts", () => {
  assert.equal(languageOf(null, ["pt-AO", "ln-CD", "fr"]), "ln");
});

test("what a person chose on this tablet counts before the browser", () => {
  assert.equal(languageOf("ln", ["en-GB"]), "ln");
  assert.equal(languageOf("gone", ["en-GB"]), "en");
});
