/**
 * Whether keys are a person's or a scanner's. Pure: keys with their times go in, a code comes out. A scanner
 * is told by what no person does: keys too fast, digits that are a trade number, letters where nothing takes them.
 */
import { codeIn, isGtin, isNoNumber } from "../base/gtin.js";
import { blockDigit, onFrench, onUs } from "./key-positions.js";

/**
 * @typedef {{key: string, code: string, at: number, shift: boolean, ctrl: boolean, alt: boolean, graph: boolean,
 *   field: "" | "codes" | "text"}} Key
 *   `graph`: with AltGr; `field`: where it is typed: nowhere, where codes are looked for, in another text
 */
/** @typedef {{at: number, typed: string, us: string, french: string, undo: () => void}} Stroke */
/**
 * @typedef {{readings: string[], undo: () => void, quiet: number}} Code
 *   `readings`: as typed, then by places; `undo` takes back what its keys did; `quiet`: how long before it
 *   nothing was typed
 */
/** @typedef {{code?: Code, swallow: boolean, typed: boolean}} Outcome  `typed`: a character came */

/** No person types longer so fast. */
const QUICK = 100;
/** Keys further apart do not belong together. */
export const SLOW = 300;
const INHUMAN = 50; // on average
const AT_ONCE = 35; // on average: not even a roll of three fingers
const LATE_END = 2000; // a final key that comes so long after a code is still its own
const DOUBLE_END = 150; // some send CR and LF
const SHORTEST = 3;
const LONG = 6;
const ENDS = ["Enter", "Tab", "NumpadEnter"];
/** Ctrl and a letter are control characters: CR, LF, Tab, and GS between the elements of GS1. */
const CONTROLS = new Map([["m", "end"], ["j", "end"], ["i", "end"], ["]", "\u001d"], ["\u001d", "\u001d"]]);

/** The character or the end that a key stands for, or "" when it is neither. @param {Key} key */
function meantBy({ key, code, ctrl, alt, graph }) {
  if (ENDS.includes(key)) return "end";
  if (ctrl && !graph) return CONTROLS.get(key.toLowerCase()) ?? (code === "BracketRight" ? "\u001d" : "");
  if (alt && !graph) return "";
  return key.length === 1 ? key : (blockDigit(code) ?? (key === "Dead" ? "dead" : ""));
}

/** @param {Key} key @param {string} meant @param {() => void} undo @returns {Stroke} */
function strokeOf(key, meant, undo) {
  const typed = meant === "dead" ? "" : meant;
  const fixed = blockDigit(key.code) ?? (meant === "\u001d" ? meant : undefined);
  return { at: key.at, typed, us: fixed ?? onUs(key) ?? typed, french: fixed ?? onFrench(key) ?? typed, undo };
}

/** @param {readonly Stroke[]} strokes @returns {string[]} the ways to read them, each once */
export function readingsOf(strokes) {
  const read = (/** @type {"typed" | "us" | "french"} */ way) => strokes.map((stroke) => stroke[way]).join("");
  const typed = read("typed");
  return /^\d+$/.test(typed) ? [typed] : [...new Set([typed, read("us"), read("french")])].filter((text) => text.trim());
}

/** @param {readonly Stroke[]} strokes @param {(text: string) => boolean} is */
const isTrade = (strokes, is = isNoNumber) => readingsOf(strokes).some((text) => is(codeIn(text)));

/** The mean time between them. @param {readonly Stroke[]} strokes */
const pace = (strokes) =>
  strokes.length < 2 ? Infinity : ((strokes.at(-1)?.at ?? 0) - (strokes[0]?.at ?? 0)) / (strokes.length - 1);

/** The last of them that came without a pause. @param {readonly Stroke[]} strokes */
function quickEnd(strokes) {
  let first = strokes.length - 1;
  while (first > 0 && (strokes[first]?.at ?? 0) - (strokes[first - 1]?.at ?? 0) <= QUICK) first -= 1;
  return strokes.slice(Math.max(first, 0));
}

