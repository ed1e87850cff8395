import assert from "node:assert/strict";
import { test } from "node:test";
import { doubtful, isWhole, sureOf, wrongQuantity } from "../../../web/static/js/sale/quantities.js";
import * as ticket from "../../../web/static/js/sale/ticket.js";
import { keyed, pressed, selecting, stepped, untyped, withScanned } from "../../../web/static/js/sale/typing.js";

const FLOUR = { code: "FAR25", type: "BIE", name: "Farine 25 kg", unit: "sac", unit_price: "45000.00", tax_group: "B" };
const BREAD = { ...FLOUR, code: "PAI01", name: "Pain", unit: "pièce", unit_price: "500.00", tax_group: "A" };
const opened = () => ticket.opened("0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d");
const press = (/** @type {ticket.Ticket} */ open, /** @type {string[]} */ ...keys) => keys.reduce(pressed, open);
const counts = (/** @type {ticket.Ticket} */ { lines }) => lines.map(({ code, quantity }) => `${quantity} ${code}`);
/** A scan, as the till makes it: the number that waits is taken, the rest is settled. @param {ticket.Ticket} open @param {ticket.Article} article */
const scan = (open, article) => withScanned(ticket.settled(open), article, ticket.waiting(open));

test("digits on a selected line are its quantity", () => {
  const open = press(selecting(ticket.withArticle(opened(), FLOUR), 0), "2", ",", "5");
  assert.equal(open.lines[0]?.quantity, "2.5");
});

test("a quantity of zero is never on the ticket", () => {
  const open = press(selecting(ticket.withArticle(opened(), FLOUR), 0), "0");
  assert.equal(open.lines[0]?.quantity, "1");
  assert.ok(ticket.isEmpty(stepped(open, 0, -1n)));
});

test("a fourth decimal is not taken, nor a quantity that is worth nothing", () => {
  assert.equal(press(opened(), "1", ",", "2", "3", "4", "5").typed, "1,234");
  const cheap = ticket.withArticle(opened(), { ...FLOUR, unit_price: "1.00" });
  assert.equal(press(selecting(cheap, 0), "0", ",", "0", "0", "1").lines[0]?.quantity, "1");
  const waiting = ticket.withArticle(press(opened(), "0", ",", "0", "0", "1"), { ...FLOUR, unit_price: "1.00" });
  assert.ok(!ticket.isComputable(waiting, { rates: { A: "0", B: "16" }, price_mode: "TTC" }));
});

test("the pad takes one comma and no endless number", () => {
  assert.equal(press(opened(), ",", "5", ",", "5").typed, "0,55");
  assert.equal(press(opened(), "0", "7").typed, "7");
  assert.equal(press(opened(), ...Array(30).fill("9")).typed.length, 13);
  assert.equal(press(opened(), "1", "000", "back").typed, "100");
});

test("a number typed right after a scan is the quantity of what was scanned", () => {
  let open = press(scan(opened(), BREAD), "2");
  assert.deepEqual([counts(open), open.aim?.index], [["2 PAI01"], 0]);
  open = press(scan(open, FLOUR), "2");
  assert.deepEqual([counts(open), ticket.waiting(open)], [["2 PAI01", "2 FAR25"], ""]);
  open = press(scan(open, BREAD), "1", "2");
  assert.deepEqual(counts(open), ["14 PAI01", "2 FAR25"]);
  assert.deepEqual(counts(press(open, "back", "back")), ["3 PAI01", "2 FAR25"]);
});

test("who types the number first does so for each article", () => {
  let open = press(scan(press(opened(), "2"), BREAD), "3");
  assert.equal(ticket.waiting(open), "3");
  open = scan(open, FLOUR);
  assert.deepEqual(counts(open), ["2 PAI01", "3 FAR25"]);
  assert.deepEqual(counts(ticket.withArticle(press(open, "5"), BREAD)), ["7 PAI01", "3 FAR25"]);
});

test("a number after a scan does not count for the article that is touched next", () => {
  const open = ticket.withArticle(press(scan(opened(), BREAD), "4"), FLOUR);
  assert.deepEqual([counts(open), open.aim], [["4 PAI01", "1 FAR25"], undefined]);
});

test("what a scanner typed is taken back from the pad and from the line, whatever came meanwhile", () => {
  const empty = opened();
  assert.deepEqual(counts(untyped(scan(press(empty, "6", "0"), BREAD), empty)), ["60 PAI01"]);
  const late = press(withScanned(press(empty, "6", "0"), BREAD, ""), "0", "1"); // the first scan was found meanwhile
  assert.deepEqual([counts(untyped(late, empty)), untyped(late, empty).typed], [["1 PAI01"], ""]);
  const chosen = press(selecting(scan(empty, BREAD), 0), "4");
  assert.deepEqual(counts(untyped(press(chosen, "0", "0", "9"), chosen)), ["4 PAI01"]);
});

test("pieces are whole, what is weighed or measured is not", () => {
  for (const unit of ["pièce", "Pièces", "pce.", "bouteille", "Boîte", "unité"]) assert.ok(isWhole(unit), unit);
  for (const unit of ["kg", "l", "m²", "sac", "heure", "casier"]) assert.ok(!isWhole(unit), unit);
  const bread = selecting(scan(opened(), BREAD), 0);
  assert.equal(keyed(press(bread, "5", ","), "2").wrong?.say, "quantity.whole");
  assert.deepEqual(counts(press(bread, "5", ",", "2", "3", "4")), ["5 PAI01"]);
  assert.equal(wrongQuantity(BREAD, "5,234")?.say, "quantity.whole");
  assert.equal(wrongQuantity(BREAD, "5,0"), undefined);
});

test("zero is said, and a code is no quantity", () => {
  const bread = selecting(scan(opened(), BREAD), 0);
  assert.deepEqual([keyed(bread, "0").wrong?.say, counts(press(bread, "0"))], ["quantity.zero", ["1 PAI01"]]);
  for (const typed of ["0", "0,", "0,00"]) assert.equal(wrongQuantity(FLOUR, typed)?.say, "quantity.zero");
  for (const code of ["6001000000100", "96385074", "600100000055"]) assert.equal(wrongQuantity(FLOUR, code)?.say, "quantity.code");
  const typed = press(bread, ..."6001000000100");
  assert.deepEqual([counts(press(bread, ..."60010000001")), counts(press(bread, ..."600100000010"))], [["60010000001 PAI01"], ["1 PAI01"]]);
  assert.equal(typed.typed, "0"); // what came after the code
});

test("more than the bound is asked about, once for each quantity", () => {
  const open = press(selecting(scan(opened(), BREAD), 0), ..."1200");
  const line = doubtful(open, 999);
  assert.equal(line?.code, "PAI01");
  assert.equal(doubtful(open, 1200), undefined);
  const sure = { ...open, sure: [sureOf(/** @type {any} */ (line))] };
  assert.equal(doubtful(sure, 999), undefined);
  assert.equal(doubtful(press(sure, "0"), 999)?.quantity, "12000");
});
