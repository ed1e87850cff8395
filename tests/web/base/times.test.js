import assert from "node:assert/strict";
import { test } from "node:test";
import { clockTime, dayAndTime, dayLabel, fullTime, wireTime } from "../../../web/static/js/base/times.js";

const HERE = "2026-11-22T14:05:59"; // in the zone of this machine, whatever it is

test("people read days and times as a clock here shows them", () => {
  assert.equal(clockTime(HERE), "14:05");
  assert.equal(clockTime("2026-11-22T13:05:59Z", "Africa/Kinshasa"), "14:05");
  assert.equal(dayAndTime(HERE), "22/11 14:05");
  assert.equal(fullTime("2026-11-22T13:05:59Z", "Africa/Kinshasa"), "22/11/2026 14:05");
  assert.equal(dayLabel("2026-11-22"), "22/11/2026");
});

test("the wire has whole seconds of UTC", () => {
  assert.equal(wireTime(new Date("2026-11-22T13:05:59.999Z")), "2026-11-22T13:05:59Z");
  assert.equal(wireTime(0), "1970-01-01T00:00:00Z");
});
