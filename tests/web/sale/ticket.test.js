import assert from "node:assert/strict";
import { test } from "node:test";
import { pressed } from "../../../web/static/js/sale/typing.js";
import * as ticket from "../../../web/static/js/sale/ticket.js";

/** @type {ticket.Context} */
const CONTEXT = {
  outlet_id: "KIN01",
  outlet_name: "Alimentation Exemple",
  merchant_nif: "A2512345Z",
  pos_terminal_id: "T1",
  cashier_id: "C1",
  operator: "Marie",
  price_mode: "TTC",
  tax_table: "CD-2026-02",
  rates: { A: "0", B: "16", D: "0" },
  usd: { rate: "2850.00", day: "2026-11-22", age_days: 0, usable: true },
  control_module: true,
  zone: "Africa/Kinshasa",
  seller: { name: "Alimentation Exemple SARL", nif: "A2512345Z" },
  offline: { policy: "bloquer", hours: 48 },
};
const FLOUR = {
  code: "FAR25",
  type: "BIE",
  name: "Farine 25 kg",
  unit: "sac",
  unit_price: "45000.00",
  tax_group: "B",
};
const SUGAR = {
  ...FLOUR,
  code: "SUC1",
  name: "Sucre",
  unit_price: "3000.00",
  category: "Épicerie",
  favourite: true,
};
const opened = () => ticket.opened("0199a6a2-7b1e-7c55-9d5e-3f1f0a1b2c3d");
const press = (/** @type {ticket.Ticket} */ open, /** @type {string[]} */ ...keys) =>
  keys.reduce(pressed, open);

test("typing 12 and then an article adds twelve of it", () => {
  const open = ticket.withArticle(press(opened(), "1", "2"), FLOUR);
  assert.equal(open.lines[0]?.quantity, "12");
  assert.equal(open.typed, "");
});

test("the same article again grows its line", () => {
  const open = ticket.withArticle(ticket.withArticle(opened(), FLOUR), FLOUR);
  assert.deepEqual(
    open.lines.map((line) => line.quantity),
    ["2"],
  );
});

test("a client keeps only the members that an invoice has", () => {
  assert.deepEqual(
    ticket.clientOf({ id: "7", type: "PM", name: "Quincaillerie", nif: "A2699999B", contact: "", exemption: "X" }),
    { type: "PM", nif: "A2699999B", name: "Quincaillerie" },
  );
});

test("cash above what is due is change and no payment", () => {
  const open = ticket.withArticle(opened(), FLOUR);
  const paid = ticket.withPayment(open, ticket.inCash(ticket.due(open, CONTEXT), 5_000_000n));
  assert.deepEqual(paid.payments, [
    { method: "ESPECES", amount: "45000.00", currency: "CDF", tendered: "50000.00" },
  ]);
  assert.equal(ticket.due(paid, CONTEXT), 0n);
  assert.equal(ticket.changeOf(paid), 500_000n);
});

test("dollars pay what they are worth and the change is in francs", () => {
  const open = ticket.withArticle(opened(), FLOUR);
  const paid = ticket.withPayment(open, ticket.inDollars(ticket.due(open, CONTEXT), 2_000n, CONTEXT.usd));
  assert.deepEqual(paid.payments, [
    {
      method: "ESPECES",
      amount: "45000.00",
      currency: "USD",
      tendered: "20.00",
      rate: "2850.00",
      rate_date: "2026-11-22",
    },
  ]);
  assert.equal(ticket.due(paid, CONTEXT), 0n);
  assert.equal(ticket.changeOf(paid), 1_200_000n);
});

test("too few dollars leave the rest due in francs, and nothing to give back", () => {
  const open = ticket.withArticle(opened(), FLOUR);
  const part = ticket.withPayment(open, ticket.inDollars(4_500_000n, 1_000n, CONTEXT.usd));
  assert.equal(part.payments[0]?.amount, "28500.00");
  assert.equal(ticket.changeOf(part), 0n);
  const paid = ticket.withPayment(part, ticket.inCash(ticket.due(part, CONTEXT), 2_000_000n));
  assert.equal(ticket.due(paid, CONTEXT), 0n);
  assert.equal(ticket.changeOf(paid), 350_000n);
});

