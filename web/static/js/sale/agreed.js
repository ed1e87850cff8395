/** What was agreed about one line: its price, a word for the paper. Every function returns a new ticket. */
import { parseQuantity, quantityText } from "../base/money.js";
import { priced } from "./pricing.js";

/** @typedef {import("./ticket.js").Line} Line */
/** @typedef {import("./ticket.js").Ticket} Ticket */

/** Comment lines B to H; A is the exemption's (clause 1.1.24). */
export const MOST_COMMENTS = 7;

/** Lines that differ in nothing but their quantity are one. @param {readonly Line[]} lines @returns {Line[]} */
function merged(lines) {
  /** @type {Map<string, Line>} */
  const found = new Map();
  for (const line of lines) {
    const { quantity, ...rest } = line;
    const key = JSON.stringify(Object.entries(rest).sort());
    const same = found.get(key);
    const sum = parseQuantity(quantity) + parseQuantity(same?.quantity ?? "0");
    found.set(key, { ...line, quantity: quantityText(sum) });
  }
  return [...found.values()];
}

/** @param {Ticket} ticket @param {readonly Line[]} lines @returns {Ticket} */
const withLines = (ticket, lines) => ({ ...ticket, typed: "", selected: null, lines: merged(lines) });

/**
 * The ticket with that price on one line; the catalogue's own ends the change.
 * @param {Ticket} ticket @param {number} index @param {bigint} price centimes @param {string} reason
 */
export const withPrice = (ticket, index, price, reason) =>
  withLines(ticket, ticket.lines.map((line, at) => (at === index ? priced(line, price, reason) : line)));

/**
 * The ticket with a word for the paper about one line.
 * @param {Ticket} ticket @param {number} index @param {string} note
 */
export const withNote = (ticket, index, note) =>
  withLines(
    ticket,
    ticket.lines.map((line, at) => {
      const { note: _, ...rest } = line;
      return at === index ? { ...rest, ...(note && { note }) } : line;
    }),
  );
