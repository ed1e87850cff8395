/** The lamp of this tablet: what only it holds, its memory, its clock. In the order of what matters most. */
import { isStuck, isTravelling } from "./sales.js";

/** @typedef {import("./sales.js").Sale} Sale */
/** @typedef {"green" | "amber" | "red" | "blue" | "grey"} Colour */
/** @typedef {{state: Colour, say: string, with: Record<string, string>}} Light */
/**
 * @typedef {{sales: readonly Sale[], kept: boolean, reached: boolean | null, locked: boolean, persisted: boolean,
 *   usage: number, quota: number, emptied: boolean, offset: number, lost: readonly unknown[], now: number}} Health
 *   `kept`: the last change is stored; `reached`: null while nothing was asked yet; `emptied`: something took
 *   what was stored here; times in milliseconds
 */

const MINUTE = 60_000;
const CLOCK_AMBER = 2 * MINUTE;
const CLOCK_RED = 24 * 60 * MINUTE;
const OUTBOX_AMBER = MINUTE;
const OUTBOX_RED = 15 * MINUTE;
const FULL_AMBER = 0.6;
const FULL_RED = 0.9;

/**
 * Each thing that may be wrong, worst first; the first that holds is said.
 * @type {readonly [Colour, string, (health: Health, oldest: number) => boolean][]}
 */
const STATES = [
  ["red", "memory", ({ kept }) => !kept],
  ["red", "locked", ({ locked }) => locked],
  ["red", "emptied", ({ emptied }) => emptied],
  ["red", "correct", ({ sales }) => sales.some(isStuck)],
  ["red", "clock.wrong", ({ offset }) => Math.abs(offset) > CLOCK_RED],
  ["red", "full", ({ usage, quota }) => quota > 0 && usage / quota > FULL_RED],
  ["red", "stuck", ({ reached }, age) => reached === true && age > OUTBOX_RED],
  ["amber", "alone", ({ reached }) => reached === false], // what is known of the others is old then
  ["red", "lost", ({ lost }) => lost.length > 0],
  ["amber", "slow", (_, age) => age > OUTBOX_AMBER],
  ["amber", "clock", ({ offset }) => Math.abs(offset) > CLOCK_AMBER],
  ["amber", "eviction", ({ persisted }) => !persisted],
  ["amber", "filling", ({ usage, quota }) => quota > 0 && usage / quota > FULL_AMBER],
  ["blue", "sending", ({ sales }) => sales.some(isTravelling)],
  ["green", "ready", () => true],
];

/** How old the oldest sale is that only this tablet has. @param {Health} health @returns {number} */
function ageOfOldest({ sales, now }) {
  const oldest = sales.find(isTravelling);
  return oldest ? now - oldest.at : 0;
}

/** What the lamp says. @param {Health} health @returns {Light} */
export function lightOf(health) {
  const age = ageOfOldest(health);
  const count = health.sales.filter(isTravelling).length;
  const [state, say] = STATES.find(([, , holds]) => holds(health, age)) ?? ["grey", "unknown"];
  return { state, say: `lamp.tablette.${say}`, with: count ? { count: String(count) } : {} };
}