test("a part in cash leaves the rest due", () => {
  const open = ticket.withArticle(opened(), FLOUR);
  const paid = ticket.withPayment(open, ticket.inCash(4_500_000n, 2_000_000n));
  assert.equal(ticket.due(paid, CONTEXT), 2_500_000n);
  assert.equal(ticket.changeOf(paid), 0n);
});

test("an embassy and group D need the exemption document", () => {
  const open = ticket.withArticle(opened(), FLOUR);
  assert.equal(ticket.needsExemption(open), false);
  assert.equal(ticket.needsExemption(ticket.withClient(open, { type: "AO", name: "Ambassade" }, "")), true);
  assert.equal(ticket.needsExemption(ticket.withArticle(open, { ...SUGAR, tax_group: "D" })), true);
});

test("the body is the sale of the API, with what the till expects to pay", () => {
  let open = ticket.withArticle(press(opened(), "2"), FLOUR);
  open = ticket.withArticle(open, SUGAR);
  open = ticket.withClient(
    open,
    { type: "PM", name: "Quincaillerie Exemple SARL", nif: "A2699999B" },
    "EXO 12",
  );
  open = ticket.withType(open, "FT");
  open = ticket.withPayment(open, ticket.inCash(ticket.due(open, CONTEXT), 10_000_000n));
  assert.deepEqual(ticket.toSale(open, CONTEXT, new Date("2026-11-22T10:15:30.123Z")), {
    outlet_id: "KIN01",
    merchant_nif: "A2512345Z",
    pos_terminal_id: "T1",
    cashier_id: "C1",
    operator: "Marie",
    invoice_type: "FT",
    price_mode: "TTC",
    timestamp: "2026-11-22T10:15:30Z",
    client: { type: "PM", name: "Quincaillerie Exemple SARL", nif: "A2699999B" },
    items: [
      {
        code: "FAR25",
        type: "BIE",
        name: "Farine 25 kg",
        unit: "sac",
        unit_price: "45000.00",
        quantity: "2",
        tax_group: "B",
      },
      {
        code: "SUC1",
        type: "BIE",
        name: "Sucre",
        unit: "sac",
        unit_price: "3000.00",
        quantity: "1",
        tax_group: "B",
      },
    ],
    payments: [{ method: "ESPECES", amount: "93000.00", currency: "CDF", tendered: "100000.00" }],
    comments: { A: "EXO 12" },
    expected: { tax_table: "CD-2026-02", total: "93000.00", vat: "12827.59" },
  });
});

test("an article of a group that the table does not know is not computable", () => {
  assert.ok(ticket.isComputable(ticket.withArticle(opened(), FLOUR), CONTEXT));
  assert.ok(!ticket.isComputable(ticket.withArticle(opened(), { ...FLOUR, tax_group: "Z" }), CONTEXT));
});

test("a sum longer than thirteen digits is no ticket, and says so", () => {
  const open = ticket.withArticle(press(opened(), ..."99999999999"), { ...FLOUR, unit_price: "100.00" });
  assert.equal(ticket.impossible(open, CONTEXT), "");
  assert.equal(ticket.impossible(ticket.withArticle(press(open, ..."90000000001"), { ...FLOUR, unit_price: "100.00" }), CONTEXT), "sell.too-much");
  assert.equal(ticket.impossible(ticket.withArticle(open, { ...FLOUR, tax_group: "Z" }), CONTEXT), "sell.impossible");
});

test("a payment is taken back alone, the others stay", () => {
  let open = ticket.withArticle(opened(), FLOUR);
  for (const given of [1_000_000n, 2_000_000n]) open = ticket.withPayment(open, ticket.inCash(ticket.due(open, CONTEXT), given));
  assert.equal(ticket.paidOf(open), 3_000_000n);
  const back = ticket.withoutPayment(open, 0);
  assert.deepEqual(back.payments.map(({ amount }) => amount), ["20000.00"]);
  assert.equal(ticket.due(back, CONTEXT), 2_500_000n);
});

test("a ticket survives being stored as JSON", () => {
  const open = press(
    ticket.withArticle(opened(), { ...FLOUR, specific_tax: { kind: "percent", value: "10", label: "Accise" } }),
    "4",
  );
  assert.deepEqual(JSON.parse(JSON.stringify(open)), open);
});
