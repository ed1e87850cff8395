import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyReader } from "../../../web/static/js/tablet/key-bursts.js";
import { onFrench, onUs } from "../../../web/static/js/tablet/key-positions.js";

/** @typedef {import("../../../web/static/js/tablet/key-bursts.js").Key} Key */
/**
 * @typedef {{gap?: number, first?: number, end?: string, late?: number, field?: Key["field"], scanner?: "us" | "french" | "block",
 *   machine?: "us" | "french", caps?: boolean, between?: string}} How
 *   `gap` between the keys, `first` before them, `late` before the final key; `between` is pressed before each
 */

const EAN = "6001000000100";
const LAYOUTS = { us: onUs, french: onFrench };
const PLACES = [
  ..."1234567890".split("").map((digit) => `Digit${digit}`),
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("").map((letter) => `Key${letter}`),
  ...["Minus", "Equal", "BracketLeft", "BracketRight", "Backslash", "Semicolon", "Quote", "Comma", "Period", "Slash", "Space"],
];
const HOW = [{ shift: false, graph: false }, { shift: true, graph: false }, { shift: false, graph: true }];

/** Which key a keyboard of that layout presses for a character. @param {string} character @param {How} how */
function placeOf(character, { scanner = "us" }) {
  if (scanner === "block" && /\d/.test(character)) return { code: `Numpad${character}`, shift: false, graph: false };
  const layout = LAYOUTS[scanner === "block" ? "us" : scanner];
  const places = HOW.flatMap((how) => PLACES.map((code) => ({ code, ...how })));
  const found = places.find((place) => layout(place) === character);
  assert.ok(found, `no key for ${character}`);
  return found;
}

/** What the machine writes there. @param {{code: string, shift: boolean, graph: boolean}} place @param {How} how */
function written(place, { machine = "us", caps = false }) {
  if (place.code.startsWith("Numpad")) return place.code.slice(-1);
  const plain = LAYOUTS[machine](place) ?? "";
  const letter = plain.toLowerCase() !== plain.toUpperCase();
  return caps && letter ? (place.shift ? plain.toLowerCase() : plain.toUpperCase()) : plain;
}

/** A till of text: what keys write, and which codes come out. */
function bench() {
  const reader = new KeyReader();
  const bench = { at: 1000, text: "", codes: /** @type {string[][]} */ ([]), quiet: 0, swallowed: 0, type, wait, touched };
  /** @param {import("../../../web/static/js/tablet/key-bursts.js").Code | undefined} code */
  function take(code) {
    if (!code) return;
    code.undo();
    bench.codes.push(code.readings);
    bench.quiet = code.quiet;
  }
  /** @param {string} key @param {string} code @param {Partial<Key>} more */
  function press(key, code, more) {
    const all = { key, code, at: bench.at, shift: false, ctrl: false, alt: false, graph: false, field: /** @type {const} */ (""), ...more };
    take(reader.idle(bench.at));
    const before = bench.text;
    const outcome = reader.key(all, () => (bench.text = before));
    if (outcome.swallow && !outcome.typed) bench.swallowed += 1;
    take(outcome.code);
    if (outcome.typed) bench.text += key.length === 1 ? key : "";
  }
  /** @param {string} text @param {How} [how] */
  function type(text, how = {}) {
    const { gap = 10, first = 1000, end = "", late = gap, field = "", between } = how;
    [...text].forEach((character, at) => {
      bench.at += at ? gap / 2 : first;
      if (between) press(between, between, { field });
      bench.at += at ? gap / 2 : 0;
      const place = placeOf(character, how);
      press(written(place, how), place.code, { ...place, field });
    });
    if (!end) return bench;
    bench.at += late;
    press(end, end, { field });
    return bench;
  }
  function wait(ms = 1000) {
    bench.at += ms;
    take(reader.idle(bench.at));
    return bench;
  }
  function touched() {
    take(reader.touched(bench.at));
    return bench;
  }
  return bench;
}

