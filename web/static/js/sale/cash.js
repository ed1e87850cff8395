/** Cash as Congolese shops count it: which notes may come in, which go back, what a dollar is worth. */
import { divideRounded } from "../base/money.js";

/** Notes in circulation, in centimes, largest first. */
export const NOTES = [20_000n, 10_000n, 5_000n, 1_000n, 500n, 200n, 100n, 50n].map((n) => n * 100n);

/** Dollar notes that shops take, in cents. */
const DOLLAR_NOTES = [1n, 5n, 10n, 20n, 50n, 100n].map((note) => note * 100n);
const RATE = 10_000n; // a rate is ten-thousandths of a franc for one dollar

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

/** What dollars are worth, as the server will count them. @param {bigint} cents @param {bigint} rate */
export const worth = (cents, rate) => divideRounded(cents * rate, RATE);

/** The fewest cents that cover `due` centimes. @param {bigint} due @param {bigint} rate */
export const inCents = (due, rate) => (due * RATE + rate - 1n) / rate;

/**
 * The sums in dollar notes that cover `due` centimes, smallest first, in cents.
 * @param {bigint} due @param {bigint} rate @param {number} most @returns {bigint[]}
 */
export function dollarTenders(due, rate, most = 4) {
  const cents = inCents(due, rate);
  return [...new Set(DOLLAR_NOTES.map((note) => roundUp(cents, note)))].slice(0, most);
}

/**
 * `change` in the fewest notes; `rest` is what no note can give.
 * @param {bigint} change centimes
 * @returns {{notes: {note: bigint, count: bigint}[], rest: bigint}}
 */
export function inNotes(change) {
  const notes = [];
  let rest = change;
  for (const note of NOTES) {
    if (rest >= note) notes.push({ note, count: rest / note });
    rest %= note;
  }
  return { notes, rest };
}
