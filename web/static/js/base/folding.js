/** What counts as the same word, and what stands before what: for every search and every list. */

/** Letters that Unicode does not take apart, as people type them on a French keyboard. @type {Record<string, string>} */
const TYPED = {
  œ: "oe", æ: "ae", ß: "ss", ø: "o", ł: "l", đ: "d", ð: "d", ɗ: "d", þ: "th", ħ: "h", ı: "i", ɩ: "i", ς: "σ",
  ɔ: "o", ɛ: "e", ǝ: "e", ə: "e", ɓ: "b", ƙ: "k", ŋ: "ng", ɣ: "g", ʋ: "v", ʊ: "u",
};
const UNTYPED = new RegExp(`[${Object.keys(TYPED).join("")}]`, "g");
/** A number with its decimals, or letters: "1,5l" and "1,5 l" are the same two. */
const PARTS = /[0-9]+(?:[.,][0-9]+)?|(?:(?![0-9])[\p{L}\p{N}])+/gu;
const THOUSANDS = /\b[0-9]{1,3}(?: [0-9]{3})+\b/g;
/** Another number whenever the words of a text change: what was indexed by the old ones is indexed again. */
export const FOLDING = 2;

/** Small letters without accents, ligatures apart: "Œufs" and "oeufs" are one word. @param {string} text */
export const folded = (text) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(UNTYPED, (letter) => TYPED[letter] ?? letter);

/** @param {string} plain a folded text @returns {string[]} */
export const parts = (plain) => (plain.match(PARTS) ?? []).map((part) => part.replace(",", "."));

/** "5 000" is one number. @param {string} plain */
const joined = (plain) => plain.replace(THOUSANDS, (number) => number.replaceAll(" ", ""));

/** The words that find a text: "Lot de 5 000" by 5, by 000 and by 5000. @param {string} text */
export const words = (text) => [...new Set([...parts(folded(text)), ...parts(joined(folded(text)))])];

/** The words that are looked for; one of the text must begin with each. @param {string} query */
export const asked = (query) => [...new Set(parts(joined(folded(query.trim()))))];

/** Texts in the order of their keys stand as in a dictionary, numbers by size. @param {string} text */
export const orderKey = (text) => parts(folded(text)).map(sized).join(" ");

/** A number after those of fewer digits. @param {string} part */
function sized(part) {
  const [whole = "", decimals] = part.split(".");
  if (!/^[0-9]/.test(part)) return part;
  const digits = whole.replace(/^0+(?=.)/, "");
  return String(digits.length).padStart(2, "0") + digits + (decimals ? `.${decimals}` : "");
}

/** @template T @param {readonly T[]} items @param {(item: T) => string} nameOf @returns {T[]} */
export const inOrder = (items, nameOf) =>
  items
    .map((item) => ({ item, key: orderKey(nameOf(item)) }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ item }) => item);
