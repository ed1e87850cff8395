import assert from "node:assert/strict";
import { test } from "node:test";
import { read, signatureBase } from "../../../web/static/js/tablet/wire.js";

const SIGNED = {
  method: "PUT",
  authority: "caisse.example:8443",
  path: "/api/v1/invoices/0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d",
  seq: 12,
  digest: "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
  created: 1700000000,
  keyid: "abcdefghijklmnopqrstuv",
};
const response = (
  /** @type {number} */ status,
  /** @type {unknown} */ body,
  type = "application/json",
  more = {},
) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "Content-Type": type, ...more },
  });
const problem = (/** @type {number} */ status, /** @type {object} */ body, more = {}) =>
  response(status, body, "application/problem+json", more);
const OURS = { title: "Non.", rule: "total.expected" };

test("the bytes that are signed are those of RFC 9421, line by line", () => {
  const { base, input } = signatureBase(SIGNED);
  assert.equal(
    input,
    '("@method" "@authority" "@path" "bono-device-seq" "content-digest")' +
      ';created=1700000000;keyid="abcdefghijklmnopqrstuv";alg="ecdsa-p256-sha256"',
  );
  assert.equal(
    base,
    [
      '"@method": PUT',
      '"@authority": caisse.example:8443',
      '"@path": /api/v1/invoices/0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d',
      '"bono-device-seq": 12',
      '"content-digest": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
      `"@signature-params": ${input}`,
    ].join("\n"),
  );
});

test("a request without a body signs no digest", () => {
  const { base, input } = signatureBase({ ...SIGNED, method: "GET", digest: "" });
  assert.ok(input.startsWith('("@method" "@authority" "@path" "bono-device-seq");'));
  assert.ok(!base.includes("content-digest"));
});

for (const [what, answer] of Object.entries({
  "a page of HTML with 200": () => response(200, "<html>", "text/html"),
  "JSON of somebody else's type": () => response(200, "{}", "text/plain"),
  "half an answer": () => response(201, '{"sale_id": "0199'),
  "a list": () => response(200, []),
  "a captive portal's 403": () => response(403, "<html>", "text/html"),
  "a 404": () => problem(404, OURS),
  "a 409": () => problem(409, OURS),
  "a 429": () => problem(429, OURS),
  "a 500": () => response(500, { error: "x" }),
  "a 503 of ours": () => problem(503, OURS),
  "a 422 without a rule": () => problem(422, { title: "Non." }),
  "a 422 in plain JSON": () => response(422, OURS),
  "a 204": () => new Response(null, { status: 204 }),
  "a 302": () => response(302, "", "text/html", { Location: "/" }),
})) {
  test(`${what} is unknown and decides nothing`, async () => {
    assert.equal((await read(answer(), false)).meaning, "unknown");
  });
}

for (const status of [400, 413, 422]) {
  test(`a ${status} of ours with a rule is poison, unless the sale is sealed`, async () => {
    const reading = await read(problem(status, OURS), false);
    assert.deepEqual([reading.meaning, "problem" in reading && reading.problem], ["poison", OURS]);
    assert.equal((await read(problem(status, OURS), true)).meaning, "unknown");
  });
}

for (const status of [401, 403]) {
  test(`a ${status} of ours stops the flush`, async () => {
    assert.equal((await read(problem(status, { title: "?", rule: "auth.device" }), false)).meaning, "enrol");
  });
}

test("an answer is final unless it is a 202, and is kept as it came", async () => {
  const text = '{"status": "sealed",  "sale_id":"x"}';
  const sealed = await read(response(201, text), false);
  assert.deepEqual([sealed.meaning, "final" in sealed && sealed.final], ["answered", true]);
  const waiting = await read(response(202, text, "application/json", { "Retry-After": "7" }), false);
  assert.ok(
    waiting.meaning === "answered" && !waiting.final && waiting.text === text && waiting.wait === 7000,
  );
});

test("the sale of a revoked tablet is held", async () => {
  assert.equal((await read(response(202, { sale_id: "x", status: "held" }), false)).meaning, "held");
});
