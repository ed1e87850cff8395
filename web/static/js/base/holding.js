/** Searching a few texts that are in no index, such as the last sales. */
import { folded, parts } from "./folding.js";

/** @param {string} text */
const run = (text) => parts(folded(text)).join("");

/**
 * Whether a text holds every piece that was typed, wherever it stands in it and however it is parted.
 * @param {string} query @returns {(text: string) => boolean}
 */
export function holding(query) {
  const pieces = query.trim().split(/\s+/).map(run).filter(Boolean);
  return (text) => pieces.every((piece) => run(text).includes(piece));
}
