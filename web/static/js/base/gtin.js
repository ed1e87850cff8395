/** Trade numbers (GTIN): UPC-A, EAN-8, EAN-13 and GTIN-14 are one number, written with fewer or more zeros. */

const LENGTHS = [8, 12, 13, 14];
const AIM = /^\][A-Za-z][0-9A-Za-z]/; // which symbology was read, said before the code
const SEPARATOR = "\u001d"; // GS1's FNC1, as scanners send it
const LINK = /^https?:\/\/[^?#]*\/01\/(\d{8,14})(?:[/?#]|$)/i; // a GS1 Digital Link

/** Whether the last digit checks the others. @param {string} digits */
function checks(digits) {
  const sum = [...digits].reverse().reduce((all, digit, at) => all + Number(digit) * (at % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}

/** Eight, twelve, thirteen or fourteen digits with a right check digit. @param {string} text */
export const isGtin = (text) => isLong(text) && /[1-9]/.test(text) && checks(text);

/** The text without its prefix, and the digits in it that stand where a GTIN stands. @param {string} text */
function elements(text) {
  const plain = text.replace(AIM, "").replace(/^\u001d+/, "");
  return { plain, gtin: (/^\(?01\)?(\d{14})/.exec(plain) ?? LINK.exec(plain))?.[1] };
}

/**
 * What a scanner read, without what it says of the symbology; of a GS1 element string or link, its GTIN.
 * @param {string} text
 */
export function codeIn(text) {
  const { plain, gtin } = elements(text.trim());
  return gtin && isGtin(gtin) ? gtin : plain.replaceAll(SEPARATOR, " ").trim();
}

/**
 * Every way to write that code: digits as long as a GTIN with as many zeros as each of its lengths has room for.
 * @param {string} code @returns {string[]}
 */
export function writings(code) {
  if (!isLong(code)) return [code];
  const whole = code.padStart(14, "0");
  const others = LENGTHS.map((length) => whole.slice(-length)).filter((text) => text.padStart(14, "0") === whole);
  return [code, ...others.filter((text) => text !== code).reverse()];
}

/** @param {string} text */
const isLong = (text) => LENGTHS.includes(text.length) && /^\d+$/.test(text);

/**
 * Whether these digits are a code whoever typed them: a trade number, or longer than any quantity or sum.
 * @param {string} text
 */
export const isNoNumber = (text) => isLong(text) && (text.length > 8 || isGtin(text));
