/** The ticket in hand: changed in one place, shown at once, kept at every change. */
import { keepCart, openCart } from "./carts.js";
import { now } from "../tablet/database.js";
import * as T from "./ticket.js";
import { uuid7 } from "../base/uuid.js";

/** @typedef {"catalogue" | "paiement" | "client"} Panel */
/** @typedef {{ticket: T.Ticket, panel: Panel, view: string, field: string}} Hand  `field`: where the cursor is */

/** A ticket with nothing in it, and an id that stays with it until it is sealed. */
export const fresh = () => T.opened(uuid7(now()));

/** @type {Hand} */
let hand = { ticket: fresh(), panel: "catalogue", view: "articles", field: "" };
/** @type {T.Context | undefined} */
let context;
/** @type {Promise<void>} */
let writing = Promise.resolve();
let queued = false;
/** @type {(() => void)[]} */
const shown = [];
/** @type {((kept: boolean) => void)[]} */
const stored = [];

export const current = () => hand;

/** Who sells where, at which rates. Only an open till has one. @returns {T.Context} */
export function terms() {
  if (!context) throw new Error("the till is closed");
  return context;
}

/** @param {T.Context} now_ */
export const setTerms = (now_) => void (context = now_);

/** Whether the till is open. */
export const isOpen = () => context !== undefined;

/** Calls `act` after every change, and `keep` once it is stored or could not be. @param {() => void} act @param {(kept: boolean) => void} keep */
export function onChange(act, keep) {
  shown.push(act);
  stored.push(keep);
}

/** All who show something show it again. */
export const show = () => shown.forEach((act) => act());

/** The hand with `part` in it. Resolves once it is stored, or could not be. @param {Partial<Hand>} part */
export function change(part) {
  hand = { ...hand, ...part };
  if (T.isEmpty(hand.ticket)) hand.panel = "catalogue";
  show();
  return keep();
}

/** @param {T.Ticket} ticket */
export const onTicket = (ticket) => change({ ticket });

/** One write after the other, and never more than one that waits: it writes the last state. */
function keep() {
  if (!queued) writing = writing.then(write);
  queued = true;
  return writing;
}

async function write() {
  queued = false;
  const { ticket, ...ui } = hand;
  const kept = await keepCart(ticket, ui).then(
    () => true,
    () => false,
  );
  stored.forEach((hear) => hear(kept));
}

/** Every change so far is stored. */
export const settled = () => writing;

/** The ticket in hand left it: parked, sold or given up. Nothing is written. */
export function letGo() {
  hand = { ...hand, ticket: fresh(), panel: "catalogue" };
}

/** The ticket, the panel and the field of before the reload or the power cut. */
export async function takeUp() {
  const cart = await openCart();
  if (cart) hand = { ...hand, .../** @type {Partial<Hand>} */ (cart.ui), ticket: cart.ticket };
}
