/** What customers may hand over: round sums of notes in francs and dollars, and dollars that are no notes. */
import { amountText, parseRate } from "../base/money.js";
import { inCents, NOTES, worth } from "./cash.js";

/** Dollar notes that shops take, in cents. */
const DOLLAR_NOTES = [1n, 5n, 10n, 20n, 50n, 100n].map((note) => note * 100n);

/** @param {bigint} due @param {bigint} note */
const roundUp = (due, note) => ((due + note - 1n) / note) * note;

/**
 * The round sums a customer may hand over for `due`, above it, smallest first, at most `most`.
 * @param {bigint} due centimes @param {number} most @returns {bigint[]}
 */
export function tenders(due, most = 4) {
  const sums = [...new Set(NOTES.map((note) => roundUp(due, note)))].filter((sum) => sum > due);
  return sums.slice(0, most).sort((a, b) => Number(a - b));
}

/**
 * The sums in dollar notes that cover `due` centimes, smallest first, in cents.
 * @param {bigint} due @param {bigint} rate @param {number} most @returns {bigint[]}
 */
export function dollarTenders(due, rate, most = 4) {
  const cents = inCents(due, rate);
  return [...new Set(DOLLAR_NOTES.map((note) => roundUp(cents, note)))].slice(0, most);
}

/**
 * What dollars pay that are no notes, and how many they are: never more than cover what is left. They are the
 * payment itself, at its rate, for nothing is handed over (clause 1.1.18).
 * @param {bigint} left centimes @param {bigint | null} given cents, or null for all
 * @param {{rate: string, day: string}} dollars
 */
export function noCash(left, given, { rate, day }) {
  const all = inCents(left, parseRate(rate));
  const cents = given !== null && given > 0n && given < all ? given : all;
  const value = worth(cents, parseRate(rate));
  const currency = /** @type {const} */ ("USD");
  return { cents, paid: { amount: amountText(value < left ? value : left), currency, rate, rate_date: day } };
}
