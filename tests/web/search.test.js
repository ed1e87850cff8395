import assert from "node:assert/strict";
import { test } from "node:test";
import { indexed, matching, scanned } from "../../web/static/js/search.js";

const article = (/** @type {string} */ code, /** @type {string} */ name, barcode = "") => ({
  code,
  name,
  barcode,
  type: "BIE",
  unit: "pièce",
  unit_price: "1.00",
  tax_group: "B",
});
const SHOP = [
  article("FAR25", "Farine de blé 25 kg"),
  article("CRE1", "Crème glacée", "6001234567890"),
  article("42", "Pâtes"),
];
const codes = (/** @type {string} */ query) => matching(indexed(SHOP), query).map((found) => found.code);

test("accents and case do not matter and every word must begin one of the article's", () => {
  assert.deepEqual(codes("creme"), ["CRE1"]);
  assert.deepEqual(codes("BLE far"), ["FAR25"]);
  assert.deepEqual(codes("blé crème"), []);
});

test("an article is found by its code and its barcode", () => {
  assert.deepEqual(codes("far2"), ["FAR25"]);
  assert.deepEqual(codes("6001234567890"), ["CRE1"]);
  assert.equal(scanned(SHOP, "6001234567890")?.code, "CRE1");
  assert.equal(scanned(SHOP, "far25")?.code, "FAR25");
  assert.equal(scanned(SHOP, "999"), undefined);
});

test("an empty query finds everything", () => assert.equal(codes(" ").length, 3));

test("five thousand articles are searched well inside a key press", () => {
  const index = indexed(
    Array.from({ length: 5000 }, (_, n) => article(`A${n}`, `Article numéro ${n} du rayon`)),
  );
  const before = process.cpuUsage();
  assert.equal(matching(index, "article num 4999").length, 1);
  assert.ok(process.cpuUsage(before).user < 200_000);
});
