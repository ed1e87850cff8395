import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { asked, folded, inOrder, orderKey, words } from "../../../web/static/js/base/folding.js";
import { holding } from "../../../web/static/js/base/holding.js";

const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/texts.json", import.meta.url), "utf8"));
const finds = (/** @type {string} */ query, /** @type {string} */ text) =>
  asked(query).every((word) => words(text).some((own) => own.startsWith(word)));

test("accents, case, ligatures and the letters of Lingala do not matter, here as on the server", () => {
  for (const each of VECTORS.folded) assert.equal(folded(each.text), each.folded, each.text);
  assert.equal(folded("Crème ÉTÉ"), "creme ete");
});

/** @type {[string, string, boolean][]} */
const SEARCHES = [
  ["oeuf", "Œufs, plateau de 6", true],
  ["œuf", "Oeufs", true],
  ["ngombe", "Ngɔmbɛ", true],
  ["ngɔmbɛ", "Ngombe", true],
  ["1,5l", "Eau minérale 1,5 l", true],
  ["1.5 L", "Eau minérale 1,5\u00a0l", true],
  ["1,5", "Eau minérale 15 l", false],
  ["25kg", "Farine 25 kg", true],
  ["far25", "Farine FAR25", true],
  ["5000", "Crédit téléphone 5\u202f000 FC", true],
  ["5 000", "Crédit téléphone 5000 FC", true],
  ["5 00", "Crédit téléphone 5 000 FC", true],
  ["500 g", "Lot de 2 500 g", true],
  ["a 2699999 b", "Quincaillerie A2699999B", true],
  ["eufs", "Œufs", false],
];
for (const [query, text, found] of SEARCHES)
  test(`« ${query} » ${found ? "finds" : "does not find"} « ${text} »`, () => assert.equal(finds(query, text), found));

test("a list stands in the order of the server's", () => {
  const keyed = (/** @type {string} */ text) => `${orderKey(text)}\u0000${text}`;
  const ordered = [...VECTORS.ordered].reverse().sort((a, b) => (keyed(a) < keyed(b) ? -1 : 1));
  assert.deepEqual(ordered, VECTORS.ordered);
});

test("that order is a dictionary's, as the browser's own collation has it", () => {
  const { compare } = new Intl.Collator("fr", { numeric: true, sensitivity: "base", ignorePunctuation: false });
  const names = ["Œufs", "Oignons", "Eau 10 l", "Eau 2 l", "Eau", "Farine 25 kg", "Farine 1 kg", "Zoé", "zèbre", "Été", "Crème"];
  assert.deepEqual(inOrder(names, (name) => name), [...names].sort(compare));
  assert.deepEqual(inOrder(["Eau 10 l", "Eau 1,5 l", "Eau 1 l", "Eau 0,5 l"], (name) => name), [
    "Eau 0,5 l",
    "Eau 1 l",
    "Eau 1,5 l",
    "Eau 10 l",
  ]);
});

test("a sale is found by any piece of its number, its code or its client, however it is parted", () => {
  const sale = "KIN01-1-00000105 TEST-AB12-CD34 Hôtel du Fleuve, Œuvres";
  for (const typed of ["kin01-1-00000105", "105", "ab12cd34", "hotel", "oeuvre", "fleuve 0105", ""])
    assert.ok(holding(typed)(sale), typed);
  for (const typed of ["hotel lac", "106"]) assert.ok(!holding(typed)(sale), typed);
});