/** @param {readonly Stroke[]} quick @param {string} field @param {boolean} ended at once by a final key */
function isBurst(quick, field, ended) {
  if (quick.length < SHORTEST) return false;
  const mean = pace(quick);
  if (field) return mean <= INHUMAN && (ended || quick.length > SHORTEST);
  return ended || quick.length >= LONG || mean <= AT_ONCE;
}

/** Letters mean nothing outside the fields: only a scanner sends them there. @param {readonly Stroke[]} strokes */
const hasLetters = (strokes) => strokes.length >= SHORTEST && strokes.some(({ typed }) => !/^[\d.,]$/.test(typed));

/**
 * The strokes at the end that are a code, or none.
 * @param {readonly Stroke[]} strokes none further apart than SLOW @param {Key["field"]} field
 * @param {number} [end] when a final key came
 */
export function codeAmong(strokes, field, end = Infinity) {
  const quick = quickEnd(strokes);
  const open = field !== "text" || pace(strokes) <= QUICK;
  if (open && isTrade(strokes, isGtin)) return strokes;
  if (isBurst(quick, field, end - (strokes.at(-1)?.at ?? 0) <= QUICK)) return quick;
  if (open && isTrade(quick)) return quick;
  if (open && isTrade(strokes)) return strokes;
  return !field && hasLetters(strokes) ? strokes : [];
}

/** One reader for all that is typed. */
export class KeyReader {
  /** Not judged yet. @type {Stroke[]} */
  #strokes = [];
  /** Where they were typed. @type {Key["field"]} */
  #field = "";
  /** When a person last typed something. */
  #person = -Infinity;
  #endsUntil = -Infinity;
  /** The digits typed while Alt is down: the number of a character. */
  #number = "";

  /** @returns {number} when the last of them came */
  get #last() {
    return this.#strokes.at(-1)?.at ?? -Infinity;
  }

  /** Whether something stands that `idle` may end. */
  get waits() {
    return this.#strokes.length > 0;
  }

  /** What was typed so far has ended. @param {number} [end] when a final key came @returns {Code | undefined} */
  #ended(end) {
    const strokes = this.#strokes;
    const code = codeAmong(strokes, this.#field, end);
    const [first] = code;
    const last = this.#last;
    this.#person = Math.max(this.#person, strokes.slice(0, strokes.length - code.length).at(-1)?.at ?? -Infinity);
    this.#strokes = [];
    if (!first) return undefined;
    this.#endsUntil = end === undefined ? last + LATE_END : end + DOUBLE_END;
    return { readings: readingsOf(code), undo: first.undo, quiet: first.at - this.#person };
  }

  /** What stood still for too long has ended. @param {number} at */
  idle(at) {
    return this.waits && at - this.#last > SLOW ? this.#ended() : undefined;
  }

  /** A person touched the screen: what was typed has ended. @param {number} at */
  touched(at) {
    const code = this.#ended();
    this.#person = at;
    return code;
  }

  /** @param {Key} key @param {string} meant @param {() => void} undo @returns {Outcome} */
  #add(key, meant, undo) {
    if (!this.waits) this.#field = key.field;
    const swallow = !this.#field && key.at - this.#last <= QUICK;
    this.#strokes.push(strokeOf(key, meant, undo));
    this.#endsUntil = -Infinity;
    return { swallow, typed: true };
  }

  /**
   * A key; `idle` was asked before. `undo` takes back what it and all after it will have done.
   * @param {Key} key @param {() => void} undo @returns {Outcome}
   */
  key(key, undo) {
    const digit = key.alt && !key.graph ? blockDigit(key.code) : undefined;
    if (digit) this.#number += digit;
    const meant = digit ? "" : meantBy(key);
    if (meant === "") return { swallow: false, typed: false };
    if (meant !== "end") return this.#add(key, meant, undo);
    const own = !this.waits && key.at <= this.#endsUntil;
    const code = this.waits ? this.#ended(key.at) : undefined;
    return { swallow: own || code !== undefined, typed: false, ...(code && { code }) };
  }

  /** Alt is up again: the character whose number was typed meanwhile came. @param {Key} key @param {() => void} undo */
  altUp(key, undo) {
    const number = Number(this.#number);
    this.#number = "";
    if (number >= 29 && number < 256) this.#add({ ...key, code: "", alt: false }, String.fromCharCode(number), undo);
  }
}
