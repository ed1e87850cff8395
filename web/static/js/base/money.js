/**
 * Money is integer centimes and quantity integer thousandths, both BigInt:
 * their product passes 2^53. Text is the only form on the wire and in drafts.
 */

const NARROW = "\u202f";
const NO_BREAK = "\u00a0";

/**
 * The decimal `text` as an integer of 10^-`places`. Throws on anything but digits and one point.
 * @param {string} text @param {number} places @returns {bigint}
 */
function parse(text, places) {
  const found = /^(0|[1-9]\d{0,12})(?:\.(\d+))?$/.exec(text);
  const decimals = found?.[2] ?? "";
  if (!found || decimals.length > places) throw new RangeError(`not a decimal: ${text}`);
  return BigInt(found[1] + decimals.padEnd(places, "0"));
}

/** @param {bigint} value @param {number} places @returns {[string, string]} whole and decimals */
function split(value, places) {
  const digits = value.toString().padStart(places + 1, "0");
  return [digits.slice(0, -places), digits.slice(-places)];
}

/** Centimes of an amount such as "45000.00". @param {string} text */
export const parseAmount = (text) => parse(text, 2);

/** Thousandths of a quantity such as "1.5". @param {string} text */
export const parseQuantity = (text) => parse(text, 3);

/** Thousandths of a percentage such as "16". @param {string} text */
export const parsePercent = (text) => parse(text, 3);

/** Ten-thousandths of a rate such as "2850.25": francs for one dollar. @param {string} text */
export const parseRate = (text) => parse(text, 4);

/** The wire form of an amount: always two decimals. @param {bigint} centimes */
export const amountText = (centimes) => split(centimes, 2).join(".");

/** The wire form of a quantity: no trailing zeros. @param {bigint} thousandths */
export function quantityText(thousandths) {
  const [whole, decimals] = split(thousandths, 3);
  const kept = decimals.replace(/0+$/, "");
  return kept ? `${whole}.${kept}` : whole;
}

/** @param {string} whole */
const grouped = (whole) => whole.replace(/\B(?=(\d{3})+$)/g, NARROW);

/** An amount without its currency: "45 000". @param {bigint} centimes */
export function figures(centimes) {
  const [whole, decimals] = split(centimes, 2);
  return grouped(whole) + (decimals === "00" ? "" : `,${decimals}`);
}

/** An amount as people read it: "45 000 FC", "12,50 FC". @param {bigint} centimes */
export const francs = (centimes) => `${figures(centimes)}${NO_BREAK}FC`;

/** Dollars as people here write them: "$20", "$15,79". @param {bigint} cents */
export const dollars = (cents) => `$${figures(cents)}`;

/** A rate as people read it: "2 850 FC", "2 850,25 FC". @param {bigint} rate ten-thousandths */
export function rateLabel(rate) {
  const text = split(rate, 4).join(".").replace(/\.?0+$/, "");
  return `${quantityLabel(text)}${NO_BREAK}FC`;
}

/** A wire quantity as people read it: "1,5". @param {string} text */
export function quantityLabel(text) {
  const [whole = "", decimals] = text.split(".");
  return grouped(whole) + (decimals ? `,${decimals}` : "");
}

/**
 * What a person typed ("1 500,5") as wire text ("1500.5"), or null when it is no positive number.
 * @param {string} typed @param {number} places
 */
export function typedDecimal(typed, places) {
  const text = typed
    .replace(/[\s\u202f\u00a0]/g, "")
    .replace(",", ".")
    .replace(/\.$/, "")
    .replace(/^0+(?=\d)/, "");
  try {
    return parse(text, places) > 0n ? text : null;
  } catch {
    return null;
  }
}

/** The nearest integer to n / d for n ≥ 0, ties up (clause 1.5.2). @param {bigint} n @param {bigint} d */
export const divideRounded = (n, d) => (2n * n + d) / (2n * d);
