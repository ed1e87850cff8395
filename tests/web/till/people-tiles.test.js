import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseAnew } from "../../../web/static/js/till/door/people-tiles.js";

const listOf = (/** @type {number} */ count) => {
  const radios = Array.from({ length: count }, () => ({ checked: true }));
  const list = /** @type {any} */ ({ querySelectorAll: () => radios });
  chooseAnew(list);
  return radios.map((radio) => radio.checked);
};

test("who is alone at a till is not asked for a name", () => {
  assert.deepEqual(listOf(1), [true]);
});

test("of several people none is chosen before one touches a name", () => {
  assert.deepEqual(listOf(3), [false, false, false]);
});
