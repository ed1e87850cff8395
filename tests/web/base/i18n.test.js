import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fr from "../../../web/i18n/fr.js";
import later from "../../../web/i18n/fr-later.js";
import { LANGUAGES } from "../../../web/static/js/base/i18n.js";

/** @typedef {Record<string, string>} Sentences */

/** Initials that French writes in another way. */
const INITIALS = ["MB", "VAT"];
/** A sentence of so many words is for reading, not a label that may keep its French noun. */
const READING = 6;
/** A sentence that sends the reader to a button names it as the button does. */
const NAMED = { "client.none": "client.new", "ladder.blocked": "till.cash-in", "paper.blocked": "strip.receipt", "types.export.vat": "types.FV" };

const others = Object.keys(LANGUAGES).filter((code) => code !== "fr");
const pathOf = (/** @type {string} */ code) => new URL(`../../../web/i18n/${code}.js`, import.meta.url);
/** @type {Record<string, Sentences>} */
const spoken = Object.fromEntries(
  await Promise.all(others.map(async (code) => [code, (await import(pathOf(code).href)).default])),
);
const french = /** @type {Sentences} */ ({ ...fr, ...later });

/** What `wrong` says of a key, the French sentence and the other, in every language. */
function faults(/** @type {(sentence: string, french: string) => unknown} */ wrong) {
  return others.flatMap((code) =>
    Object.entries(spoken[code] ?? {})
      .filter(([key, sentence]) => key in french && wrong(sentence, french[key] ?? ""))
      .map(([key, sentence]) => `${code} ${key}: ${sentence}`),
  );
}

const holes = (/** @type {string} */ sentence) => (sentence.match(/\{\w+\}/g) ?? []).sort().join(" ");
const shown = (/** @type {string} */ sentence) => sentence.replace(/\{\w+\}/g, "00").length;
const capitals = (/** @type {string} */ sentence) => sentence.replace(/\{\w+\}/g, "").match(/\p{Lu}{2,}/gu) ?? [];
const words = (/** @type {string} */ sentence) => sentence.split(" ").length;

for (const code of others) {
  test(`${LANGUAGES[/** @type {import("../../../web/static/js/base/i18n.js").Language} */ (code)]} has every key of French and no other`, () => {
    assert.deepEqual(Object.keys(spoken[code] ?? {}).sort(), Object.keys(french).sort());
  });

  test(`${code} says that a native speaker has yet to review it`, () => {
    assert.match(readFileSync(pathOf(code), "utf8").split("\n", 1)[0] ?? "", /Awaiting review by a native speaker\./);
  });
}

/** The till's scripts that are there before anything was asked for. */
function atOnce() {
  const js = fileURLToPath(new URL("../../../web/static/js/till/", import.meta.url));
  const found = new Map();
  const left = ["till.js", "open-till.js", "panels/payment-panel.js"].map((name) => join(js, name));
  for (let path = left.pop(); path; path = left.pop()) {
    if (found.has(path) || !path.includes("/js/")) continue;
    const text = readFileSync(path, "utf8");
    found.set(path, text);
    const here = dirname(path);
    left.push(...[...text.matchAll(/(?:from|^import) "(\.[^"]+)"/gm)].map(([, name = ""]) => join(here, name)));
  }
  return found;
}

test("a script that comes when it is asked for brings its French words", () => {
  const js = fileURLToPath(new URL("../../../web/static/js/", import.meta.url));
  const there = atOnce();
  const speaking = ["till", "tablet"]
    .flatMap((folder) => readdirSync(join(js, folder), { recursive: true, encoding: "utf8" }).map((name) => join(js, folder, name)))
    .filter((path) => path.endsWith(".js") && !there.has(path) && /base\/i18n\.js"/.test(readFileSync(path, "utf8")));
  assert.ok(speaking.length > 8);
  assert.deepEqual(speaking.filter((path) => !/^import ".*base\/later\.js";$/m.test(readFileSync(path, "utf8"))), []);
});

test("what the till says at once has its French words at once; the others come with their panel", () => {
  const script = [...atOnce().values()].join("\n");
  const said = new Set([...script.matchAll(/["`]([\w.-]+)["`]/g)].map(([, text]) => text));
  const begun = [...script.matchAll(/`([\w.-]+\.)\$\{/g)].map(([, text]) => text ?? "");
  const isSaid = (/** @type {string} */ key) => {
    if (key.startsWith("lamp.")) return !/\.more(\.one|\.other)?$/.test(key); // the sheet says what is more
    const plain = key.replace(/\.(one|other)$/, "");
    return [key, plain, plain.replace(/\.text$/, "")].some((text) => said.has(text)) || begun.some((start) => key.startsWith(start));
  };
  assert.deepEqual(Object.keys(later).filter(isSaid), []);
  assert.deepEqual(Object.keys(later).filter((key) => key in fr), []);
});

test("a key stands once in its file", () => {
  for (const code of ["fr", ...others]) {
    const keys = readFileSync(pathOf(code), "utf8").match(/^ {2}("[^"]+"|\w+):/gm) ?? [];
    assert.equal(new Set(keys).size, keys.length, code);
  }
});

test("a sentence keeps exactly the placeholders of the French one", () => {
  assert.deepEqual(faults((sentence, from) => holes(sentence) !== holes(from)), []);
});

test("a sentence is not empty and has no space at its ends", () => {
  assert.deepEqual(faults((sentence) => !sentence || sentence !== sentence.trim()), []);
});

test("a sentence is at most 35 % longer than in French, and a short one at most ten signs and never over 24", () => {
  const room = (/** @type {number} */ length) => Math.max(1.35 * length, Math.min(24, length + 10));
  assert.deepEqual(faults((sentence, from) => shown(sentence) > room(shown(from))), []);
});

test("no sentence shouts: capitals in a row are initials that French has too", () => {
  const allowed = (/** @type {string} */ from) => [...capitals(from), ...INITIALS];
  assert.deepEqual(faults((sentence, from) => capitals(sentence).some((run) => !allowed(from).includes(run))), []);
});

test("apostrophes are typographic, and quotes too", () => {
  assert.deepEqual(faults((sentence) => /['"]/.test(sentence)), []);
});

test("a sentence of some length is translated", () => {
  assert.deepEqual(faults((sentence, from) => sentence === from && words(from) >= READING), []);
});

test("a sentence that names a button says the word that stands on it", () => {
  for (const [code, sentences] of Object.entries({ fr: french, ...spoken })) {
    for (const [key, button] of Object.entries(NAMED)) {
      const word = sentences[button]?.split(" · ")[0] ?? "";
      assert.ok(word && sentences[key]?.includes(word), `${code} ${key}: ${word}`);
    }
  }
});
