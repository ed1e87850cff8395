/** The open and the parked tickets, kept at every change: a power cut costs nothing that was typed. */
import { journalled } from "../tablet/journal.js";
import { announce } from "../tablet/news.js";
import { get, now, relaxed, withDb } from "../tablet/database.js";

/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("../tablet/database.js").Writing} Writing */
/** @typedef {{panel: string, view: string, field?: string}} Ui what the cashier was looking at */
/**
 * @typedef {{sale_id: string, state: "open" | "parked", at: number, ticket: Ticket, ui: Ui, opened?: true}} Cart
 */

/** @type {import("../tablet/database.js").Store[]} */
const STORES = ["carts", "outbox", "sealed"];
/** @type {import("../tablet/database.js").Store[]} */
const GIVEN_UP = ["carts", "sealed"];
const UI = { panel: "catalogue", view: "articles" };
/** @type {Promise<unknown>} the last change asked for */
let last = Promise.resolve();

/**
 * Changes happen in the order in which they were asked for.
 * @template T @param {() => Promise<T>} change @returns {Promise<T>}
 */
function inTurn(change) {
  const turn = last.then(change);
  last = turn.catch(() => {});
  return turn;
}

/** @param {"open" | "parked"} state @returns {Promise<Cart[]>} oldest first */
const cartsIn = async (state) =>
  (await withDb((db) => db.getAllFromIndex("carts", "state", state))).sort((a, b) => a.at - b.at);

/** The ticket that was open, with what the cashier was looking at. @returns {Promise<Cart | undefined>} */
export const openCart = async () => (await cartsIn("open")).at(-1);

/** The tickets that wait, oldest first. @returns {Promise<Cart[]>} */
export const parkedCarts = () => cartsIn("parked");

/**
 * The ticket is kept as the open one. Its first line is an event: incomplete sales are counted (SFE 1.3.3 m).
 * @param {Ticket} ticket @param {Ui} ui @returns {Promise<void>}
 */
export const keepCart = (ticket, ui) =>
  inTurn(async () => {
    const { sale_id } = ticket;
    const kept = await get("carts", sale_id);
    const opened = Boolean(kept?.opened) || ticket.lines.length > 0;
    /** @type {Cart} */
    const cart = { sale_id, state: "open", at: now(), ticket, ui, ...(opened && { opened }) };
    const work = (/** @type {Writing} */ tx) => keep(tx, cart);
    const first = opened && !kept?.opened;
    await (first ? journalled(STORES, "opened", { sale_id }, work) : relaxed(STORES, work)).catch(unlessSold);
  });

/** A late change does not make a ticket again of a sale that has left. */
class Sold extends Error {}

/** @param {unknown} error */
function unlessSold(error) {
  if (!(error instanceof Sold)) throw error;
}

/** @param {Writing} tx @param {Cart} cart */
async function keep(tx, cart) {
  for (const store of ["outbox", "sealed"]) {
    if (await tx.objectStore(store).getKey(cart.sale_id)) throw new Sold();
  }
  await tx.objectStore("carts").put(cart);
}

/**
 * Every open ticket but that one waits, or goes when it is empty.
 * @param {Writing} tx @param {string} saleId
 */
export async function standAside(tx, saleId) {
  const carts = tx.objectStore("carts");
  for (const cart of await carts.index("state").getAll("open")) {
    if (cart.sale_id === saleId) continue;
    if (cart.ticket.lines.length) await carts.put({ ...cart, state: "parked" });
    else await carts.delete(cart.sale_id);
  }
}

/** The ticket waits. @param {Ticket} ticket @returns {Promise<void>} */
export const park = (ticket) =>
  inTurn(async () => {
    const { sale_id } = ticket;
    const kept = await get("carts", sale_id);
    const cart = { ui: UI, ...kept, sale_id, ticket, state: "parked", at: now(), opened: true };
    await journalled(["carts"], "parked", { sale_id }, (tx) => tx.objectStore("carts").put(cart));
  });

/**
 * That ticket is the open one again; another that was open waits in its place. Throws when it no longer waits.
 * @param {string} saleId @returns {Promise<Cart>}
 */
export const recall = (saleId) =>
  inTurn(async () => {
    const parked = await get("carts", saleId);
    if (parked?.state !== "parked") throw new Error(`no ticket ${saleId} waits`);
    /** @type {Cart} */
    const cart = { ...parked, state: "open", at: now() };
    await journalled(["carts"], "recalled", { sale_id: saleId }, async (tx) => {
      await standAside(tx, saleId);
      await tx.objectStore("carts").put(cart);
    });
    return cart;
  });

/**
 * Nothing replaces the refused sale any more: it may be made anew again.
 * @param {Writing} tx @param {Ticket} ticket that was given up
 */
export async function freeRefused(tx, { sale_id, replaces = "" }) {
  const refused = await tx.objectStore("sealed").get(replaces);
  if (refused?.replaced_by === sale_id) await tx.objectStore("sealed").put({ ...refused, replaced_by: "" });
}

/**
 * The ticket is gone, and the journal says why. One that never had a line was no sale.
 * @param {string} saleId @param {string} reason @returns {Promise<void>}
 */
export const abandonCart = (saleId, reason) =>
  inTurn(async () => {
    const kept = await get("carts", saleId);
    const work = async (/** @type {Writing} */ tx) => {
      if (kept) await freeRefused(tx, kept.ticket);
      await tx.objectStore("carts").delete(saleId);
    };
    const facts = { sale_id: saleId, reason };
    await (kept?.opened ? journalled(GIVEN_UP, "abandoned", facts, work) : relaxed(GIVEN_UP, work));
    if (kept?.ticket.replaces) announce({ type: "sales-changed" }); // the refused sale waits for somebody again
  });
