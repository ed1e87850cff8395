/** What a sale in the outbox and a sealed one have in common: a row, under the id of the sale. */
import { relaxed } from "../tablet/database.js";

/** @typedef {import("./outbox.js").Row} Row */
/** @typedef {import("./sealed.js").Sealed} Sealed */

/** Whether the server has sealed it. @param {Row | Sealed} row @returns {row is Sealed} */
export const isSealed = (row) => !("device_seq" in row);

/** Where the row is kept. @param {Row | Sealed} row */
export const storeOf = (row) => (isSealed(row) ? "sealed" : "outbox");

/**
 * The members that change, where the row still is.
 * @param {"outbox" | "sealed"} store @param {string} saleId @param {object} part
 */
export const amend = (store, saleId, part) =>
  relaxed([store], async (tx) => {
    const kept = await tx.objectStore(store).get(saleId);
    if (kept) await tx.objectStore(store).put({ ...kept, ...part });
  });
