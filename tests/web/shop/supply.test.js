import assert from "node:assert/strict";
import { test } from "node:test";
import { dayIn, dollar, tableOn } from "../../../web/static/js/shop/supply.js";

const TABLES = ["2025-05-01", "2026-02-01"].map((from) => ({
  id: from,
  name: `CD-${from}`,
  from,
  rates: {},
}));
const rate = (/** @type {string} */ day, currency = "USD") => ({
  id: day,
  currency,
  day,
  rate: day,
  source: "BCC",
});

test("a day begins where the outlet is", () => {
  const late = Date.parse("2026-01-31T23:30:00Z");
  assert.equal(dayIn("Africa/Kinshasa", late), "2026-02-01");
  assert.equal(dayIn("UTC", late), "2026-01-31");
});

test("the table in force is the last that has begun", () => {
  assert.equal(tableOn(TABLES, "2026-01-31")?.from, "2025-05-01");
  assert.equal(tableOn(TABLES, "2026-02-01")?.from, "2026-02-01");
  assert.equal(tableOn(TABLES, "2025-04-30"), undefined);
});

test("the newest rate of the dollar counts, and only while it is young enough", () => {
  const rates = [rate("2026-01-01"), rate("2026-01-03"), rate("2026-01-09", "EUR")];
  assert.deepEqual(dollar(rates, "2026-01-10", 7), {
    rate: "2026-01-03",
    day: "2026-01-03",
    age_days: 7,
    usable: true,
  });
  assert.equal(dollar(rates, "2026-01-11", 7)?.usable, false);
  assert.equal(dollar(rates, "2026-01-02", 7)?.day, "2026-01-01"); // none of a day to come
  assert.equal(dollar([], "2026-01-11", 7), null);
});
