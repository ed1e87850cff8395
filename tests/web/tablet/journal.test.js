import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { entryHash } from "../../../web/static/js/tablet/journal.js";

const ENTRY = {
  seq: 2,
  prev_hash: "ab".repeat(32),
  type: "committed",
  sale_id: "0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d",
  content_hash: "cd".repeat(32),
  t: "2026-11-22T10:15:30.000Z",
};

test("the hash of an entry is SHA-256 of its canonical text, with its type and version", async () => {
  const { content_hash, prev_hash, sale_id, t } = ENTRY;
  const text =
    `{"content_hash":"${content_hash}","prev_hash":"${prev_hash}","sale_id":"${sale_id}",` +
    `"seq":"2","t":"${t}","type":"committed","v":"journal/1"}`;
  assert.equal(await entryHash(ENTRY), createHash("sha256").update(text).digest("hex"));
});

test("no member of an entry can change without its hash", async () => {
  const hash = await entryHash(ENTRY);
  for (const change of [
    { seq: 3 },
    { prev_hash: "ac".repeat(32) },
    { type: "abandoned" },
    { sale_id: "other" },
    { content_hash: "ce".repeat(32) },
    { t: "2026-11-22T10:15:31.000Z" },
    { reason: "erreur" },
  ]) {
    assert.notEqual(await entryHash({ ...ENTRY, ...change }), hash, Object.keys(change)[0]);
  }
});
