/**
 * The one cleaner of every text that people type, paste or scan; the server has the same in
 * `app/fiscal/texts.py`: what the till takes, the server takes.
 */

/** Arabic to Myanmar: beside a joiner their letters change their form. */
const JOINED = /[\u0600-\u109f]/;
const JOINERS = /[\u200c\u200d]/g;
/** Not seen, and nothing by themselves; without the two joiners. */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{13430}-\u{13438}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
const BLANKS = /[\s\x00-\x1f\x7f-\x9f]+/g;
const NOT_OF_A_NIF = /[\s_./'\u2019\u00b7\u2010-\u2015\u2212-]/g;
const NIF_OF_THE_DGI = /^[A-Z][0-9]{7}[A-Z]$/;
const NIF_AT_ALL = /^(?=.*[0-9])[A-Z0-9]{5,16}$/;

/** The most that the server takes of a text, as its `size`. @type {Readonly<Record<string, number>>} */
export const LIMITS = { nif: 16, name: 64, contact: 64, address: 64, exemption: 190, reference: 64, reason: 200 };
/** Fields that name somebody or something. */
const NAMES = new Set(["nif", "name"]);

/** Whether the letters around that place need what stands there. @param {string} text @param {number} at */
const joins = (text, at) => JOINED.test(text[at - 1] ?? "") && JOINED.test(text[at + 1] ?? "");

/** A joiner stands where a script needs it, and nowhere else. @param {string} text */
const joined = (text) => text.replace(JOINERS, (joiner, at) => (joins(text, at) ? joiner : ""));

/** @param {string} text */
const withoutJoiners = (text) => text.replace(JOINERS, (joiner, at) => (joins(text, at) ? "" : joiner));

/** The text as it was meant: NFC, nothing invisible, single spaces, none at the ends. @param {string} text */
export const cleaned = (text) =>
  joined(text).replace(INVISIBLE, "").replace(BLANKS, " ").normalize("NFC").replace(/^ +| +$/g, "");

/** A NIF in its one spelling: upper case, no blank, dash, point or invisible character. @param {string} text */
export const cleanNif = (text) => cleaned(text).normalize("NFKC").toUpperCase().replace(NOT_OF_A_NIF, "");

/** A clean NIF: of the DGI's shape, or of any number that a tax authority gives. @param {string} nif @param {boolean} ofTheDgi */
export const isNif = (nif, ofTheDgi) => (ofTheDgi ? NIF_OF_THE_DGI : NIF_AT_ALL).test(nif);

/** What a limit counts: octets of UTF-8, as in the sealed invoice; an é is two of them. @param {string} text */
export const size = (text) => new TextEncoder().encode(text).length;

/** @param {string} text */
export const hasWord = (text) => /[\p{L}\p{N}]/u.test(text);

/** Where refused characters begin and end in turn, once they are known. @type {number[] | undefined} */
let edges;

/** The characters that the server refuses are known here too. */
export async function learnCharacters() {
  if (edges) return;
  const { REFUSED } = await import("./characters.js");
  let at = 0;
  edges = REFUSED.split(" ").map((distance) => (at += parseInt(distance, 36)));
}

/** @param {string} char */
function isRefused(char) {
  if (!edges) return /[\p{Cn}\p{Co}\p{Cs}]/u.test(char); // by this browser's own Unicode
  const code = char.codePointAt(0) ?? 0;
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (code < (edges[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low % 2 === 1;
}

/** The first character of the text that no paper can show faithfully. @param {string} text @returns {string | undefined} */
export const refusedIn = (text) => [...withoutJoiners(text)].find(isRefused);

/**
 * The first thing wrong with a clean text in that field: the key of a sentence, and what it names beside
 * the field. Null when the server takes it.
 * @param {string} field of `LIMITS` @param {string} text @returns {{say: string, with: Record<string, string>} | null}
 */
export function wrongText(field, text) {
  const most = LIMITS[field] ?? Infinity;
  const wrong = refusedIn(text);
  if (wrong) return { say: "text.refused", with: { code: codeOf(wrong) } };
  if (size(text) > most)
    return { say: size(text) === text.length ? "text.long" : "text.long.accents", with: { most: String(most) } };
  return text && NAMES.has(field) && !hasWord(text) ? { say: "text.word", with: {} } : null;
}

/** @param {string} char */
const codeOf = (char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
