import assert from "node:assert/strict";
import { test } from "node:test";
import { claimRange, paperCode } from "../../../web/static/js/shop/codes.js";
import { claimAddress, claimCode } from "../../../web/static/js/till/panels/provisional-ticket.js";

const SALE = "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d";
const payload = btoa(JSON.stringify({ fiscal_number: "KIN01-1-00000105" })).replace(/=+$/, "");

/** @type {[string, string, ReturnType<typeof paperCode>][]} */
const CASES = [
  [
    "the QR of the DGI",
    "RDCF01;CD01999901-1;TESTFACTURESQK4M7ZPD2XWA;A2512345Z;20261122111531",
    { kind: "dgi", text: "TESTFACTURESQK4M7ZPD2XWA" },
  ],
  ["our own QR", `https://verifier.example/v#e30.${payload}.c2ln`, { kind: "number", text: "KIN01-1-00000105" }],
  ["a fiscal number", "kin01-1-00000105", { kind: "number", text: "KIN01-1-00000105" }],
  [
    "the address to check it at",
    "https://verifier.example/v/KIN01-1-00000105?c=ABCD-EFGH-JKMN-PQRS",
    { kind: "number", text: "KIN01-1-00000105" },
  ],
  ["the receipt", "https://caisse.example/recus/kP3_x-9Z?copie=duplicata", { kind: "receipt", text: "kP3_x-9Z" }],
  ["the receipt as PDF", "/recus/kP3_x-9Z.pdf?format=80mm", { kind: "receipt", text: "kP3_x-9Z" }],
  ["a ticket provisoire", `https://caisse.example/r/KIN01/${claimCode(SALE)}`, { kind: "claim", text: claimCode(SALE).replaceAll("-", "") }],
  ["its code alone", claimCode(SALE).toLowerCase(), { kind: "claim", text: claimCode(SALE).replaceAll("-", "") }],
  ["a barcode", "6001000000017", null],
  ["a NIF", "A2699999B", null],
  ["a seal that says nothing", "https://verifier.example/v#abc", null],
];

for (const [name, text, meaning] of CASES) {
  test(`a scanned text is understood: ${name}`, () => assert.deepEqual(paperCode(text), meaning));
}

test("a claim code is four groups of four, and its sale lies where it points", () => {
  const code = claimCode(SALE);
  assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  const [first, last] = claimRange(code.replaceAll("-", ""));
  assert.equal(first, "0199a6a2-7b1e-7c55-9d5e-000000000000");
  assert.ok(first <= SALE && SALE <= last);
  assert.equal(claimAddress(SALE, "KIN01", "caisse.example"), `caisse.example/r/KIN01/${code}`);
});
