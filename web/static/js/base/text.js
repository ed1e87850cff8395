/**
 * The one cleaner of every text that people type, paste or scan; the server has the same in
 * `app/fiscal/texts.py`: what the till takes, the server takes.
 */
import { INVISIBLE, PRINTABLE } from "./characters.js";

const UNSEEN = new RegExp(`[${INVISIBLE}]`, "gu");
const UNPRINTABLE = new RegExp(`[^${PRINTABLE}]`, "u");
const BLANKS = /[\s\x00-\x1f\x7f-\x9f]+/g;
const NOT_OF_A_NIF = /[\s_./'\u2019\u00b7\u2010-\u2015\u2212-]/g;
const NIF_OF_THE_DGI = /^[A-Z][0-9]{7}[A-Z]$/;
const NIF_AT_ALL = /^(?=.*[0-9])[A-Z0-9]{5,16}$/;

/** The most that the server takes of a text, as its `size`. @type {Readonly<Record<string, number>>} */
export const LIMITS = { nif: 16, name: 64, contact: 64, address: 64, exemption: 190, reference: 64, price_change_reason: 24, comment: 190, note: 120, reason: 200 };
/** Fields that name somebody or something. */
const NAMES = new Set(["nif", "name"]);

/** The text as it was meant: NFC, nothing invisible, single spaces, none at the ends. @param {string} text */
export const cleaned = (text) =>
  text.replace(UNSEEN, "").replace(BLANKS, " ").normalize("NFC").replace(/^ +| +$/g, "");

/** A NIF in its one spelling: upper case, no blank, dash, point or invisible character. @param {string} text */
export const cleanNif = (text) => cleaned(text).normalize("NFKC").toUpperCase().replace(NOT_OF_A_NIF, "");

/** A clean NIF: of the DGI's shape, or of any number that a tax authority gives. @param {string} nif @param {boolean} ofTheDgi */
export const isNif = (nif, ofTheDgi) => (ofTheDgi ? NIF_OF_THE_DGI : NIF_AT_ALL).test(nif);

/** What a limit counts: octets of UTF-8, as in the sealed invoice; an é is two of them. @param {string} text */
export const size = (text) => new TextEncoder().encode(text).length;

/** @param {string} text */
export const hasWord = (text) => /[\p{L}\p{N}]/u.test(text);

/** The first character of the text that some paper cannot print. @param {string} text @returns {string | undefined} */
export const refusedIn = (text) => UNPRINTABLE.exec(text)?.[0];

/** How Unicode names it: "U+200B". @param {string} char */
export const codeOf = (char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

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
