/** Cash as Congolese shops count it: which notes may come in, which go back. */

/** Notes in circulation, in centimes, largest first. */
export const NOTES = [20_000n, 10_000n, 5_000n, 1_000n, 500n, 200n, 100n, 50n].map((n) => n * 100n);

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
