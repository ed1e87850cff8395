/** Cash as Congolese shops count it: which notes there are, which go back, what a dollar is worth. */
import { divideRounded } from "../base/money.js";

/** Notes in circulation, in centimes, largest first. */
export const NOTES = [20_000n, 10_000n, 5_000n, 1_000n, 500n, 200n, 100n, 50n].map((n) => n * 100n);

const RATE = 10_000n; // a rate is ten-thousandths of a franc for one dollar

/** What dollars are worth, as the server will count them. @param {bigint} cents @param {bigint} rate */
export const worth = (cents, rate) => divideRounded(cents * rate, RATE);

/** The fewest cents that cover `due` centimes. @param {bigint} due @param {bigint} rate */
export const inCents = (due, rate) => (due * RATE + rate - 1n) / rate;

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
