/** The sales that are sealed: the server's answer as it came, and whether the paper was printed. */
import { amend } from "./rows.js";
import { get, now, relaxed, withDb } from "../tablet/database.js";

/** @typedef {import("./outbox.js").Row} Row */
/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("../tablet/wire.js").Answer} Answer */
/**
 * @typedef {{sale_id: string, fiscal_code: string, day: string, answer: string, content_hash: string,
 *   status: "sealed" | "in_doubt" | "normalised" | "refused", final: boolean, waiting?: 1, attempts: number,
 *   next_at: number, last_error: string, at: number, total: string, ticket: Ticket, provisional: boolean,
 *   printed: "" | "sent", replaced_by?: string}} Sealed
 */

const KEPT = 30 * 24 * 3600 * 1000;

/** The day on this device: it only says what is old enough to go. @param {number} at */
function dayOf(at) {
  const date = new Date(at);
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * The sale with the server's answer to it.
 * @param {Row | Sealed} row @param {string} answerText @param {Sealed["status"]} status @param {boolean} final
 * @returns {Sealed}
 */
export function sealing(row, answerText, status, final) {
  const { sale_id, content_hash, total, ticket, provisional } = row;
  const answer = /** @type {Answer} */ (JSON.parse(answerText));
  const at = "created_at" in row ? row.created_at : row.at;
  return {
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
}

/** A later answer replaces the one before; what was printed meanwhile stays printed. @param {Sealed} sealed */
export const answerAgain = (sealed) =>
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

/** The highest number that this tablet was given. @returns {Promise<Sealed | undefined>} */
export const highest = () =>
  withDb(async (db) => (await db.transaction("sealed").store.index("fiscal_code").openCursor(null, "prev"))?.value);

/** The original was handed to the printer. @param {string} saleId */
export const printed = (saleId) => amend("sealed", saleId, { printed: "sent" });

/** The sales that are sealed and wait for their last word. @returns {Promise<Sealed[]>} */
export const waitingRows = () => withDb((db) => db.getAllFromIndex("sealed", "waiting", 1));

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
