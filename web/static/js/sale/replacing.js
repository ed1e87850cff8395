/**
 * A sale that the DGI refused is made anew: the same ticket under a new id, begun once. Its own id is that
 * of a sealed invoice, which stays in the ledger as it is.
 */
import { standAside } from "./carts.js";
import { journalled } from "../tablet/journal.js";
import { announce } from "../tablet/news.js";
import { now } from "../tablet/database.js";
import { sealedOf } from "./sealed.js";
import { unpaid } from "./ticket.js";
import { uuid7 } from "../base/uuid.js";

/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("./sealed.js").Sealed} Sealed */

const UI = { panel: "catalogue", view: "ticket" };

/**
 * The ticket that replaces a refused sale: its lines and its client, why it was refused, what was paid. The
 * money is in the drawer: it pays the new one when the price is the same.
 * @param {Pick<Sealed, "sale_id" | "ticket" | "answer">} refused @param {string} saleId of the new one
 * @returns {Ticket}
 */
export function replacementOf({ sale_id, ticket, answer }, saleId) {
  const refusal = JSON.parse(answer).refusal?.text ?? "";
  return { ...unpaid(ticket), sale_id: saleId, replaces: sale_id, refusal, paid: ticket.payments };
}

/**
 * The open ticket replaces that sale; another that was open waits. Throws when the sale was not refused, or
 * when another ticket replaces it already.
 * @param {string} saleId @returns {Promise<Ticket>}
 */
export async function replacement(saleId) {
  const refused = await sealedOf(saleId);
  if (refused?.status !== "refused") throw new Error(`${saleId} was not refused`);
  const ticket = replacementOf(refused, uuid7(now()));
  const { sale_id } = ticket;
  const facts = { sale_id, hash: refused.content_hash };
  await journalled(["carts", "sealed"], "corrected", facts, async (tx) => {
    const sealed = tx.objectStore("sealed");
    const kept = await sealed.get(saleId);
    // Read again in here: two tabs, or two taps, would sell the same goods twice.
    if (kept.replaced_by) throw new Error(`${saleId} is replaced by ${kept.replaced_by}`);
    await standAside(tx, sale_id);
    await sealed.put({ ...kept, replaced_by: sale_id });
    await tx.objectStore("carts").put({ sale_id, state: "open", at: now(), ticket, ui: UI, opened: true });
  });
  announce({ type: "sales-changed" });
  return ticket;
}
