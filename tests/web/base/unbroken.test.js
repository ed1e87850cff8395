import assert from "node:assert/strict";
import { test } from "node:test";
import { unbroken } from "../../../web/static/js/base/unbroken.js";

/** @type {[string, string][]} where `~` is a space that does not break, `_` a narrow one */
const NAMES = [
  ["Crédit téléphone 5 000 FC", "Crédit téléphone 5_000~FC"],
  ["Savon 400 g", "Savon 400~g"],
  ["Huile végétale 1 l", "Huile végétale 1~l"],
  ["Bière 72 cl", "Bière 72~cl"],
  ["Ampoule 12 W", "Ampoule 12~W"],
  ["Carte 1 000 000 CDF", "Carte 1_000_000~CDF"],
  ["Rallonge 1,5 m", "Rallonge 1,5~m"],
  ["Bougies, paquet de 10", "Bougies, paquet de 10"],
  ["Œufs, plateau de 6", "Œufs, plateau de 6"],
  ["Cahier 96 grand format", "Cahier 96 grand format"],
  ["Lot 12 2024", "Lot 12 2024"],
  ["Remise 5 %", "Remise 5~%"],
  ["3 lapins", "3 lapins"],
];

for (const [name, whole] of NAMES) {
  test(`« ${name} » wraps between its words only`, () => {
    assert.equal(unbroken(name), whole.replaceAll("~", "\u00a0").replaceAll("_", "\u202f"));
  });
}

test("only blanks differ: the name that is sealed stays as the shop wrote it", () => {
  for (const [name] of NAMES) assert.equal(unbroken(name).replace(/[\u00a0\u202f]/g, " "), name);
});
