/** Crockford's base 32, for codes of 80 bits that people read aloud and type: sixteen symbols, in fours. */

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE = new RegExp(`^([${SYMBOLS}]{4}-){3}[${SYMBOLS}]{4}$`);

/** The code with a dash between its groups of four. @param {string} code */
export const inFours = (code) => code.replace(/.{4}(?=.)/g, "$&-");

/** The code of 80 bits. @param {bigint} bits */
export function codeOf(bits) {
  const symbols = Array.from({ length: 16 }, (_, n) => SYMBOLS[Number((bits >> BigInt(75 - 5 * n)) & 31n)]);
  return inFours(symbols.join(""));
}

/** Whether the text looks like such a code. @param {string} text */
export const isCode = (text) => CODE.test(text);

/** What a code without dashes stands for. @param {string} code */
export const bitsOf = (code) =>
  [...code].reduce((bits, symbol) => (bits << 5n) | BigInt(SYMBOLS.indexOf(symbol)), 0n);
