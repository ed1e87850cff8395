/** What a cashier changes of the prices, and what the paper says of it. */
import { amountText, divideRounded, parseAmount, parsePercent } from "../base/money.js";
import { lineAmount } from "./tax.js";

/** @typedef {import("./ticket.js").Line} Line */
/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {{percent?: string, sum?: string, reason: string}} Discount  one of both, as wire text */

const WHOLE = 100_000n; // 100 % in thousandths of a percent
const LEVIES = new Set(["L", "N"]); // what the State takes has no discount

/** What the line cost before any change. @param {Line} line */
const before = ({ original_price, unit_price }) => original_price ?? unit_price;

/**
 * The line at that price, with the one before and why; the one before ends the change.
 * @param {Line} line @param {bigint} price centimes @param {string} reason @returns {Line}
 */
export function priced(line, price, reason) {
  const { original_price: _, price_change_reason: __, ...rest } = line;
  const original = before(line);
  if (price === parseAmount(original)) return { ...rest, unit_price: original };
  return { ...rest, unit_price: amountText(price), original_price: original, price_change_reason: reason };
}

/**
 * Every price less so many thousandths of a percent.
 * @param {readonly Line[]} lines @param {bigint} percent @param {string} reason @returns {Line[]}
 */
const lessPercent = (lines, percent, reason) =>
  lines.map((line) => {
    const price = parseAmount(line.unit_price);
    return mayCost(line) ? priced(line, price - divideRounded(price * percent, WHOLE), reason) : line;
  });

/** @param {Line} line */
const mayCost = ({ tax_group }) => !LEVIES.has(tax_group);
/** @param {readonly Line[]} lines */
const sumOf = (lines) => lines.reduce((all, line) => all + lineAmount(line), 0n);

/**
 * The sum is taken off the prices in proportion. What unit prices cannot share goes off a line of one piece;
 * without one the ticket costs some centimes more than asked.
 * @param {readonly Line[]} lines @param {bigint} sum centimes @param {string} reason @returns {Line[]}
 */
function lessSum(lines, sum, reason) {
  const whole = sumOf(lines.filter(mayCost));
  if (sum >= whole) return lessPercent(lines, WHOLE, reason);
  const cheaper = lines.map((line) => {
    const price = parseAmount(line.unit_price);
    return mayCost(line) ? priced(line, price - (price * sum) / whole, reason) : line;
  });
  const left = sum - (sumOf(lines) - sumOf(cheaper));
  const single = cheaper.find((line) => line.quantity === "1" && mayCost(line) && lineAmount(line) > left);
  const less = (/** @type {Line} */ line) => priced(line, parseAmount(line.unit_price) - left, reason);
  return cheaper.map((line) => (line === single && left > 0n ? less(line) : line));
}

/**
 * The lines with that discount on the prices that were agreed. One that would leave a line for nothing is none
 * (clause 1.1.22): what it was for has left the ticket.
 * @param {readonly Line[]} lines @param {Discount | undefined} discount @returns {readonly Line[]}
 */
export function discounted(lines, discount) {
  if (!discount) return lines;
  const { percent, sum, reason } = discount;
  const cheaper = percent
    ? lessPercent(lines, parsePercent(percent), reason)
    : lessSum(lines, parseAmount(sum ?? "0"), reason);
  return cheaper.some((line) => lineAmount(line) <= 0n) ? lines : cheaper;
}

/** The words of the paper below the lines, in their order: what was written, then the notes. @param {Ticket} ticket */
export const commentsOf = ({ comments = [], lines }) => [
  ...comments,
  ...lines.flatMap(({ name, note }) => (note ? [`${name} : ${note}`] : [])),
];

/** The member `comments` of the sale. @param {Ticket} ticket @returns {Record<string, string>} */
export const commentLines = (ticket) => ({
  ...(ticket.exemption && { A: ticket.exemption }),
  ...Object.fromEntries(commentsOf(ticket).map((text, at) => ["BCDEFGH"[at] ?? "", text])),
});
