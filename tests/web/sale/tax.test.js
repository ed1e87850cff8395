import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { amountsText, taxOf } from "../../../web/static/js/sale/tax.js";

/** The table in force, as the till receives it. */
const RATES = {
  A: "0",
  B: "16",
  C: "5",
  D: "0",
  E: "0",
  F: "16",
  G: "5",
  H: "0",
  I: "0",
  J: "0",
  K: "0",
  L: "0",
  M: "0",
  O: "1",
  P: "1",
};
/** @param {string} name */
const vectors = (name) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));

for (const example of [...vectors("tax-cases").cases, ...vectors("law-cases").taxes]) {
  test(`the till computes "${example.name}" as the authority does`, () => {
    assert.equal(example.table, "CD-2026-02");
    const { groups, totals } = taxOf(example.lines, RATES, example.price_mode);
    const written = groups.map(({ group, rate, ...amounts }) => ({
      group,
      ...(rate === undefined ? {} : { rate }),
      ...amountsText(amounts),
    }));
    assert.deepEqual(written, example.expected.groups);
    assert.deepEqual(amountsText(totals), example.expected.totals);
  });
}

test("levies and specific VAT carry no specific tax", () => {
  for (const group of ["L", "M", "N"]) {
    const line = {
      unit_price: "10",
      quantity: "1",
      tax_group: group,
      specific_tax: { kind: "percent", value: "1", label: "Accise" },
    };
    assert.throws(() => taxOf([line], RATES, "HT"), RangeError, group);
  }
});

test("a group the table does not know is refused", () => {
  assert.throws(() => taxOf([{ unit_price: "1", quantity: "1", tax_group: "Z" }], RATES, "TTC"), RangeError);
});
