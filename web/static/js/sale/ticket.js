/**
 * The open ticket: plain JSON, amounts and quantities as wire text, so that it can be stored as it is.
 * Every function returns a new ticket and leaves the given one untouched.
 */
import { amountText, parseAmount, parseQuantity, parseRate, quantityText, typedDecimal } from "../base/money.js";
import { wireTime } from "../base/times.js";
import { worth } from "./cash.js";
import { chargedLines } from "./charged.js";
import { commentLines } from "./pricing.js";
import { amountsText, lineAmount, taxOf } from "./tax.js";

/** @typedef {import("./tax.js").SpecificTax} SpecificTax */
/**
 * @typedef {{code: string, type: string, name: string, unit: string, unit_price: string, tax_group: string,
 *   specific_tax?: SpecificTax, barcode?: string, category?: string, favourite?: boolean}} Article
 */
/**
 * @typedef {{code: string, type: string, name: string, unit: string, unit_price: string, quantity: string,
 *   tax_group: string, specific_tax?: SpecificTax, original_price?: string, price_change_reason?: string,
 *   note?: string}} Line
 *   `original_price`: that of the catalogue, where another was agreed; `note` becomes a comment line
 */
/** @typedef {"PP" | "PM" | "PC" | "PL" | "AO"} ClientType */
/** @typedef {{type: ClientType, name?: string, nif?: string, contact?: string, address?: string}} Client */
/** @typedef {"FV" | "FT" | "EV" | "ET"} InvoiceType  sale, deposit; the same for export (clause 1.1.7) */
/**
 * @typedef {"ESPECES" | "MOBILEMONEY" | "CARTEBANCAIRE" | "CHEQUES" | "VIREMENT" | "CREDIT" | "AUTRE"} Method
 *   clause 1.1.18
 */
/**
 * @typedef {{method: Method, amount: string, currency: "CDF" | "USD",
 *   tendered?: string, rate?: string, rate_date?: string, provider?: string, reference?: string}} Payment
 *   `amount` is francs whatever the currency; `tendered` is of the currency
 */
/**
 * @typedef {{sale_id: string, invoice_type: InvoiceType, lines: Line[], typed: string,
 *   selected: number | null, aim?: Aim, client: Client, exemption: string, payments: Payment[],
 *   comments?: string[], deposit?: string, discount?: import("./pricing.js").Discount, vat_kept?: true,
 *   sure?: string[], replaces?: string, refusal?: string, paid?: Payment[]}} Ticket
 *   `aim` is the line that digits belong to, `sure` the unusual quantities that a person said are right,
 *   `deposit`: what a deposit invoice asks, when not all; `vat_kept`: an embassy pays VAT all the same;
 *   `replaces` is a refused sale, `refusal` why it was refused, `paid` what was paid for it
 */
/**
 * @typedef {{index: number, base: string, rest: string}} Aim
 *   the line has `base` and what is typed, or `rest` when nothing is
 */
/** @typedef {{rate: string, day: string, age_days: number, usable: boolean}} Dollars  the rate of the BCC */
/** @typedef {{name: string, address?: string, contact?: string, nif: string}} Seller */
/**
 * @typedef {{outlet_id: string, outlet_name: string, merchant_nif: string, pos_terminal_id: string,
 *   cashier_id: string, operator: string, nif_of_the_dgi: boolean, price_mode: import("./tax.js").PriceMode, tax_table: string,
 *   rates: import("./tax.js").Rates, usd: Dollars | null, control_module: boolean, zone: string,
 *   seller: Seller, offline: import("./ladder.js").Offline, most_quantity?: number}} Context
 *   who sells where, under which taxes and rates, at this moment; more than `most_quantity` is asked about
 */

/** An amount has at most thirteen digits before the comma. */
const TOO_MUCH = 10n ** 15n;

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

/** The ticket with that quantity on a line. @param {Ticket} ticket @param {number} index @param {string} quantity @returns {Ticket} */
export const withQuantity = (ticket, index, quantity) => ({
  ...ticket,
  lines: ticket.lines.map((line, at) =>
    // clause 1.1.22: so little that it rounds to nothing is no quantity
    at === index && lineAmount({ ...line, quantity }) > 0n ? { ...line, quantity } : line,
  ),
});

/** The number that waits for an article. @param {Ticket} ticket */
export const waiting = (ticket) => (ticket.aim ? "" : ticket.typed);