/** @type {[string, string, How][]} */
const CODES = [
  ["ended by Enter", EAN, { end: "Enter" }],
  ["ended by Tab", EAN, { end: "Tab" }],
  ["ended by nothing", EAN, {}],
  ["with its Enter late", EAN, { end: "Enter", late: 250 }],
  ["with its Enter very late", EAN, { end: "Enter", late: 900 }],
  ["with slow keys", EAN, { gap: 150, end: "Enter" }],
  ["with slow keys and nothing after", EAN, { gap: 250 }],
  ["with slow keys and a late Enter", EAN, { gap: 200, end: "Enter", late: 1200 }],
  ["with Shift before each key", EAN, { between: "Shift", end: "Enter" }],
  ["with Caps Lock before each key", EAN, { between: "CapsLock", end: "Enter" }],
  ["with slow modifiers", EAN, { gap: 120, between: "Shift", end: "Enter" }],
  ["EAN-8 with slow keys", "96385074", { gap: 180, end: "Enter" }],
  ["UPC-A with its zeros, slow and without an end", "036000291452", { gap: 180 }],
  ["GTIN-14", "16001000000107", { gap: 60 }],
  ["with the prefix of AIM", `]E0${EAN}`, { end: "Enter" }],
  ["with the prefix of AIM and slow keys", `]E0${EAN}`, { gap: 150, end: "Enter" }],
  ["a short code of the shop at once", "1042", { gap: 8 }],
  ["a short code of the shop and Enter", "1042", { gap: 60, end: "Enter" }],
  ["letters and digits, slowly, without an end", "PAI01", { gap: 200 }],
  ["in the search field", EAN, { end: "Enter", field: "codes" }],
  ["in the search field, slowly", EAN, { gap: 180, end: "Enter", field: "codes" }],
  ["in the search field, without an end", EAN, { gap: 20, field: "codes" }],
  ["in a text field", EAN, { end: "Enter", field: "text" }],
  ["in a text field, without an end", EAN, { gap: 40, field: "text" }],
  ["letters in a text field", "PAI01", { end: "Enter", field: "text" }],
  ["of the number block", EAN, { scanner: "block", end: "Enter" }],
];

for (const [name, text, how] of CODES) {
  test(`a scan is a code and leaves nothing behind: ${name}`, () => {
    const { codes, text: left, quiet } = bench().type(text, how).wait();
    assert.deepEqual([codes.map(([first]) => first), left], [[text], ""]);
    assert.ok(quiet > 900);
  });
}

/** @type {[string, string, How][]} */
const LAYOUTS_THAT_DIFFER = [
  ["digits of a US scanner on AZERTY", EAN, { scanner: "us", machine: "french" }],
  ["digits of a French scanner on US", EAN, { scanner: "french", machine: "us" }],
  ["slow digits of a US scanner on AZERTY", EAN, { scanner: "us", machine: "french", gap: 180 }],
  ["letters of a US scanner on AZERTY", "MAZOUT-01", { scanner: "us", machine: "french" }],
  ["letters of a French scanner on US", "MAZOUT-01", { scanner: "french", machine: "us" }],
  ["a prefix of a US scanner on AZERTY", `]C1${EAN}`, { scanner: "us", machine: "french" }],
  ["a prefix of a French scanner on US", `]C1${EAN}`, { scanner: "french", machine: "us" }],
  ["an address of a US scanner on AZERTY", "https://caisse.example/recus/kP3_x-9Z?copie=1", { scanner: "us", machine: "french" }],
  ["an address of a French scanner on US", "https://caisse.example/recus/kP3_x-9Z?copie=1", { scanner: "french", machine: "us" }],
  ["an address under Caps Lock", "https://caisse.example/recus/kP3_x-9Z", { caps: true }],
  ["an address under Caps Lock on AZERTY", "https://caisse.example/recus/kP3_x-9Z", { scanner: "french", machine: "french", caps: true }],
];

