/**
 * The lines that the invoice will bear, from those that the cashier touched: less a discount, without VAT for
 * whoever showed an exemption, and the sum of a deposit instead of the whole price. The ticket keeps the
 * agreed prices, so that another client or another type undoes it all.
 */
import { amountText, divideRounded, parseAmount, parsePercent } from "../base/money.js";
import { discounted } from "./pricing.js";
import { taxOf } from "./tax.js";

/** @typedef {import("./ticket.js").Line} Line */
/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("./tax.js").Rates} Rates */
/** @typedef {import("./tax.js").PriceMode} PriceMode */
/** @typedef {{rates: Rates, price_mode: PriceMode}} Taxes */

const WHOLE = 100_000n; // 100 % in thousandths of a percent
const EXEMPT = "D"; // derogatory regimes: the document stands in comment A (clause 1.1.24)
/** Their VAT is paid by tax credit on a public contract, whoever buys. */
const PUBLIC = new Set(["F", "G", "P"]);
const DEPOSITS = new Set(["FT", "ET"]);
const LONGEST_NAME = 64; // octets

/** A line that an exemption frees: it bears VAT at a rate. @param {Line} line @param {Rates} rates */
const isTaxed = ({ tax_group: group }, rates) => !PUBLIC.has(group) && Number(rates[group] ?? 0) > 0;

/**
 * Whether VAT stands on the ticket that the reference of its client would free.
 * @param {Ticket} ticket @param {Taxes} taxes
 */
export const mayBeExempt = ({ lines }, { rates }) => lines.some((line) => isTaxed(line, rates));

/** @param {Ticket} ticket */
export const isExempt = ({ client, exemption, vat_kept }) => client.type === "AO" && exemption !== "" && !vat_kept;

/**
 * The price that such a client pays: VAT is not left to the shop.
 * @param {string} price @param {bigint} rate @param {PriceMode} mode
 */
const net = (price, rate, mode) =>
  mode === "TTC" ? amountText(divideRounded(parseAmount(price) * WHOLE, WHOLE + rate)) : price;

/** @param {Line} line @param {Taxes} taxes @returns {Line} */
function exempted(line, { rates, price_mode }) {
  if (!isTaxed(line, rates)) return line;
  const rate = parsePercent(rates[line.tax_group] ?? "0");
  const { unit_price, original_price: before } = line;
  return {
    ...line,
    tax_group: EXEMPT,
    unit_price: net(unit_price, rate, price_mode),
    ...(before && { original_price: net(before, rate, price_mode) }),
  };
}

/** The lines at the prices and in the groups of their client. @param {Ticket} ticket @param {Taxes} taxes */
export function linesFor(ticket, taxes) {
  const lines = discounted(ticket.lines, ticket.discount);
  return isExempt(ticket) ? lines.map((line) => exempted(line, taxes)) : lines;
}

/** @param {string} text @param {number} most octets */
function cut(text, most) {
  const octets = (/** @type {string} */ words) => new TextEncoder().encode(words).length;
  if (octets(text) <= most) return text;
  const signs = [...text];
  while (octets(`${signs.join("")}…`) > most) signs.pop();
  return `${signs.join("").trimEnd()}…`;
}

/**
 * A sum received before the delivery, one line per tax group, in the proportion of the groups: its VAT is that
 * part of the VAT to come. A sum that covers all is the ticket itself.
 * @param {readonly Line[]} lines @param {bigint} sum centimes @param {Taxes} taxes @returns {readonly Line[]}
 */
export function depositLines(lines, sum, { rates, price_mode: mode }) {
  const { groups, totals } = taxOf(lines, rates, mode);
  if (sum >= totals.total) return lines;
  let left = sum;
  return groups.flatMap(({ group, rate = "0", total }, index) => {
    const share = index === groups.length - 1 ? left : (sum * total) / totals.total;
    left -= share;
    const own = lines.filter((line) => line.tax_group === group);
    const percent = parsePercent(rate);
    const price = mode === "HT" ? divideRounded(share * WHOLE, WHOLE + percent) : share;
    return price > 0n ? [depositLine(own, amountText(price))] : [];
  });
}

/** @param {readonly Line[]} own @param {string} unit_price @returns {Line} in French: it is what the paper says */
function depositLine(own, unit_price) {
  const { type, tax_group } = /** @type {Line} */ (own[0]);
  const name = cut(`Acompte : ${own.map((line) => line.name).join(", ")}`, LONGEST_NAME);
  return { code: "ACOMPTE", type, name, unit: "forfait", unit_price, quantity: "1", tax_group };
}

/** What the invoice charges. @param {Ticket} ticket @param {Taxes} taxes @returns {readonly Line[]} */
export function chargedLines(ticket, taxes) {
  const lines = linesFor(ticket, taxes);
  return ticket.deposit && DEPOSITS.has(ticket.invoice_type)
    ? depositLines(lines, parseAmount(ticket.deposit), taxes)
    : lines;
}

/** Whether the type of the ticket takes a sum before the delivery (clause 1.1.7). @param {Ticket} ticket */
export const isDeposit = ({ invoice_type }) => DEPOSITS.has(invoice_type);
