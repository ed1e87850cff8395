/** The sales that left the ticket: first in the outbox as bytes that never change, then sealed. */
import { utf8 } from "../base/bytes.js";
import { canonicalHash } from "../base/canonical.js";
import { freeRefused, standAside } from "./carts.js";
import { journalled } from "../tablet/journal.js";
import { announce } from "../tablet/news.js";
import { get, now, relaxed, withDb } from "../tablet/database.js";

/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("../tablet/wire.js").Problem} Problem */
/** @typedef {import("../tablet/wire.js").Answer} Answer */
/**
 * @typedef {{sale_id: string, kind: "sale", body: Uint8Array<ArrayBuffer>, content_hash: string,
 *   device_seq: number, depends_on: string[], state: "ready" | "poison" | "held", attempts: number,
 *   next_at: number, last_error: string, problem?: Problem, created_at: number, total: string, ticket: Ticket,
 *   provisional: boolean}} Row
 */
/**
 * @typedef {{sale_id: string, fiscal_code: string, day: string, answer: string, content_hash: string,
 *   status: "sealed" | "in_doubt" | "normalised" | "refused", final: boolean, waiting?: 1, attempts: number,
 *   next_at: number, last_error: string, at: number, total: string, ticket: Ticket, provisional: boolean,
 *   printed: "" | "sent", replaced_by?: string}} Sealed
 */

const KEPT = 30 * 24 * 3600 * 1000;

/**
 * The paid ticket is a sale: bytes on the disk, an entry in the journal, and no ticket any more.
 * Only when this resolves may the money go into the drawer.
 * @param {{ticket: Ticket, body: string, total: string, provisional: boolean, depends_on?: string[]}} sale
 *   `total` in centimes, as digits
 * @returns {Promise<Row>}
 */
export async function commit({ ticket, body, total, provisional, depends_on = [] }) {
  const { sale_id } = ticket;
  const content_hash = await canonicalHash(JSON.parse(body));
  const at = now();
  const row = await journalled(
    ["carts", "outbox"],
    "committed",
    { sale_id, hash: content_hash },
    async (tx, seq) => {
      /** @type {Row} */
      const made = {
        sale_id,
        kind: "sale",
        body: utf8(body),
        content_hash,
        device_seq: seq,
        depends_on,
        state: "ready",
        attempts: 0,
        next_at: 0,
        last_error: "",
        created_at: at,
        total,
        ticket,
        provisional,
      };
      await tx.objectStore("outbox").add(made); // a second commit of one sale fails here
      await tx.objectStore("carts").delete(sale_id);
      return made;
    },
  );
  announce({ type: "look" });
  return row;
}

/** All that has not been sealed, in the order of the till. @returns {Promise<Row[]>} */
export const rows = () => withDb((db) => db.getAllFromIndex("outbox", "device_seq"));

/**
 * A sale that the server refused to read is the open ticket again, unpaid, under its own id: nothing was
 * sealed. Throws when it is not such a sale.
 * @param {string} saleId @returns {Promise<Ticket>}
 */
export async function takeBack(saleId) {
  const row = await get("outbox", saleId);
  if (row?.state !== "poison") throw new Error(`${saleId} is not to be corrected`);
  const ticket = { ...row.ticket, payments: [] };
  const ui = { panel: "catalogue", view: "ticket" };
  const cart = { sale_id: saleId, state: "open", at: now(), ticket, ui, opened: true };
  await journalled(
    ["carts", "outbox"],
    "corrected",
    { sale_id: saleId, hash: row.content_hash },
    async (tx) => {
      await standAside(tx, saleId);
      await tx.objectStore("outbox").delete(saleId);
      await tx.objectStore("carts").put(cart);
    },
  );
  return ticket;
}

/**
 * A poisoned sale is gone. Only after the server has recorded the manager's approval.
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
 * The members that change, where the row still is.
 * @param {"outbox" | "sealed"} store @param {string} saleId @param {object} part
 */
