import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  SealRefused,
  authCode,
  parseSeal,
  unbase64url,
  verifySeal,
} from "../../../web/static/js/verify/seal.js";

/** Made by the Python core: tests/vectors/make_seal_vectors.py. Each is broken in exactly one way. */
const { keys, valid, refused } = JSON.parse(
  readFileSync(new URL("../../vectors/seal-vectors.json", import.meta.url), "utf8"),
);

for (const { name, seal, statement, auth_code: code } of valid) {
  test(`${name} holds, with the code that the paper says`, async () => {
    assert.deepEqual(await verifySeal(seal, keys), { statement, code });
  });
}

for (const { name, seal, reason } of refused) {
  test(`a seal with ${name} is refused: ${reason}`, async () => {
    await assert.rejects(
      verifySeal(seal, keys),
      (error) => error instanceof SealRefused && error.reason === reason,
    );
  });
}

test("no one character of a seal can be another one", async () => {
  const [{ seal }] = valid;
  for (let place = 0; place < seal.length; place += 1) {
    const other = seal[place] === "A" ? "B" : "A";
    const changed = seal.slice(0, place) + other + seal.slice(place + 1);
    await assert.rejects(verifySeal(changed, keys), SealRefused, `place ${place}`);
  }
});

test("without keys every seal has an unknown one", async () => {
  await assert.rejects(verifySeal(valid[0].seal, []), { reason: "key" });
});

test("a published key that is no point of the curve is an unknown key", async () => {
  const [key] = keys;
  await assert.rejects(verifySeal(valid[0].seal, [{ ...key, x: key.y }]), { reason: "key" });
});

test("a name that objects inherit is a member like another", () => {
  const header = Buffer.from('{"__proto__":"x","alg":"ES256","kid":"kin-1"}').toString("base64url");
  const [, payload, signature] = valid[0].seal.split(".");
  assert.throws(() => parseSeal(`${header}.${payload}.${signature}`), { reason: "form" });
});

test("a text that is longer than any seal is refused before it is read", () => {
  for (const length of [1001, 200_000]) {
    assert.throws(() => parseSeal(`${"A".repeat(length - 4)}.A.A`), { reason: "form", message: "too long" });
  }
  for (const { seal } of valid) assert.ok(seal.length <= 1000);
});

test("base64url has one spelling for each run of bytes", () => {
  assert.deepEqual([...unbase64url("_-8")], [255, 239]);
  for (const text of ["_-9", "_-8=", "/+8", "A", "_ -8"])
    assert.throws(() => unbase64url(text), SealRefused, text);
});

test("the code keeps its leading zeros", async () => {
  const code = await authCode(new Uint8Array(64));
  assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
});
