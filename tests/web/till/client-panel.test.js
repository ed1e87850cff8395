import assert from "node:assert/strict";
import { test } from "node:test";
import { wrong } from "../../../web/static/js/till/panels/client-panel.js";

/** What is missing, by what was filled in. @type {[string, Record<string, string>, boolean, string | undefined][]} */
const CASES = [
  ["no type", { name: "Quincaillerie" }, false, "type"],
  ["a company without NIF", { type: "PM", name: "Quincaillerie" }, false, "nif"],
  ["a trader without name", { type: "PC", nif: "A2699999B" }, false, "name"],
  ["an embassy without its document", { type: "AO", name: "Ambassade" }, false, "exemption"],
  ["anybody who buys in group D without a document", { type: "PP" }, true, "exemption"],
  ["a person", { type: "PP" }, false, undefined],
  ["a company with both", { type: "PM", nif: "A2699999B", name: "Quincaillerie" }, false, undefined],
  ["an embassy with its document", { type: "AO", name: "Ambassade", exemption: "EXO 12" }, false, undefined],
  ["a name beyond 64 bytes", { type: "PP", name: "é".repeat(33) }, false, "name"],
];

for (const [name, filled, exempted, field] of CASES) {
  test(`the form finds what is missing: ${name}`, () => assert.equal(wrong(filled, exempted)?.field, field));
}
