/** A name that wraps between its words and never inside a number, nor before the unit of one. */

const NARROW = "\u202f";
const NO_BREAK = "\u00a0";
const UNIT = "(?:[kcm]?g|[kdcm]?l|[kdcm]?m|m[²³]|cc|oz|[kM]?W|kWh|k?VA|V|A|Hz|[KkMGT][oB]|FC|CDF|USD|pces?|pcs|%|€|\\$)";
const IN_NUMBER = /(\d) (?=\d{3}(?!\d))/g;
const BEFORE_UNIT = new RegExp(`(\\d) (?=${UNIT}(?![\\p{L}\\p{N}]))`, "giu");

/** "Crédit 5 000 FC" in one piece from the 5 on. @param {string} name @returns {string} */
export const unbroken = (name) => name.replace(IN_NUMBER, `$1${NARROW}`).replace(BEFORE_UNIT, `$1${NO_BREAK}`);
