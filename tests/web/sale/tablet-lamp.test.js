import assert from "node:assert/strict";
import test from "node:test";
import { lightOf } from "../../../web/static/js/sale/tablet-lamp.js";

const MINUTE = 60_000;
const NOW = 10_000 * MINUTE;
const WELL = {
  sales: [],
  kept: true,
  reached: true,
  locked: false,
  persisted: true,
  usage: 1,
  quota: 100,
  emptied: false,
  offset: 0,
  lost: [],
  now: NOW,
};
const sale = (state, minutes = 0) => ({ sale_id: "s", state, at: NOW - minutes * MINUTE });

/** What is wrong, then what the lamp says of it. */
const CASES = [
  ["nothing", {}, "green", "ready"],
  ["the server has not been asked yet", { reached: null }, "green", "ready"],
  ["a sale leaves", { sales: [sale("sending")] }, "blue", "sending"],
  ["a sealed sale waits for the DGI", { sales: [sale("waiting", 600)] }, "green", "ready"],
  ["a sale has waited for a minute", { sales: [sale("checking", 2)] }, "amber", "slow"],
  ["a sale has waited for 15 minutes with the server there", { sales: [sale("ready", 16)] }, "red", "stuck"],
  ["a sale has waited for 15 minutes without it", { sales: [sale("ready", 16)], reached: false }, "amber", "alone"],
  ["the server does not answer", { reached: false }, "amber", "alone"],
  ["the clock is off by three minutes", { offset: -3 * MINUTE }, "amber", "clock"],
  ["the clock is off by two days", { offset: 48 * 60 * MINUTE }, "red", "clock.wrong"],
  ["the browser promises nothing", { persisted: false }, "amber", "eviction"],
  ["two thirds of the memory are taken", { usage: 66 }, "amber", "filling"],
  ["the memory is nearly full", { usage: 91 }, "red", "full"],
  ["something emptied the memory", { emptied: true, sales: [sale("refused")] }, "red", "emptied"],
  ["nothing can be stored", { kept: false }, "red", "memory"],
  ["a sale must be corrected", { sales: [sale("poison")] }, "red", "correct"],
  ["the DGI refused a sale", { sales: [sale("refused")] }, "red", "correct"],
  ["the server no longer knows the tablet", { locked: true, sales: [sale("locked")] }, "red", "locked"],
  ["another tablet fell silent with sales", { lost: [{}] }, "red", "lost"],
  ["it fell silent and the server does too", { lost: [{}], reached: false }, "amber", "alone"],
  ["the worst comes first", { kept: false, locked: true, reached: false }, "red", "memory"],
];

for (const [what, part, state, say] of CASES) {
  test(`the lamp of the tablet when ${what}`, () => {
    const light = lightOf({ ...WELL, ...part });
    assert.deepEqual([light.state, light.say], [state, `lamp.tablette.${say}`]);
  });
}

test("the number beside the lamp counts the sales that only this tablet has", () => {
  const sales = [sale("ready"), sale("checking"), sale("waiting"), sale("normalised"), sale("held")];
  assert.equal(lightOf({ ...WELL, sales }).with.count, "2");
  assert.deepEqual(lightOf(WELL).with, {});
});
