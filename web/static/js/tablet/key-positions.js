/**
 * What a key means by its place: a scanner sends places, and a machine set to another layout than the scanner
 * writes other characters there. Read as a US keyboard and as a French one (AZERTY).
 */

const ROW = ["Backquote", ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((digit) => `Digit${digit}`), "Minus", "Equal"];
const REST = ["BracketLeft", "BracketRight", "Backslash", "Semicolon", "Quote", "Comma", "Period", "Slash", "IntlBackslash"];
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => `Key${letter}`);
const PLACES = [...ROW, ...REST, ...LETTERS, "Space"];

/** @param {string} row @param {string} rest @param {string} letters @returns {Map<string, string>} by place */
const layer = (row, rest, letters) =>
  new Map([...row, ...rest, ...letters, " "].map((character, at) => [PLACES[at] ?? "", character]));

/** Plain, with Shift, with AltGr. */
const US = [
  layer("`1234567890-=", "[]\\;',./\\", "abcdefghijklmnopqrstuvwxyz"),
  layer("~!@#$%^&*()_+", "{}|:\"<>?|", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
];
const FRENCH = [
  layer("²&é\"'(-è_çà)=", "^$*mù;:!<", "qbcdefghijkl,noparstuvzxyw"),
  layer("~1234567890°+", "¨£µM%./§>", "QBCDEFGHIJKL?NOPARSTUVZXYW"),
  layer("¬¹~#{[|`\\^@]}", "~¤`^^~·!|", "qbcdefghijkl,noparstuvzxyw"),
];

/** @typedef {{code: string, shift: boolean, graph: boolean}} Place  `graph`: with AltGr */

/** The digit of a key of the number block, whatever Num Lock makes of it. @param {string} code */
export const blockDigit = (code) => /^Numpad(\d)$/.exec(code)?.[1];

/** @param {Map<string, string>[]} layers @param {Place} place */
const at = (layers, { code, shift, graph }) => (layers[graph ? 2 : shift ? 1 : 0] ?? layers[0])?.get(code);

/** As a US keyboard has it. @param {Place} place */
export const onUs = (place) => at(US, place);

/** As a French keyboard has it. @param {Place} place */
export const onFrench = (place) => at(FRENCH, place);
