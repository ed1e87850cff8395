/** The sales that left the ticket and have not had their last word. */
import { send } from "./send.js";

/** @typedef {import("./ticket.js").Ticket} Ticket */
/** @typedef {import("./send.js").Outcome} Outcome */
/** @typedef {import("./send.js").Frozen & {ticket: Ticket, total: string, outcome?: Outcome}} Sale */

/** Waits, or less when the link comes back. @param {number} ms @returns {Promise<void>} */
const wait = (ms) =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
  });

/** The sales worth keeping beside a new one: those not settled. @param {readonly Sale[]} sales */
export const unsettled = (sales) => sales.filter((sale) => !["sealed", "normalised"].includes(sale.state));

/** How many sales only this tablet has. @param {readonly Sale[]} sales */
export const travelling = (sales) =>
  sales.filter((sale) => ["sending", "checking", "locked"].includes(sale.state)).length;

/**
 * Follows one sale to its end; `tell` hears every step with the sale's id.
 * @param {Sale} sale @param {(saleId: string, outcome: import("./send.js").Outcome) => void} tell
 */
export function follow(sale, tell) {
  const csrf = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
  return send(sale, {
    fetch: fetch.bind(window),
    wait,
    csrf,
    tell: (outcome) => tell(sale.sale_id, outcome),
  });
}
