/** How this till is: its sales, its memory, the link, the clock, and the lamp that says so. */
import { heartbeat } from "../../sale/heartbeat.js";
import { learn } from "../../sale/may-sell.js";
import { probing, state as link } from "../../tablet/link.js";
import { paint, paintServer, paintUnknown } from "./lamps.js";
import { isTravelling } from "../../sale/sales.js";
import { defend } from "../../tablet/persistence.js";
import { now } from "../../tablet/database.js";
import { lightOf } from "../../sale/tablet-lamp.js";
import { closeThere } from "../../tablet/unlock.js";
import { build } from "../../tablet/update.js";

/** @typedef {import("../../sale/sales.js").Sale} Sale */
/** @typedef {import("../../tablet/persistence.js").Defence} Defence */

const BEAT = 30_000;
const SOON = 1000; // between two beats, however many sales are sealed at once

const health = {
  /** @type {readonly Sale[]} */ sales: [],
  kept: true,
  /** @type {boolean | null} */ reached: null,
  locked: false,
  persisted: true,
  usage: 0,
  quota: 0,
  emptied: false,
  offset: 0,
  /** Other tablets whose sales may be lost. @type {import("../../sale/heartbeat.js").ShopState["lost"]} */ lost: [],
};
/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;
let last = 0;
let soon = false;

/** All that the sheet measures. */
export function measures() {
  const travelling = health.sales.filter(isTravelling);
  return {
    ...health,
    count: travelling.length,
    oldest: travelling[0]?.at,
    bytes: travelling.reduce((sum, sale) => sum + sale.bytes, 0),
    now: now(),
  };
}

/** @param {Partial<typeof health>} part */
export function note(part) {
  Object.assign(health, part);
  paint("tablette", lightOf({ ...health, now: now() }));
}

/** @param {Defence} memory */
export function noteMemory({ persisted, usage, quota, canary }) {
  learn({ persisted });
  note({ persisted, usage, quota, emptied: canary === "lost" });
}

/** Asks the server how all stands, now and every thirty seconds. */
export async function beat() {
  clearTimeout(next);
  next = setTimeout(beat, BEAT);
  soon = false;
  last = Date.now();
  try {
    const shop = await heartbeat(build());
    paintServer(shop.lamps);
    learn({ oldestWaiting: shop.oldest_waiting ? Date.parse(shop.oldest_waiting) : null });
    note({ reached: true, locked: false, lost: shop.lost });
    closeThere().catch(() => {});
  } catch (error) {
    const rule = /** @type {{rule?: string}} */ (error).rule ?? "";
    paintUnknown();
    note(rule.startsWith("auth.") ? { locked: true } : { reached: link.reached });
  }
  noteMemory(await defend());
}

/** Something changed that the lamps may say. Five hundred sales that leave after an outage are no flood. */
export function beatSoon() {
  if (soon) return;
  soon = true;
  clearTimeout(next);
  next = setTimeout(beat, Math.min(SOON, Math.max(0, last + SOON - Date.now())));
}

/** Watches the link, and beats when it comes back. @param {(reached: boolean) => void} heard */
export function watchLink(heard) {
  let before = link.reached;
  probing((reached) => {
    if (!reached) paintUnknown();
    note({ reached, offset: link.offset });
    if (reached && before === false) beat(); // a probe is no occasion: there is one every ten seconds
    before = reached;
    heard(reached);
  });
}
