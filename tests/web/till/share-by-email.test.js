import assert from "node:assert/strict";
import { test } from "node:test";
import { isAddress } from "../../../web/static/js/till/papers/share-by-email.js";

test("an address has a name, an at sign and a domain", () => {
  for (const good of ["nom@exemple.cd", "achats+bono@mail.societe.cd", "é@exemple.cd"]) assert.ok(isAddress(good), good);
  const bad = ["", "nom", "nom@", "nom@exemple", "@exemple.cd", "a b@exemple.cd", "a@b@exemple.cd", "a@x.cd,b@x.cd"];
  for (const text of [...bad, `${"a".repeat(250)}@x.cd`]) assert.ok(!isAddress(text), text);
});
