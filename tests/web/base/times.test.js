import assert from "node:assert/strict";
import { test } from "node:test";
import { clockTime, dayAndTime, dayLabel, dayOf, fullTime, useZone, wireTime } from "../../../web/static/js/base/times.js";

const HERE = "2026-11-22T14:05:59"; // in the zone of this machine, whatever it is

test("people read days and times as a clock here shows them", () => {
  assert.equal(clockTime(HERE), "14:05");
  assert.equal(clockTime("2026-11-22T13:05:59Z", "Africa/Kinshasa"), "14:05");
  assert.equal(dayAndTime(HERE), "22/11 14:05");
  assert.equal(fullTime("2026-11-22T13:05:59Z", "Africa/Kinshasa"), "22/11/2026 14:05");
  assert.equal(dayLabel("2026-11-22"), "22/11/2026");
});

test("once the outlet is known every time is its own, wherever the tablet thinks it is", () => {
  for (const [zone, clock, day] of [["Africa/Lubumbashi", "00:30", "2026-11-23"], ["Africa/Kinshasa", "23:30", "2026-11-22"]]) {
    useZone(zone ?? "");
    assert.equal(clockTime("2026-11-22T22:30:00Z"), clock);
    assert.equal(dayAndTime("2026-11-22T22:30:00Z"), `${day?.slice(8)}/11 ${clock}`);
    assert.equal(dayOf("2026-11-22T22:30:00Z"), day);
  }
});

test("the wire has whole seconds of UTC", () => {
  assert.equal(wireTime(new Date("2026-11-22T13:05:59.999Z")), "2026-11-22T13:05:59Z");
  assert.equal(wireTime(0), "1970-01-01T00:00:00Z");
});