/**
 * The ticket with the article added: as many as were typed, else one. The same article
 * at the same price grows its line.
 * @param {Ticket} ticket @param {Article} article @returns {Ticket}
 */
export const withArticle = (ticket, article) => grown(settled(ticket), article, waiting(ticket)).ticket;

/**
 * The ticket with so many more of the article, which line that is, and what it had before.
 * @param {Ticket} ticket @param {Article} article @param {string} number typed, or "" for one
 */
export function grown(ticket, article, number) {
  const quantity = parseQuantity(typedDecimal(number, 3) ?? "1");
  const at = ticket.lines.findIndex(
    (line) => line.code === article.code && line.unit_price === article.unit_price && !line.original_price,
  );
  const line = ticket.lines[at];
  const before = line?.quantity ?? "0";
  if (line) return { ticket: withQuantity(ticket, at, quantityText(parseQuantity(before) + quantity)), index: at, before };
  const lines = [...ticket.lines, lineOf(article, quantityText(quantity))];
  return { ticket: { ...ticket, lines }, index: lines.length - 1, before };
}

/** @param {Article} article @param {string} quantity @returns {Line} */
function lineOf({ code, type, name, unit, unit_price, tax_group, specific_tax }, quantity) {
  return { code, type, name, unit, unit_price, quantity, tax_group, ...(specific_tax && { specific_tax }) };
}

/** The ticket with no line selected and nothing typed. @param {Ticket} ticket @returns {Ticket} */
export function settled({ aim: _, ...ticket }) {
  return { ...ticket, typed: "", selected: null };
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

/**
 * The ticket for that client, freed of VAT by the exemption unless it is kept.
 * @param {Ticket} ticket @param {Client} client @param {string} exemption @param {boolean} [vatKept] @returns {Ticket}
 */
export function withClient(ticket, client, exemption, vatKept = false) {
  const { vat_kept: _, ...rest } = settled(ticket);
  return { ...rest, client, exemption, ...(vatKept && { vat_kept: true }) };
}

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

/** The ticket without one of its payments. @param {Ticket} ticket @param {number} index @returns {Ticket} */
export const withoutPayment = (ticket, index) => ({
  ...settled(ticket),
  payments: ticket.payments.filter((_, at) => at !== index),
});

/** The ticket with nothing paid yet. @param {Ticket} ticket @returns {Ticket} */
export const unpaid = (ticket) => ({ ...settled(ticket), payments: [] });

/** Groups and sums of the ticket. @param {Ticket} ticket @param {Context} context */
export const taxOfTicket = (ticket, context) => taxOf(chargedLines(ticket, context), context.rates, context.price_mode);

/**
 * Why the ticket cannot be sold, as the key of a sentence, or "": a line that rounds to nothing (clause 1.1.22),
 * one that the tax table does not know, a sum longer than amounts may be.
 * @param {Ticket} ticket @param {Context} context
 */
export function impossible(ticket, context) {
  try {
    if (taxOfTicket(ticket, context).totals.total >= TOO_MUCH) return "sell.too-much";
    return ticket.lines.every((line) => lineAmount(line) > 0n) ? "" : "sell.impossible";
  } catch {
    return "sell.impossible";
  }
}

/** @param {Ticket} ticket @param {Context} context */
export const isComputable = (ticket, context) => impossible(ticket, context) === "";

/** @param {Ticket} ticket @param {Context} context */
export const totalOf = (ticket, context) => taxOfTicket(ticket, context).totals.total;

/** What was paid already, in centimes. @param {Ticket} ticket */
export const paidOf = ({ payments }) => payments.reduce((sum, { amount }) => sum + parseAmount(amount), 0n);

/** What is still to pay, in centimes. @param {Ticket} ticket @param {Context} context */
export const due = (ticket, context) => totalOf(ticket, context) - paidOf(ticket);

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

/** Change is for cash alone. @param {Payment} paid */
export function changeFrom({ method, amount, tendered, rate }) {
  if (!tendered || method !== "ESPECES") return 0n;
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
  const comments = commentLines(ticket);
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
    items: chargedLines(ticket, context).map(({ note: _, ...item }) => item),
    payments: ticket.payments,
    ...(Object.keys(comments).length && { comments }),
    ...(ticket.replaces && { replaces: ticket.replaces }),
    expected: { tax_table: context.tax_table, total, vat },
  };
}
