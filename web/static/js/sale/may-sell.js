/** Whether the till may take money now: the ladder, with what this tablet knows at this moment. */
import { mayPay } from "./ladder.js";
import { probeNow, state } from "../tablet/link.js";
import { isTravelling } from "./sales.js";
import { now } from "../tablet/database.js";

/** @typedef {import("./sales.js").Sale} Sale */
/** @typedef {import("./ladder.js").Step} Step */

/** What the ladder is judged by, beside the link and the clock. */
const known = {
  /** @type {readonly Sale[]} */ sales: [],
  /** @type {import("./ladder.js").Offline} */ offline: { policy: "bloquer", hours: 48 },
  persisted: false,
  /** The oldest sale of the outlet that waits for the DGI, as the server last said. @type {number | null} */
  oldestWaiting: null,
};
/** @type {Promise<boolean>} */
let probe = Promise.resolve(true);

/** @param {Partial<typeof known>} part */
export const learn = (part) => void Object.assign(known, part);

/** @param {(sale: Sale) => boolean} holds @returns {number | null} */
const oldest = (holds) => known.sales.find(holds)?.at ?? null;

/** @param {readonly (number | null)[]} times @returns {number | null} */
const earliest = (times) => times.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);

/** What the ladder says with what is known, at once. @returns {Step} */
export const verdict = () =>
  mayPay({
    ...known.offline,
    reached: state.reached !== false, // not asked yet is no refusal: `judge` waits for the answer
    persisted: known.persisted,
    oldestUnsealed: oldest(isTravelling),
    // The server knows the other tills of the outlet, this tablet its own last minutes: the older one counts.
    oldestWaiting: earliest([known.oldestWaiting, oldest((sale) => sale.state === "waiting" || sale.state === "in_doubt")]),
    now: now(),
  });

/** Looks whether the server is there; `judge` waits for it. A look that fails has not found it. */
export function look() {
  probe = probeNow().catch(() => false);
  return probe;
}

/**
 * What the ladder says once the look has ended (3 seconds at most): money is taken on what is so now, not on
 * what the last probe saw.
 * @returns {Promise<Step>}
 */
export async function judge() {
  await probe;
  return verdict();
}
