/**
 * The open ticket: plain JSON, amounts and quantities as wire text, so that it can be stored as it is.
 * Every function returns a new ticket and leaves the given one untouched.
 */
import { amountText, parseAmount, parseQuantity, parseRate, quantityText, typedDecimal } from "../base/money.js";
import { wireTime } from "../base/times.js";
import { worth } from "./cash.js";
import { amountsText, lineAmount, taxOf } from "./tax.js";

/** @typedef {import("./tax.js").SpecificTax} SpecificTax */
/**
 * @typedef {{code: string, type: string, name: string, unit: string, unit_price: string, tax_group: string,
 *   specific_tax?: SpecificTax, barcode?: string, category?: string, favourite?: boolean}} Article
 */
/**
 * @typedef {{code: string, type: string, name: string, unit: string, unit_price: string, quantity: string,
 *   tax_group: string, specific_tax?: SpecificTax}} Line
 */
/** @typedef {"PP" | "PM" | "PC" | "PL" | "AO"} ClientType */
/** @typedef {{type: ClientType, name?: string, nif?: string, contact?: string, address?: string}} Client */
/** @typedef {"FV" | "FT" | "EV" | "ET"} InvoiceType  sale, deposit; the same for export (clause 1.1.7) */
/**
 * @typedef {{method: "ESPECES" | "MOBILEMONEY" | "CARTEBANCAIRE", amount: string, currency: "CDF" | "USD",
 *   tendered?: string, rate?: string, rate_date?: string, provider?: string, reference?: string}} Payment
 *   `amount` is francs whatever the currency; `tendered` is of the currency
 */
/**
 * @typedef {{sale_id: string, invoice_type: InvoiceType, lines: Line[], typed: string,
 *   selected: number | null, client: Client, exemption: string, payments: Payment[],
 *   replaces?: string, refusal?: string, paid?: Payment[]}} Ticket
 *   `replaces` is a refused sale, `refusal` why it was refused, `paid` what was paid for it
 */
/** @typedef {{rate: string, day: string, age_days: number, usable: boolean}} Dollars  the rate of the BCC */
/** @typedef {{name: string, address?: string, contact?: string, nif: string}} Seller */
/**
 * @typedef {{outlet_id: string, outlet_name: string, merchant_nif: string, pos_terminal_id: string,
 *   cashier_id: string, operator: string, nif_of_the_dgi: boolean, price_mode: import("./tax.js").PriceMode, tax_table: string,
 *   rates: import("./tax.js").Rates, usd: Dollars | null, control_module: boolean, zone: string,
 *   seller: Seller, offline: import("./ladder.js").Offline}} Context
 *   who sells where, under which taxes and rates, at this moment
 */

const MOST_TYPED = 13;
const TOO_FINE = /,\d{4}/; // clause 1.5.1: a quantity has three decimals at most

/**
 * A new, empty ticket. Its sale id stays with it until it is sealed.
 * @param {string} saleId @returns {Ticket}
 */
export const opened = (saleId) => ({
  sale_id: saleId,
  invoice_type: "FV",
  lines: [],
  typed: "",
  selected: null,
  client: { type: "PP" },
  exemption: "",
  payments: [],
});

/** @param {Ticket} ticket */
export const isEmpty = (ticket) => ticket.lines.length === 0;

/**
 * The ticket after one key of the pad: a digit, "000", ",", "back" or "clear".
 * With a line selected the digits are its quantity; else they wait for the next article.
 * @param {Ticket} ticket @param {string} key @returns {Ticket}
 */
export function pressed(ticket, key) {
  const typed = typedAfter(ticket.typed, key);
  if (ticket.selected === null) return { ...ticket, typed };
  const quantity = typedDecimal(typed, 3);
  return { ...(quantity ? withQuantity(ticket, ticket.selected, quantity) : ticket), typed };
}

/** @param {string} typed @param {string} key @returns {string} */
function typedAfter(typed, key) {
  if (key === "clear") return "";
  if (key === "back") return typed.slice(0, -1);
  if (key === "," && typed.includes(",")) return typed;
  const next = (typed + key).replace(/^,/, "0,").replace(/^0+(?=\d)/, "");
  return next.length > MOST_TYPED || TOO_FINE.test(next) ? typed : next;
}

