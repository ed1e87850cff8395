import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** What a shop or the law named, by the page: a browser's translator must leave it alone. @type {[string, string[]][]} */
const NAMED = [
  ["till/_counter.html", ['class="tile-name"', 'class="line-name"', 'id="rayons"', 'id="ticket-client"', 'id="operateur"']],
  ["till/_history.html", ['class="row-main"']],
  ["till/_parked.html", ['class="row-main"']],
  ["till/_client.html", ["<strong translate"]],
  ["till/_unlock.html", ['class="name-text"', 'id="lieu"']],
  ["till/_provisional.html", ['id="provisoire"', '<template id="modele-provisoire"><li']],
  ["print/_receipt.html", ['class="receipt"']],
];

for (const [page, places] of NAMED) {
  test(`names are never translated: ${page}`, () => {
    const text = readFileSync(new URL(`../../../web/templates/${page}`, import.meta.url), "utf8");
    for (const place of places) {
      const tag = text.slice(text.indexOf(place)).split(">", 2).slice(0, place.includes("<li") ? 2 : 1).join(">");
      assert.match(tag, /translate="no"/, place);
    }
  });
}
