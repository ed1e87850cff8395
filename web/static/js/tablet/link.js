/** Whether the server is there: the only truth about the connection, asked again and again for ever. */
import { announce } from "./news.js";
import { isType, parsed } from "./refusals.js";
import { correctClock } from "./database.js";

/**
 * @typedef {{reached: boolean | null, at: number, offset: number}} Reach
 *   null before the first probe; milliseconds
 */

const EVERY = 10_000;
const PATIENCE = 3000;
const HALF_SECOND = 500; // the server tells whole seconds

/** The outcome of the last probe. @type {Reach} */
export const state = { reached: null, at: 0, offset: 0 };
/** @type {Promise<boolean> | undefined} */
let asking;
/** @type {(reached: boolean) => void} */
let hear = () => {};

/** Whether the server answers now. @returns {Promise<boolean>} */
export function probeNow() {
  asking ??= probed().finally(() => {
    asking = undefined;
  });
  return asking;
}

async function probed() {
  const before = Date.now();
  const time = await serverTime();
  const after = Date.now();
  const reached = time !== undefined;
  if (reached) {
    state.offset = Math.round(time + HALF_SECOND - (before + after) / 2); // half the round trip each way
    await correctClock(state.offset).catch(() => {});
  }
  Object.assign(state, { reached, at: after });
  announce({ type: "reached", reached });
  hear(reached);
  return reached;
}

/** Milliseconds of the server's clock, or undefined. */
async function serverTime() {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch("/healthz", { cache: "no-store", redirect: "manual", signal });
    if (!response.ok || !isType(response, "application/json")) return undefined;
    const time = Date.parse(parsed(await response.text())?.time);
    return Number.isFinite(time) ? time : undefined;
  } catch {
    return undefined;
  }
}

/** Probes from now on; `heard` is told each outcome. @param {(reached: boolean) => void} heard */
export function probing(heard) {
  hear = heard;
  const again = async () => {
    await probeNow();
    setTimeout(again, EVERY);
  };
  addEventListener("online", () => probeNow());
  addEventListener("offline", () => probeNow());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && probeNow());
  void again();
}