/** @param {Ticket} ticket @param {number} index @param {string} quantity @returns {Ticket} */
const withQuantity = (ticket, index, quantity) => ({
  ...ticket,
  lines: ticket.lines.map((line, at) =>
    // clause 1.1.22: so little that it rounds to nothing is no quantity
    at === index && lineAmount({ ...line, quantity }) > 0n ? { ...line, quantity } : line,
  ),
});

/**
 * The ticket with the article added: as many as were typed, else one. The same article
 * at the same price grows its line.
 * @param {Ticket} ticket @param {Article} article @returns {Ticket}
 */
export function withArticle(ticket, article) {
  const waiting = ticket.selected === null ? typedDecimal(ticket.typed, 3) : null;
  const quantity = waiting ? quantityText(parseQuantity(waiting)) : "1";
  const next = { ...ticket, typed: "", selected: null };
  const at = ticket.lines.findIndex(
    (line) => line.code === article.code && line.unit_price === article.unit_price,
  );
  const line = ticket.lines[at];
  if (line)
    return withQuantity(next, at, quantityText(parseQuantity(line.quantity) + parseQuantity(quantity)));
  return { ...next, lines: [...ticket.lines, lineOf(article, quantity)] };
}

/** @param {Article} article @param {string} quantity @returns {Line} */
function lineOf({ code, type, name, unit, unit_price, tax_group, specific_tax }, quantity) {
  return { code, type, name, unit, unit_price, quantity, tax_group, ...(specific_tax && { specific_tax }) };
}

/**
 * The ticket with that line selected, or none when it already was.
 * @param {Ticket} ticket @param {number} index
 */
export const selecting = (ticket, index) => ({
  ...ticket,
  typed: "",
  selected: ticket.selected === index ? null : index,
});

/** The ticket with no line selected and nothing typed. @param {Ticket} ticket @returns {Ticket} */
export const settled = (ticket) => ({ ...ticket, typed: "", selected: null });

/**
 * The ticket with `by` whole pieces more (or fewer) on a line; a line that reaches nothing goes.
 * @param {Ticket} ticket @param {number} index @param {bigint} by @returns {Ticket}
 */
export function stepped(ticket, index, by) {
  const line = ticket.lines[index];
  if (!line) return ticket;
  const quantity = parseQuantity(line.quantity) + by * 1000n;
  if (quantity <= 0n) return without(ticket, index); // clause 1.1.22: no zero line
  return { ...withQuantity(ticket, index, quantityText(quantity)), typed: "" };
}

/** @param {Ticket} ticket @param {number} index @returns {Ticket} */
export const without = (ticket, index) => ({
  ...settled(ticket),
  lines: ticket.lines.filter((_, at) => at !== index),
});

const NAMED = /** @type {const} */ (["nif", "name", "contact", "address"]);

/**
 * The members of a client that an invoice has, and no others.
 * @param {Record<string, any>} known @returns {Client}
 */
export const clientOf = (known) => ({
  type: known.type,
  ...Object.fromEntries(NAMED.flatMap((name) => (known[name] ? [[name, known[name]]] : []))),
});

/** @param {Ticket} ticket @param {Client} client @param {string} exemption @returns {Ticket} */
export const withClient = (ticket, client, exemption) => ({ ...settled(ticket), client, exemption });

/** @param {Ticket} ticket @param {InvoiceType} type @returns {Ticket} */
export const withType = (ticket, type) => ({ ...settled(ticket), invoice_type: type });

/**
 * Whether a client's NIF must have the DGI's shape: a foreign buyer has a number of his own country.
 * @param {Pick<Ticket, "invoice_type">} ticket @param {{nif_of_the_dgi?: boolean}} context
 */
export const asksNifOfTheDgi = ({ invoice_type: type }, { nif_of_the_dgi: asked = true }) =>
  asked && type !== "EV" && type !== "ET";

/** Whether the invoice must name an exemption document (client AO, group D). @param {Ticket} ticket */
export const needsExemption = (ticket) =>
  ticket.client.type === "AO" || ticket.lines.some((line) => line.tax_group === "D");

