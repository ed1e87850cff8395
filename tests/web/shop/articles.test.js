import assert from "node:assert/strict";
import { test } from "node:test";
import { productRecord } from "../../../web/static/js/shop/articles.js";

const CREAM = {
  code: "CRE1",
  type: "BIE",
  name: "Crème glacée",
  unit: "pièce",
  unit_price: "1.00",
  tax_group: "B",
  category: "Desserts",
};

test("an article is found by the words of its name, by those of its code, and by its code alone", () => {
  assert.deepEqual(productRecord(CREAM).name_tokens, ["creme", "glacee", "cre", "1", "=cre1"]);
});

test("what nobody sees in the name of an article is in no sale of it", () => {
  assert.equal(productRecord({ ...CREAM, name: "Crème\u200b  glacée " }).name, "Crème glacée");
});

test("an article stands on the shelf of all, on its own, and among the favourites when it is one", () => {
  assert.deepEqual(productRecord({ ...CREAM, favourite: true }).shelf, [
    "*\0creme glacee\0CRE1",
    "!\0creme glacee\0CRE1",
    "=Desserts\0creme glacee\0CRE1",
  ]);
  assert.equal(productRecord(CREAM).shelf.length, 2);
});
