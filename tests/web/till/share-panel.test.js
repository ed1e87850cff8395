import assert from "node:assert/strict";
import { test } from "node:test";
import { message, numberLabel, whatsappNumber } from "../../../web/static/js/till/papers/share-panel.js";

test("numbers as people here write them become what WhatsApp wants", () => {
  for (const typed of ["0812345678", "081 234 56 78", "812345678", "+243 812-345-678", "00243812345678", "+243 (0)81 234 56 78", "+243 081 234 56 78", "\u202a243 81 234 56 78\u202c"]) {
    assert.equal(whatsappNumber(typed), "243812345678", typed);
  }
  assert.equal(whatsappNumber("+32 470 12 34 56"), "32470123456");
  assert.equal(whatsappNumber("+33 (0)6 12 34 56 78"), "33612345678");
  for (const typed of ["+243 81 234 56 7", "+243 (0)81 234 56 7", "081 234 56 7", "0812345678 9", "32470123456"])
    assert.equal(whatsappNumber(typed), null, typed);
  for (const typed of ["", "0812", "08123456AB", "+2438123456789012"]) assert.equal(whatsappNumber(typed), null, typed);
  assert.equal(numberLabel("243812345678"), "+243 812 345 678");
});

const ANSWER = {
  status: "normalised",
  security: { fiscal_number: "KIN01-1-00000105" },
  links: { receipt: "/recus/kP3_x-9Z" },
};
/** @type {import("../../../web/static/js/till/papers/share-panel.js").Sent} */
const SENT = { answer: JSON.stringify(ANSWER), total: "4500000", ticket: { client: { type: "PP" } } };
const SELLER = "Alimentation Exemple SARL";

test("the message carries the whole address of the receipt", () => {
  assert.equal(
    message(SENT, SELLER, "https://kin01.caisse.example"),
    "Bonjour, voici votre facture normalisée KIN01-1-00000105 de 45\u202f000\u00a0FC, " +
      "Alimentation Exemple SARL : https://kin01.caisse.example/recus/kP3_x-9Z",
  );
});

test("what is not normalised yet is never called an invoice that is here", () => {
  assert.match(message({ ...SENT, answer: { ...ANSWER, status: "sealed" } }, SELLER, "https://kin01.caisse.example"), /sera ici/);
});
