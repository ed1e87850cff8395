import assert from "node:assert/strict";
import { test } from "node:test";
import { linesFor } from "../../../web/static/js/sale/charged.js";
import { lineChanged, ticketChanged } from "../../../web/static/js/till/panels/more-panel.js";

/** @typedef {import("../../../web/static/js/sale/ticket.js").Ticket} Ticket */
const CONTEXT = /** @type {any} */ ({ rates: { A: "0", B: "16" }, price_mode: "TTC" });
const line = (code = "A", unit_price = "500.00", quantity = "2") => ({ code, type: "BIE", name: "Pain", unit: "pièce", unit_price, quantity, tax_group: "B" });
const ticket = (/** @type {any} */ part = {}) => /** @type {Ticket} */ ({ invoice_type: "FV", lines: [line()], client: { type: "PP" }, exemption: "", payments: [], ...part });
const asLine = (/** @type {any} */ filled, open = ticket(), index = 0) => /** @type {any} */ (lineChanged(open, CONTEXT, index, { price: "500", reason: "", note: "", ...filled }));
const asTicket = (/** @type {any} */ filled, open = ticket()) => /** @type {any} */ (ticketChanged(open, CONTEXT, { off: "", reason: "", words: "", sum: "", ...filled }));

test("a price changes with its reason, and a note needs none", () => {
  assert.equal(asLine({ price: "450" }).say, "more.why.missing");
  assert.equal(asLine({ price: "450,50", reason: "Article abîmé" }).ticket.lines[0].unit_price, "450.50");
  assert.equal(asLine({ note: "bien cuit" }).ticket.lines[0].note, "bien cuit");
  for (const price of ["", "0", "1,234", "abc", "10000000000000"]) assert.equal(asLine({ price, reason: "x" }).say, "more.price.wrong", price);
  assert.equal(asLine({ price: "450", reason: "é".repeat(13) }).say, "text.long.accents");
});

test("a note that makes two lines one changes the price of that one", () => {
  const open = ticket({ lines: [line(), { ...line(), note: "bien cuit" }] });
  const { lines } = asLine({ price: "450", reason: "Remise" }, open, 1).ticket;
  assert.deepEqual(lines.map((/** @type {any} */ one) => [one.unit_price, one.quantity]), [["450.00", "4"]]);
});

test("a discount is a percentage or a sum, says why, and stays what was typed", () => {
  const charged = (/** @type {any} */ { ticket: open }) => linesFor(open, CONTEXT)[0];
  assert.equal(charged(asTicket({ off: "10 %" }))?.price_change_reason, "Remise 10 %");
  assert.equal(charged(asTicket({ off: "2,5%", reason: "Fidélité" }))?.unit_price, "487.50");
  assert.equal(charged(asTicket({ off: "100" }))?.unit_price, "450.00");
  for (const off of ["dix", "%", "-5", "10 %%", "0", "0 %"]) assert.equal(asTicket({ off }).say, "more.discount.wrong", off);
  for (const off of ["100 %", "250%", "1000", "5 000"]) assert.equal(asTicket({ off }).say, "more.nothing", off);
  assert.equal(asTicket({ off: "15 %", reason: "Remise 10 %" }).ticket.discount.reason, "Remise 15 %");
  assert.deepEqual(asTicket({}, asTicket({ off: "10 %" }).ticket).ticket, { ...ticket(), comments: [] }, "emptied, it is gone");
});

test("comments fill lines B to H and no more; the sum of a deposit is of deposit invoices alone", () => {
  assert.deepEqual(asTicket({ words: " Livraison\t lundi \n\nPorte 3" }).ticket.comments, ["Livraison lundi", "Porte 3"]);
  assert.equal(asTicket({ words: "a\n".repeat(8) }).say, "more.comments.many");
  assert.equal(asTicket({ words: "é".repeat(96) }).say, "text.long.accents");
  assert.equal(asTicket({ sum: "200" }).ticket.deposit, undefined);
  const deposit = ticket({ invoice_type: "FT" });
  assert.equal(asTicket({ sum: "200,5" }, deposit).ticket.deposit, "200.50");
  assert.equal(asTicket({ sum: "zéro" }, deposit).say, "more.deposit.wrong");
  assert.equal("deposit" in asTicket({}, { ...deposit, deposit: "200.00" }).ticket, false, "nothing written: the whole price");
});
