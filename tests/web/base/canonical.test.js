import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NotCanonical, canonical, canonicalHash } from "../../../web/static/js/base/canonical.js";

/** Made by the Python core: tests/vectors/make_invoice_1.py. */
const { given, expected } = JSON.parse(
  readFileSync(new URL("../../vectors/invoice-1.json", import.meta.url), "utf8"),
);

test("the canonical text orders names as RFC 8785 does, numbers before letters", () => {
  assert.equal(
    canonical({ b: "1", a: ["é\n", { 10: "x", 9: "y" }] }),
    '{"a":["é\\n",{"10":"x","9":"y"}],"b":"1"}',
  );
});

test("the tablet computes the hash of a sale as the server does", async () => {
  assert.equal(await canonicalHash(given.request), expected.request_hash);
});

for (const [what, value] of Object.entries({
  "an empty string": { a: "" },
  "a number": { a: 1 },
  "a null": { a: null },
  "a lone surrogate": { a: "\ud800" },
  "a name that is not ASCII": { é: "a" },
})) {
  test(`${what} has no canonical form`, () => assert.throws(() => canonical(value), NotCanonical));
}
