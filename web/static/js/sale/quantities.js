/** How many may be sold: whole pieces, never zero, never a code, and a question above the manager's bound. */
import { isNoNumber } from "../base/gtin.js";
import { parseQuantity, typedDecimal } from "../base/money.js";

/** @typedef {{say: string, with: Record<string, string>}} Wrong  a sentence and what fills it */
/** @typedef {{name: string, unit: string}} Counted */

/** Asked about above it, where the manager set nothing else. */
export const MOST_QUANTITY = 999;

/** Units of which nobody sells a part; any other may be weighed, measured or divided. */
const WHOLE = new Set(
  (
    "piece pieces pce pces pc pcs unite unites u article articles exemplaire exemplaires bouteille bouteilles " +
    "boite boites brique briques canette canettes paquet paquets plateau plateaux sachet sachets pot pots tube tubes " +
    "carte cartes page pages paire paires billet billets ticket tickets"
  ).split(" "),
);

/** @param {string} unit as the shop writes it: « Pièces », « pce. » */
const bare = (unit) => unit.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\.$/, "");

/** @param {string} unit */
export const isWhole = (unit) => WHOLE.has(bare(unit.trim()));

/**
 * What is wrong with what was typed as the quantity of that, or undefined.
 * @param {Counted} of @param {string} typed not empty @returns {Wrong | undefined}
 */
export function wrongQuantity({ name, unit }, typed) {
  if (isNoNumber(typed)) return { say: "quantity.code", with: { code: typed } };
  if (isWhole(unit) && /,\d*[1-9]/.test(typed)) return { say: "quantity.whole", with: { name, unit } };
  if (typedDecimal(typed, 3) === null) return { say: "quantity.zero", with: { name } };
  return undefined;
}

/**
 * The first line with more than `most` of which nobody has said yet that it is right.
 * @template {{code: string, unit_price: string, quantity: string}} L
 * @param {{lines: readonly L[], sure?: readonly string[]}} ticket @param {number} most @returns {L | undefined}
 */
export const doubtful = ({ lines, sure = [] }, most) =>
  lines.find((line) => parseQuantity(line.quantity) > BigInt(most) * 1000n && !sure.includes(sureOf(line)));

/** What a person said is right. @param {{code: string, unit_price: string, quantity: string}} line */
export const sureOf = ({ code, unit_price, quantity }) => `${code} ${unit_price} ${quantity}`;