/** @param {Ticket} ticket @param {Payment} payment @returns {Ticket} */
export const withPayment = (ticket, payment) => ({
  ...settled(ticket),
  payments: [...ticket.payments, payment],
});

/** The ticket with nothing paid yet. @param {Ticket} ticket @returns {Ticket} */
export const unpaid = (ticket) => ({ ...settled(ticket), payments: [] });

/** Groups and sums of the ticket. @param {Ticket} ticket @param {Context} context */
export const taxOfTicket = (ticket, context) => taxOf(ticket.lines, context.rates, context.price_mode);

/**
 * Whether the tax table in force knows every line of the ticket, and none rounds to nothing.
 * @param {Ticket} ticket @param {Context} context
 */
export function isComputable(ticket, context) {
  try {
    taxOfTicket(ticket, context);
    return ticket.lines.every((line) => lineAmount(line) > 0n); // clause 1.1.22
  } catch {
    return false;
  }
}

/** What is still to pay, in centimes. @param {Ticket} ticket @param {Context} context */
export const due = (ticket, context) =>
  ticket.payments.reduce(
    (left, paid) => left - parseAmount(paid.amount),
    taxOfTicket(ticket, context).totals.total,
  );

/**
 * The ticket paid with what was paid for the refused sale, when that is exactly its price.
 * @param {Ticket} ticket @param {Context} context @returns {Ticket | undefined}
 */
export function paidBefore(ticket, context) {
  const paid = { ...ticket, payments: ticket.paid ?? [] };
  return paid.payments.length && due(paid, context) === 0n ? paid : undefined;
}

/** Whether the money of the refused sale pays it: its change was given then. @param {Ticket} ticket */
const keepsPayments = ({ payments, paid }) => JSON.stringify(payments) === JSON.stringify(paid);

/** What goes back to the customer, always in francs, in centimes. @param {Ticket} ticket */
export const changeOf = (ticket) =>
  keepsPayments(ticket) ? 0n : ticket.payments.reduce((sum, paid) => sum + changeFrom(paid), 0n);

/** @param {Payment} paid */
function changeFrom({ amount, tendered, rate }) {
  if (!tendered) return 0n;
  const given = parseAmount(tendered);
  return (rate ? worth(given, parseRate(rate)) : given) - parseAmount(amount);
}

/**
 * The payment that `given` centimes in cash make of what is `left`; more than that is change.
 * @param {bigint} left @param {bigint} given @returns {Payment}
 */
export function inCash(left, given) {
  const amount = given < left ? given : left;
  const tendered = given > left ? { tendered: amountText(given) } : {};
  return { method: "ESPECES", amount: amountText(amount), currency: "CDF", ...tendered };
}

/**
 * The payment that `given` cents of dollars make of what is `left` in centimes, at that rate (clause 1.1.30).
 * @param {bigint} left @param {bigint} given @param {{rate: string, day: string}} dollars @returns {Payment}
 */
export function inDollars(left, given, { rate, day }) {
  const value = worth(given, parseRate(rate));
  const amount = amountText(value < left ? value : left);
  return { method: "ESPECES", amount, currency: "USD", tendered: amountText(given), rate, rate_date: day };
}

/**
 * The body of `PUT /api/v1/invoices/{sale_id}`. Fixed at the moment of payment: from then on
 * only these bytes are sent.
 * @param {Ticket} ticket @param {Context} context @param {Date} now
 */
export function toSale(ticket, context, now) {
  const { vat, total } = amountsText(taxOfTicket(ticket, context).totals);
  return {
    outlet_id: context.outlet_id,
    merchant_nif: context.merchant_nif,
    pos_terminal_id: context.pos_terminal_id,
    cashier_id: context.cashier_id,
    operator: context.operator,
    invoice_type: ticket.invoice_type,
    price_mode: context.price_mode,
    timestamp: wireTime(now),
    client: ticket.client,
    items: ticket.lines,
    payments: ticket.payments,
    ...(ticket.exemption && { comments: { A: ticket.exemption } }),
    ...(ticket.replaces && { replaces: ticket.replaces }),
    expected: { tax_table: context.tax_table, total, vat },
  };
}