export const amend = (store, saleId, part) =>
  relaxed([store], async (tx) => {
    const kept = await tx.objectStore(store).get(saleId);
    if (kept) await tx.objectStore(store).put({ ...kept, ...part });
  });

/** The local day of that time. @param {number} at */
function dayOf(at) {
  const date = new Date(at);
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * The server's answer is kept as it came, and the sale has left the outbox. A later answer to a sale
 * that waited for its last word only replaces the one before.
 * @param {Row | Sealed} row @param {string} answerText @param {Sealed["status"]} status @param {boolean} final
 * @returns {Promise<Sealed>}
 */
export async function settle(row, answerText, status, final) {
  const { sale_id, content_hash, total, ticket, provisional } = row;
  const answer = /** @type {Answer} */ (JSON.parse(answerText));
  const at = "created_at" in row ? row.created_at : row.at;
  /** @type {Sealed} */
  const sealed = {
    sale_id,
    fiscal_code: answer.security?.fiscal_number ?? "",
    day: dayOf(at),
    answer: answerText,
    content_hash,
    status,
    final,
    ...(!final && { waiting: 1 }),
    attempts: 0,
    next_at: 0,
    last_error: "",
    at,
    total,
    ticket,
    provisional,
    printed: "printed" in row ? row.printed : "",
  };
  if (!("device_seq" in row)) await amendSealed(sealed);
  else {
    await journalled(["sealed", "outbox"], "acked", { sale_id, hash: content_hash }, async (tx) => {
      await tx.objectStore("sealed").put(sealed);
      await tx.objectStore("outbox").delete(sale_id);
    });
  }
  return sealed;
}

/** @param {Sealed} sealed */
const amendSealed = (sealed) =>
  relaxed(["sealed"], async (tx) => {
    const kept = await tx.objectStore("sealed").get(sealed.sale_id);
    await tx.objectStore("sealed").put({ ...sealed, printed: kept?.printed ?? "" });
  });

/** The last sales that were sealed, newest first. @param {number} count @returns {Promise<Sealed[]>} */
export const recent = (count) =>
  withDb(async (db) => {
    const found = [];
    let cursor = await db.transaction("sealed").store.openCursor(null, "prev"); // ids sort by opening time
    for (; cursor && found.length < count; cursor = await cursor.continue()) found.push(cursor.value);
    return found;
  });

/** @param {string} saleId @returns {Promise<Sealed | undefined>} */
export const sealedOf = (saleId) => get("sealed", saleId);

/** The sale of that fiscal number. @param {string} number @returns {Promise<Sealed | undefined>} */
export const sealedByNumber = (number) => withDb((db) => db.getFromIndex("sealed", "fiscal_code", number));

/** The original was handed to the printer. @param {string} saleId */
export const printed = (saleId) => amend("sealed", saleId, { printed: "sent" });

/** The sales that are sealed and wait for their last word. @returns {Promise<Sealed[]>} */
export const waitingRows = () => withDb((db) => db.getAllFromIndex("sealed", "waiting", 1));

/**
 * Rows whose last attempt met no server are due at once; with `all`, every row is.
 * @param {boolean} [all]
 */
export async function wakeRows(all = false) {
  for (const row of [...(await rows()), ...(await waitingRows())]) {
    if (row.next_at === 0 || !(all || row.last_error === "unreachable")) continue;
    const store = "device_seq" in row ? "outbox" : "sealed";
    await amend(store, row.sale_id, { next_at: 0, attempts: store === "outbox" ? 0 : 1 });
  }
}

/** Sales older than a month that have had their last word make room. */
export const prune = () =>
  relaxed(["sealed"], async (tx) => {
    const before = IDBKeyRange.upperBound(dayOf(now() - KEPT), true);
    for (
      let at = await tx.objectStore("sealed").index("day").openCursor(before);
      at;
      at = await at.continue()
    ) {
      if (at.value.final) await at.delete?.();
    }
  });
