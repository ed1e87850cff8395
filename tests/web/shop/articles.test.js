import assert from "node:assert/strict";
import { test } from "node:test";
import { folded, productRecord, words } from "../../../web/static/js/shop/articles.js";

const CREAM = {
  code: "CRE1",
  type: "BIE",
  name: "Crème glacée",
  unit: "pièce",
  unit_price: "1.00",
  tax_group: "B",
  category: "Desserts",
};

test("accents and case do not matter", () => {
  assert.equal(folded("Crème ÉTÉ"), "creme ete");
  assert.deepEqual(words("  Blé, BLE ; far-2 "), ["ble", "far", "2"]);
});

test("an article is found by the words of its name, by those of its code, and by its code alone", () => {
  assert.deepEqual(productRecord(CREAM).name_tokens, ["creme", "glacee", "cre1", "=cre1"]);
});

test("an article stands on the shelf of all, on its own, and among the favourites when it is one", () => {
  assert.deepEqual(productRecord({ ...CREAM, favourite: true }).shelf, [
    "*\0creme glacee\0CRE1",
    "!\0creme glacee\0CRE1",
    "=Desserts\0creme glacee\0CRE1",
  ]);
  assert.equal(productRecord(CREAM).shelf.length, 2);
});
