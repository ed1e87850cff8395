/** The sales that left the ticket and are not sealed yet: bytes that never change, until the server has them. */
import { utf8 } from "../base/bytes.js";
import { canonicalHash } from "../base/canonical.js";
import { freeRefused, standAside } from "./carts.js";
import { amend, isSealed, storeOf } from "./rows.js";
import { answerAgain, sealing, waitingRows } from "./sealed.js";
import { journalled } from "../tablet/journal.js";
import { announce } from "../tablet/news.js";
import { get, now, withDb } from "../tablet/database.js";

/** @typedef {import("./sealed.js").Sealed} Sealed */
/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("../tablet/refusals.js").Problem} Problem */
/**
 * @typedef {{sale_id: string, kind: "sale", body: Uint8Array<ArrayBuffer>, content_hash: string,
 *   device_seq: number, depends_on: string[], state: "ready" | "poison" | "held", attempts: number,
 *   next_at: number, last_error: string, problem?: Problem, created_at: number, total: string, ticket: Ticket,
 *   provisional: boolean}} Row
 */
/**
 * @typedef {{ticket: Ticket, body: string, total: string, provisional: boolean, depends_on?: string[]}} Paid
 *   `total` in centimes, as digits
 */

/**
 * The paid ticket is a sale: bytes on the disk, an entry in the journal, and no ticket any more.
 * Only when this resolves may the money go into the drawer.
 * @param {Paid} sale @returns {Promise<Row>}
 */
export async function commit(sale) {
  const { sale_id } = sale.ticket;
  const hash = await canonicalHash(JSON.parse(sale.body));
  const at = now();
  const row = await journalled(["carts", "outbox"], "committed", { sale_id, hash }, async (tx, seq) => {
    const made = untried(sale, hash, seq, at);
    await tx.objectStore("outbox").add(made); // a second commit of one sale fails here: it is paid once
    await tx.objectStore("carts").delete(sale_id); // together with it: never a ticket and a sale, nor neither
    return made;
  });
  announce({ type: "sales-changed" });
  return row;
}

/**
 * @param {Paid} sale @param {string} content_hash @param {number} device_seq @param {number} created_at
 * @returns {Row}
 */
const untried = ({ ticket, body, total, provisional, depends_on = [] }, content_hash, device_seq, created_at) => ({
  sale_id: ticket.sale_id,
  kind: "sale",
  body: utf8(body),
  content_hash,
  device_seq,
  depends_on,
  state: "ready",
  attempts: 0,
  next_at: 0,
  last_error: "",
  created_at,
  total,
  ticket,
  provisional,
});

/** All that has not been sealed, in the order of the till. @returns {Promise<Row[]>} */
export const rows = () => withDb((db) => db.getAllFromIndex("outbox", "device_seq"));

/**
 * A sale that the server refused to read is the open ticket again, under its own id: nothing was sealed, so
 * that none can be doubled. It is unpaid: what is corrected may cost another sum. Throws when it is not such
 * a sale.
 * @param {string} saleId @returns {Promise<Ticket>}
 */
export async function takeBack(saleId) {
  const row = await get("outbox", saleId);
  if (row?.state !== "poison") throw new Error(`${saleId} is not to be corrected`);
  const ticket = { ...row.ticket, payments: [] };
  const ui = { panel: "catalogue", view: "ticket" };
  const cart = { sale_id: saleId, state: "open", at: now(), ticket, ui, opened: true };
  const facts = { sale_id: saleId, hash: row.content_hash };
  await journalled(["carts", "outbox"], "corrected", facts, async (tx) => {
    await standAside(tx, saleId);
    await tx.objectStore("outbox").delete(saleId);
    await tx.objectStore("carts").put(cart);
  });
  return ticket;
}

/**
 * A poisoned sale is gone. Only after the server has recorded the manager's approval: money was taken for
 * it, and the journal keeps who let it go and why. Any other sale may be sealed already, and stays.
 * @param {string} saleId @param {string} reason @param {string} approver who gave the PIN
 */
export async function abandonPoison(saleId, reason, approver) {
  const row = await get("outbox", saleId);
  if (row?.state !== "poison") return;
  const facts = { sale_id: saleId, hash: row.content_hash, reason: `${approver}: ${reason}` };
  await journalled(["outbox", "sealed"], "abandoned", facts, async (tx) => {
    await freeRefused(tx, row.ticket);
    await tx.objectStore("outbox").delete(saleId);
  });
}

/**
 * The server's answer is kept as it came, and the sale has left the outbox. A later answer to a sale
 * that waited for its last word only replaces the one before.
 * @param {Row | Sealed} row @param {string} answerText @param {Sealed["status"]} status @param {boolean} final
 * @returns {Promise<Sealed>}
 */
export async function settle(row, answerText, status, final) {
  const sealed = sealing(row, answerText, status, final);
  // Only the first answer takes it out of the outbox: in one transaction, so that it is in one of the two.
  if (isSealed(row)) await answerAgain(sealed);
  else {
    const { sale_id, content_hash } = row;
    await journalled(["sealed", "outbox"], "acked", { sale_id, hash: content_hash }, async (tx) => {
      await tx.objectStore("sealed").put(sealed);
      await tx.objectStore("outbox").delete(sale_id);
    });
  }
  return sealed;
}

/**
 * Rows whose last attempt met no server are due at once: it is back. One that it answered keeps its time,
 * since a probe every ten seconds would undo all that the server asked to wait; with `all`, every row is due.
 * @param {boolean} [all]
 */
export async function wakeRows(all = false) {
  for (const row of [...(await rows()), ...(await waitingRows())]) {
    if (row.next_at === 0 || !(all || row.last_error === "unreachable")) continue;
    const again = isSealed(row) ? 1 : 0; // with none, the next answer would be taken for its first
    await amend(storeOf(row), row.sale_id, { next_at: 0, attempts: again });
  }
}