for (const [name, text, how] of LAYOUTS_THAT_DIFFER) {
  for (const end of ["Enter", ""])
    test(`a scanner of another layout is read by places: ${name}${end && ", Enter"}`, () => {
      const { codes } = bench().type(text, { ...how, end }).wait();
      assert.ok(codes.length === 1 && codes[0]?.includes(text), JSON.stringify(codes));
    });
}

/** @type {[string, string, How][]} */
const PEOPLE = [
  ["a quantity and Enter", "12", { gap: 180, end: "Enter" }],
  ["a quantity, quickly", "144", { gap: 90 }],
  ["a sum and Enter", "50000", { gap: 130, end: "Enter" }],
  ["a sum, quickly, and a late Enter", "5000", { gap: 95, end: "Enter", late: 200 }],
  ["a large sum", "10000000", { gap: 150, end: "Enter" }],
  ["a price with a comma", "1,5", { gap: 140 }],
  ["a name", "mukendi", { gap: 90, end: "Enter", field: "text" }],
  ["a name, by a fast typist", "mukendi", { gap: 65, field: "text" }],
  ["a telephone number that looks like a code", "036000291452", { gap: 160, end: "Enter", field: "text" }],
  ["a word that is searched", "riz", { gap: 110, end: "Enter", field: "codes" }],
  ["an amount that is searched", "10000000", { gap: 140, end: "Enter", field: "codes" }],
];

for (const [name, text, how] of PEOPLE) {
  test(`a person's keys are theirs: ${name}`, () => {
    const { codes, text: left, swallowed } = bench().type(text, how).wait();
    assert.deepEqual([codes, left, swallowed], [[], text, 0]);
  });
}

test("a number typed before a scan stays, however soon it comes", () => {
  for (const first of [150, 400, 2000]) {
    const { codes, text, quiet } = bench().type("2").type(EAN, { first, end: "Enter" });
    assert.deepEqual([codes, text, quiet], [[[EAN]], "2", first]);
  }
});

test("two scans in a row are two codes, with or without an end", () => {
  for (const end of ["Enter", ""]) {
    const { codes, text } = bench().type(EAN, { end }).type("96385074", { first: 350, end }).wait();
    assert.deepEqual([codes, text], [[[EAN], ["96385074"]], ""]);
  }
});

test("the final keys of a scan press nothing, and a later one is a person's", () => {
  const scanned = bench().type(EAN, { end: "Enter" });
  scanned.at += 20;
  assert.equal(scanned.type("", { end: "Enter", late: 20 }).swallowed, 2);
  scanned.wait();
  assert.equal(scanned.type("", { end: "Enter" }).swallowed, 2);
  assert.equal(bench().type(EAN).wait().type("5", { first: 100 }).type("", { end: "Enter" }).swallowed, 0);
});

test("a touch ends what was typed: a code before it is a code", () => {
  const { codes, text } = bench().type(EAN, { gap: 150 }).touched();
  assert.deepEqual([codes, text], [[[EAN]], ""]);
});

test("characters given by Alt and their numbers are read", () => {
  const reader = new KeyReader();
  let at = 0;
  const key = (/** @type {Partial<Key>} */ more) => ({ key: "", code: "", at, shift: false, ctrl: false, alt: true, graph: false, field: /** @type {const} */ (""), ...more });
  for (const character of "PAI01") {
    for (const digit of String(character.charCodeAt(0)).padStart(4, "0")) {
      at += 5;
      reader.key(key({ key: digit, code: `Numpad${digit}` }), () => {});
    }
    at += 5;
    reader.altUp(key({ key: "Alt" }), () => {});
  }
  const { code, swallow } = reader.key(key({ key: "Enter", alt: false, at: at + 5 }), () => {});
  assert.deepEqual([code?.readings[0], swallow], ["PAI01", true]);
});
